"""What the caller may say, through environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How a run of the benchmarks goes.

    Attributes:
        only: names of the rows to run; empty for all of them (`ONLY=a,b`).
        pairs: pairs a row, or None for the row's own number (`REPEATS=n`).
        quick: a smoke test, with little work and one pair (`QUICK=1`).
        patience: seconds to wait before a pair for other processes to fall
            silent (`PATIENCE=s`); with 0, disturbed pairs count too.
    """

    only: tuple[str, ...] = ()
    pairs: int | None = None
    quick: bool = False
    patience: float = 5.0

    def pairs_of(self, usual: int) -> int:
        """Pairs for a row that usually takes `usual`."""
        if self.pairs is not None:
            return self.pairs
        return 1 if self.quick else usual


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Reads the settings.

    Raises:
        ValueError: a number is not one, or is not positive.
    """
    pairs = _number(environment, "REPEATS", None)
    if pairs is not None and (pairs < 1 or pairs != int(pairs)):
        raise ValueError(f"REPEATS must be a whole number from 1 up; received {pairs:g}")
    patience = _number(environment, "PATIENCE", 5.0)
    if patience is None or patience < 0:
        raise ValueError(f"PATIENCE must be a number of seconds from 0 up; received {patience}")
    names = environment.get("ONLY", "").split(",")
    return Settings(
        only=tuple(name.strip() for name in names if name.strip()),
        pairs=None if pairs is None else int(pairs),
        quick=environment.get("QUICK", "0") not in ("", "0"),
        patience=patience,
    )


def _number(environment: Mapping[str, str], name: str, default: float | None) -> float | None:
    text = environment.get(name, "")
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number; received {text!r}") from None
