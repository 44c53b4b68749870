"""Parts of a recipe as parameters of an estimator: ``recipe__optimizer__learning_rate``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from shoal.space import Choice, Float, Int

SEPARATOR = "__"


def parts_of(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """All parts of a recipe, and of its parts, with the names that they have as parameters."""
    if not dataclasses.is_dataclass(value) or isinstance(value, Float | Int | Choice):
        return
    for field in dataclasses.fields(value):
        part, called = getattr(value, field.name), f"{name}{SEPARATOR}{field.name}"
        yield called, part
        yield from parts_of(part, called)


def with_part(value: Any, path: str, part: Any) -> Any:
    """The same recipe, or part of one, with another part.

    Args:
        value: the recipe; it is not changed.
        path: such as ``optimizer__learning_rate``.
        part: what stands there.

    Raises:
        ValueError: there is no such part.
    """
    name, _, rest = path.partition(SEPARATOR)
    fields = dataclasses.fields(value) if dataclasses.is_dataclass(value) else ()
    if isinstance(value, Float | Int | Choice | type) or name not in {f.name for f in fields}:
        raise ValueError(f"Invalid parameter {name!r} of a recipe: {value!r} has no such part.")
    part = part.item() if isinstance(part, np.generic) else part
    if rest:
        part = with_part(getattr(value, name), rest, part)
    changed: Any = dataclasses.replace(value, **{name: part})
    return changed
