"""Which function translates a layer; whole networks, node by node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from shoal.errors import ModelError
from shoal.export.onnx.graph import Graph, Value
from shoal.nn import INPUT, HostParams, Layer, Network

Params = Mapping[str, np.ndarray]
Translation = Callable[..., Value]
"""From the graph, the layer, its parameters and the values of its inputs to its output."""

TRANSLATIONS: dict[type[Layer], Translation] = {}


def translates(*classes: type[Layer]) -> Callable[[Translation], Translation]:
    """Register the function that translates layers of these very classes.

    A class that is derived from one of them may compute something else: it needs a
    translation of its own.
    """

    def register(function: Translation) -> Translation:
        TRANSLATIONS.update(dict.fromkeys(classes, function))
        return function

    return register


def untranslated(layer: Layer) -> ModelError:
    """The error for a layer of a class that is not registered."""
    return ModelError(
        f"the layer {type(layer).__name__} has no translation to ONNX",
        hint="shoal.export.onnx.translates registers one for a class.",
    )


def translated(
    graph: Graph, network: Network, params: HostParams, x: Value, end: str | None = None
) -> Value:
    """The network's output in the graph.

    Args:
        graph: to which its nodes are added.
        network: bound, its input shape known.
        params: its weights.
        x: its input.
        end: name of the node whose output is wanted; the network's output if None.

    Raises:
        ModelError: a layer of a class without a translation.
    """
    shapes = network.shapes()
    values = {INPUT: x}
    for node in network.nodes:
        layer: Any = network.layer(node)
        translate = TRANSLATIONS.get(type(layer))
        if translate is None:
            raise untranslated(layer).at(f"layer {node.name}")
        outer = graph.prefix
        graph.prefix = f"{outer}{node.name}/"
        inputs = [values[name] for name in node.inputs]
        made = translate(graph, layer, params.get(node.owner, {}), *inputs)
        graph.prefix = outer
        assert made.shape == shapes[node.name], (node.name, made.shape, shapes[node.name])
        values[node.name] = made
        if node.name == end:
            break
    return values[network.output if end is None else end]
