"""What makes two networks or recipes one to a compiled program."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from shoal.network import Network, Sequential
from shoal.network.node import Node
from shoal.registry import LAYERS, RECIPE_PARTS, is_own
from shoal.space import Choice, Float, Int, Role, Space
from shoal.space.tree import parts_of

_PLAIN = (type(None), bool, int, float, str)


class UnknownKindError(Exception):
    """A value whose fields do not tell what it computes."""


def identity(value: Any, space: Space) -> Hashable:
    """Equal for values from which the same program is traced.

    Only shoal's own kinds have one: a class of somebody else's may compute with what stands
    in none of its fields. Fields that only the host reads are left out. Numbers are the same
    where they are written the same: 1, 1.0 and True, or 0.0 and -0.0, are traced differently.

    Args:
        value: a network, a recipe, or a part of one.
        space: which knows the names of the ranges in it.

    Raises:
        UnknownKindError: something else stands in it.
    """
    kind = type(value)
    if kind in _PLAIN:
        return kind, repr(value)
    if kind in (tuple, list):
        return kind, tuple(identity(item, space) for item in value)
    if kind in (Float, Int):
        return kind, space.hyperparameter_of(value).name, repr((value.low, value.high, value.log))
    if kind is Choice:
        return kind, space.hyperparameter_of(value).name, identity(value.options, space)
    if kind in (Network, Sequential):
        nodes = tuple(_of_node(node, space) for node in value.nodes)
        return Network, value.input_shape, nodes, value.output
    if all_in_fields(kind):
        parts = [(name, part) for name, part, role in parts_of(value) if role != Role.HOST]
        return kind, tuple((name, identity(part, space)) for name, part in parts)
    raise UnknownKindError(kind.__qualname__)


def all_in_fields(cls: type[Any]) -> bool:
    """Whether the fields of its objects are all that there is to know of them: of shoal's own."""
    return is_own(cls) and (LAYERS.has(cls) or RECIPE_PARTS.has(cls))


def _of_node(node: Node, space: Space) -> Hashable:
    return node.name, node.inputs, node.shares, identity(node.layer, space)
