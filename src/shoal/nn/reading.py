"""Networks from JSON and TOML, through the registry of layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shoal.errors import NetworkError, ShoalError
from shoal.nn.graph import Node
from shoal.nn.layer import Layer
from shoal.nn.network import Network, Sequential
from shoal.registry import LAYERS
from shoal.space import Choice, Decoder

FORMS: dict[str, frozenset[str]] = {
    "layers": frozenset({"kind", "input_shape", "layers"}),
    "nodes": frozenset({"kind", "input_shape", "nodes", "output"}),
}
"""What a network may say, by the form in which it lists its layers."""

NODE_FIELDS = frozenset({"name", "layer", "inputs", "shares"})


def network_from_json(data: Any, *, where: str = "network") -> Network:
    """The network that `Network.to_json` or a TOML file describes.

    A short form is a chain: ``{"layers": [{"kind": "dense", "units": 10}, …]}``;
    the long form names nodes and their inputs.

    Raises:
        NetworkError: the JSON is no network, names something that shoal does not
            know, or describes an impossible graph.
    """
    if not isinstance(data, Mapping):
        raise NetworkError("a network is a table", where=where, received=type(data).__name__)
    try:
        return network_from_decoder(Decoder(LAYERS, where), data, "")
    except ShoalError as error:
        place = error.where or ""
        raise NetworkError(
            error.rule,
            expected=error.expected,
            received=error.received,
            where=place if place.startswith(where) else f"{where}: {place}".rstrip(": "),
            hint=error.hint,
        ) from None


def network_from_decoder(decoder: Decoder, data: Mapping[str, Any], path: str) -> Network:
    """The network at this place of a document that is being read."""
    where = f"{decoder.where}: {path.lstrip('.')}".rstrip(": ")
    form = next((key for key in FORMS if key in data), None)
    if form is None or not isinstance(data[form], list):
        raise NetworkError(
            "a network lists its layers",
            where=where,
            expected="layers = [...] (a chain) or nodes = [...] (a graph)",
            received=sorted(data) if form is None else repr(data[form]),
        )
    _check_fields(data, FORMS[form], where)
    shape = data.get("input_shape")
    if form == "layers":
        chain = decoder.decode(data["layers"], f"{path}.layers")
        return Sequential(*chain, input_shape=shape)
    nodes = [_node(decoder, node, f"{path}.nodes[{i}]") for i, node in enumerate(data["nodes"])]
    _check_written_alike(data["nodes"], where)
    output = data.get("output", nodes[-1].name if nodes else "")
    cls = Sequential if data.get("kind") == Sequential.kind else Network
    return cls.from_nodes(tuple(nodes), output, shape)


def _node(decoder: Decoder, data: Any, path: str) -> Node:
    where = f"{decoder.where}: {path.lstrip('.')}"
    if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
        raise NetworkError("a node has a name, a layer and inputs", where=where, received=data)
    _check_fields(data, NODE_FIELDS, where)
    layer = decoder.decode(data.get("layer"), f"{path}.layer")
    if not isinstance(layer, Layer | Choice):
        raise NetworkError("a node has a layer", where=where, received=type(layer).__name__)
    inputs, shares = data.get("inputs"), data.get("shares")
    if not isinstance(inputs, list) or not all(isinstance(name, str) for name in inputs):
        raise NetworkError("a node lists its inputs by name", where=where, received=inputs)
    if shares is not None and not isinstance(shares, str):
        raise NetworkError("a node shares parameters by name", where=where, received=shares)
    return Node(data["name"], layer, tuple(inputs), shares)


def _check_written_alike(nodes: list[Any], where: str) -> None:
    """Raise NetworkError unless uses of one layer are written as that layer is."""
    layers = {node["name"]: node["layer"] for node in nodes}
    for node in nodes:
        owner = node.get("shares")
        if owner in layers and layers[owner] != node["layer"]:
            raise NetworkError(
                "uses of one layer are written alike",
                where=f"{where}: layer {node['name']}",
                expected=layers[owner],
                received=node["layer"],
            )


def _check_fields(data: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise NetworkError(
            f"there is no field {unknown[0]!r} here",
            where=where,
            expected=", ".join(sorted(known)),
            received=unknown,
        )
