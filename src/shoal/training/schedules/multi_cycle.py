"""A number that rises and falls several times, each time for twice as long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.space import Choice, Float, Int, traced
from shoal.training.schedules.schedule import Moment, Real, Schedule, real
from shoal.training.validity import check_number, values_of

MOST_CYCLES = 20
"""The first of so many would take a millionth of the training."""


@dataclass(frozen=True, eq=False)
class MultiCycle(Schedule):
    r"""Goes up and down along a cosine several times, each cycle twice as long as the last.

    .. math:: \eta_t = \frac{p}{2} \Bigl(1 - \cos\bigl(2 \pi \log_2(1 + (2^c - 1)\, t/N)\bigr)
        \Bigr)

    t counts steps, N are those of the trial's whole training. It begins at zero, and is
    close to zero again at the end of each cycle, where networks are good to keep: at 1/15,
    3/15, 7/15 and the end of the training with four cycles.

    Args:
        peak: p, which each cycle reaches.
        cycles: c, a whole number from 1 to 20; 4 is ``coslog4``.

    Raises:
        RecipeError: a negative peak, a number of cycles that is no whole one.

    Source: Holzmüller, Grinsztajn, Steinwart, "Better by default: strong pre-tuned MLPs
    and boosted trees on tabular data", NeurIPS 2024 (``coslog4``).
    """

    kind: ClassVar[str] = "multi_cycle"

    peak: Real = traced()
    cycles: int | Int | Choice = traced(4)

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)
        _check_cycles(self.cycles)

    def at(self, moment: Moment) -> Array:
        stretch = jnp.exp2(real(self.cycles)) - 1.0
        cycle = jnp.log2(1.0 + stretch * moment.step / moment.steps)
        return real(self.peak) * (1.0 - jnp.cos(2.0 * jnp.pi * cycle)) / 2.0

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)


def _check_cycles(cycles: Any) -> None:
    """Raise RecipeError unless every value is a whole number of cycles."""
    if isinstance(cycles, Float):
        raise RecipeError("cycles is a whole number", received="a Float", hint="Use an Int.")
    for found in values_of(cycles):
        if isinstance(found, Array):
            continue
        if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= MOST_CYCLES:
            raise RecipeError(
                "cycles is a whole number", expected=f"1 to {MOST_CYCLES}", received=repr(found)
            )
