"""How large a network may be: counted before anything is built or unrolled.

A few words of a file can ask for a billion layers, or for an output of terabytes. Both are
computed here in whole numbers, and refused beyond a limit that can be raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from shoal.errors import NetworkError
from shoal.space import Choice, Composite
from shoal.utils.environment import MAX_LAYERS, max_layers
from shoal.utils.limits import check_size

if TYPE_CHECKING:
    from shoal.nn.layer import ParamSpec, Shape

NUMBER_BYTES = 4

SMALL = 2**20
"""Bytes that are never too many: the limit is not even asked for."""


def layer_count(layers: Iterable[Any]) -> int:
    """Number of layers with all copies of blocks; of a choice those of its largest option."""
    return sum(map(_count, layers))


def _count(layer: Any) -> int:
    if isinstance(layer, Choice):
        return max(map(_count, layer.options))
    if hasattr(layer, "layer_count"):  # a block that is repeated knows how often
        return int(layer.layer_count)
    if isinstance(layer, Composite) and hasattr(layer, "nodes"):
        return layer_count(node.layer for node in layer.nodes)
    return 0 if layer is None else 1


def check_layers(count: int) -> None:
    """Raise NetworkError if a network would have too many layers."""
    if count > (most := max_layers()):
        raise NetworkError(
            "a network has a limited number of layers, all copies counted",
            expected=f"at most {most:,}",
            received=f"{count:,}" if count < 10**15 else "over 10^15",
            hint=f"If this is meant, raise the limit with {MAX_LAYERS}.",
        )


def check_outputs(shapes: Mapping[str, Shape]) -> None:
    """Raise NetworkError if the outputs of a network's layers, for one example, are too large."""
    _check(sum(map(prod, shapes.values())), "the outputs of a network's layers for one example")


def check_parameters(specs: Mapping[str, Mapping[str, ParamSpec]]) -> None:
    """Raise NetworkError if a network's parameters are too large."""
    _check(
        sum(prod(spec.shape) for own in specs.values() for spec in own.values()),
        "the parameters of a network",
    )


def _check(numbers: int, what: str) -> None:
    size = NUMBER_BYTES * numbers
    if size > SMALL:
        check_size(size, what, None, NetworkError)
