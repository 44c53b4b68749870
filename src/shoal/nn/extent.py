"""How large and how small the members of a family can be, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from shoal.errors import NetworkError
from shoal.nn.graph import INPUT
from shoal.nn.layer import Layer, Shape
from shoal.nn.network import Network
from shoal.nn.repeat import Repeat
from shoal.space import Choice, Range, Role, substitute
from shoal.utils.schema import LARGEST

Pick = Callable[[Iterable[int]], int]
"""``max`` for the widest members, ``min`` for the narrowest."""


@dataclass(frozen=True)
class Extent:
    """What a node is in the widest or narrowest member of a family.

    Attributes:
        shape: of its output.
        parameters: number of its own trainable numbers.
        weights: shapes of a layer's parameters by name; of a block or a choice none.
    """

    shape: Shape
    parameters: int
    weights: Mapping[str, Shape] = field(default_factory=dict)


def extents(network: Network, pick: Pick) -> dict[str, Extent | None]:
    """Each node's extent, by name, the input's included.

    Every width stands at the end that ``pick`` takes, since no output grows
    when a width shrinks. None where a range decides more than a width, or where
    such a member cannot be, and in what comes after.
    """
    return extents_after(network, network.input_shape, pick)


def extents_after(network: Network, start: Shape | None, pick: Pick) -> dict[str, Extent | None]:
    """The same for inputs of another shape than the network names."""
    known: dict[str, Extent | None] = {INPUT: None if start is None else Extent(start, 0)}
    for node in network.nodes:
        inputs = [known[name] for name in node.inputs]
        shapes = [extent.shape for extent in inputs if extent is not None]
        extent = _extent(node.layer, shapes, pick) if len(shapes) == len(inputs) else None
        if extent is not None and prod(extent.shape) > LARGEST:
            extent = None  # no network can be so large
        shared = extent is not None and node.shares is not None
        known[node.name] = replace(extent, parameters=0) if extent and shared else extent
    return known


def _extent(layer: Any, shapes: list[Shape], pick: Pick) -> Extent | None:
    if isinstance(layer, Choice):
        return _picked([_extent(option, shapes, pick) for option in layer.options], pick)
    if layer is None:
        return Extent(shapes[0], 0)
    if isinstance(layer, Network):
        return _of_block(layer, shapes[0], pick)
    if isinstance(layer, Repeat):
        return _picked([_of_copies(layer, n, shapes[0], pick) for n in layer.numbers], pick)
    return _of_layer(layer, shapes, pick)


def _of_layer(layer: Layer, shapes: list[Shape], pick: Pick) -> Extent | None:
    def at_end(value: Range, role: Role) -> Any:
        if role != Role.WIDTH:
            return value
        return pick(value.options if isinstance(value, Choice) else (value.low, value.high))

    try:
        bound = substitute(layer, at_end)
        specs = bound.param_specs(*shapes)
        count = sum(prod(spec.shape) for spec in specs.values() if spec.trained)
        weights = {name: spec.shape for name, spec in specs.items()}
        return Extent(bound.out_shape(*shapes), count, weights)
    except NetworkError:
        return None


def _of_block(block: Network, start: Shape, pick: Pick) -> Extent | None:
    inner = extents_after(block, start, pick)
    known = [extent for extent in inner.values() if extent is not None]
    end = inner[block.output]
    if end is None or len(known) < len(inner):
        return None
    return Extent(end.shape, sum(extent.parameters for extent in known))


def _of_copies(layer: Repeat, times: int, start: Shape, pick: Pick) -> Extent | None:
    extent: Extent | None = Extent(start, 0)
    for number in range(times):
        block = layer.copies[number] if layer.own else layer.block
        last = None if extent is None else _of_block(block, extent.shape, pick)
        if extent is None or last is None:
            return None
        extent = Extent(last.shape, extent.parameters + last.parameters)
    return extent


def _picked(options: list[Extent | None], pick: Pick) -> Extent | None:
    """Size by size the picked of all options; None where they cannot be compared."""
    known = [extent for extent in options if extent is not None]
    if len(known) < len(options) or len({len(extent.shape) for extent in known}) > 1:
        return None
    shape = tuple(pick(sizes) for sizes in zip(*(e.shape for e in known), strict=True))
    return Extent(shape, pick(extent.parameters for extent in known))
