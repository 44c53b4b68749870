"""What was meant, where a name is nearly one that there is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


def did_you_mean(name: str, names: Iterable[str], *, least: float = 0.6) -> str | None:
    """Return a hint that names the closest of some names; None where none is near.

    Args:
        name: what was given.
        names: what there is.
        least: how near it must be, from 0 to 1.
    """
    near = difflib.get_close_matches(name, list(names), 1, least)
    return f"Did you mean {near[0]!r}?" if near else None


def near_file(path: Path) -> str | None:
    """Return a hint that names a file beside a path that is not there; None where none is near."""
    try:
        beside = [entry.name for entry in path.parent.iterdir() if entry.suffix == path.suffix]
    except OSError:
        return None
    near = difflib.get_close_matches(path.name, beside, 1, 0.7)
    return f"Did you mean {str(path.with_name(near[0]))!r}?" if near else None
