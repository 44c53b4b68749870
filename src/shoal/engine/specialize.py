"""From a family to the networks that one compiled program can train.

The role of a hyperparameter decides what replaces it. A static one is replaced by its value, a
width by the size of the bucket that holds it. A traced one stays a range, and gets its value in
the program, by lane. Points with the same result share a program.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jax import Array

from shoal.engine.program_cache import UnknownKindError, identity
from shoal.engine.recipe import Recipe
from shoal.nn import Network
from shoal.nn.forward import pool_first
from shoal.nn.repeat import unrolled
from shoal.space import Choice, Point, Range, Role, Space, encode, substitute


@dataclass(frozen=True, eq=False)
class Specialization:
    """A network and a recipe with nothing open but traced numbers.

    Attributes:
        network: widths at their bucket's size, static choices made, pooling
            before activations where that is the same (`pool_first`).
        narrowest: the same with every width at its least: what must be masked.
        recipe: as the network.
        space: the family's space, which knows the ranges that are left.
        traced: names of the hyperparameters that each lane gives.
        key: equal for points that share a program.
    """

    network: Network
    narrowest: Network
    recipe: Recipe
    space: Space
    traced: tuple[str, ...]
    key: str

    def bound(self, values: Mapping[str, Array]) -> tuple[Network, Recipe]:
        """Network and recipe with a lane's traced values in place of the ranges."""

        def replace(value: Range, role: Role) -> Any:
            name = self.space.hyperparameter_of(value).name
            return values[name] if role == Role.TRACED else value

        return substitute(self.network, replace), substitute(self.recipe, replace)

    def computing(self, what: str, *how: Hashable) -> Hashable:
        """Equal for functions that compute the same; None where that cannot be told.

        Args:
            what: the function's name.
            how: what beside network and recipe decides what it computes.
        """
        return None if self._identity is None else (what, how, self._identity)

    @cached_property
    def _identity(self) -> Hashable:
        try:
            return identity((self.network, self.recipe), self.space)
        except UnknownKindError:
            return None


def specialize(
    network: Network, recipe: Recipe, space: Space, point: Point, levels: int
) -> Specialization:
    """The program's network and recipe for a point of the family's space.

    Args:
        network: the family, its input shape known.
        recipe: its recipe.
        space: the space of both.
        point: one point of it.
        levels: number of buckets for widths; bucket k holds widths up to the
            largest divided by 2^k.
    """
    level = _level(space, point, levels)

    def with_widths(width: Callable[[Range], int]) -> Callable[[Range, Role], Any]:
        def replace(value: Range, role: Role) -> Any:
            entry = space.hyperparameter_of(value)
            if entry.role == Role.STATIC:
                return space.value_at(value, point)
            if entry.role == Role.WIDTH and role >= Role.WIDTH:
                return width(value)
            return value

        return replace

    widest = with_widths(lambda value: _bucket(value, level))
    special_network = pool_first(unrolled(substitute(network, widest)))
    special_recipe = substitute(recipe, widest)
    traced: dict[str, None] = {}

    def record(value: Range, role: Role) -> Range:
        if role == Role.TRACED:
            traced[space.hyperparameter_of(value).name] = None
        return value

    substitute(special_network, record)
    substitute(special_recipe, record)
    key = json.dumps([encode(special_network, space), encode(special_recipe, space)])
    narrowest = pool_first(unrolled(substitute(network, with_widths(_least))))
    return Specialization(special_network, narrowest, special_recipe, space, tuple(traced), key)


def static_key(space: Space, point: Point, levels: int) -> Hashable:
    """What of a point decides its program: points with the same share one."""
    static = tuple(
        (e.name, point[e.name]) for e in space if e.role == Role.STATIC and e.name in point
    )
    return _level(space, point, levels), static


def _least(value: Range) -> int:
    return min(int(n) for n in value.options) if isinstance(value, Choice) else int(value.low)


def _bucket(value: Range, level: int) -> int:
    """The largest width that bucket ``level`` holds."""
    if isinstance(value, Choice):
        options = sorted(int(option) for option in value.options)
        fitting: list[int] = [n for n in options if n >= _halved(options[-1], level)]
        return fitting[0]
    return max(_halved(int(value.high), level), int(value.low))


def _halved(size: int, level: int) -> int:
    return -(-size >> level)


def _level(space: Space, point: Point, levels: int) -> int:
    """The narrowest bucket in which every width of the point fits."""
    widths = [entry for entry in space if entry.role == Role.WIDTH and entry.name in point]
    if not widths:
        return 0
    fits = levels - 1
    for entry in widths:
        width = int(space.value_at(entry.range, point))
        while fits > 0 and _bucket(entry.range, fits) < width:
            fits -= 1
    return fits


def traced_values(special: Specialization, point: Point) -> dict[str, float]:
    """The numbers that a lane gives for the program's traced hyperparameters."""
    ranges = {entry.name: entry.range for entry in special.space}
    return {name: float(special.space.value_at(ranges[name], point)) for name in special.traced}
