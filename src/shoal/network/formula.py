"""A layer's equation with the symbols of its place in a network."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from shoal.network.layer import Layer, field_text
from shoal.space import Choice

PARAMETERS = {
    "weight": "W", "bias": "b", "scale": r"\gamma", "shift": r"\beta", "mean": r"\mu",
    "variance": r"\sigma^2", "frequency": r"\omega", "phase": r"\varphi",
    "alpha": r"\alpha", "scale_in": "r", "scale_out": "s", "edge": "c", "slope": "s",
}  # fmt: skip
"""What parameters are called."""

_OPTIONAL = re.compile(r"@\?([a-z_]+)\{([^}]*)\}")
_PLACEHOLDER = re.compile(r"@(=?)(xs\{([^}]*)\}|[a-z_]+)")


@dataclass(frozen=True)
class Place:
    """Where a layer stands: what its equation is written with.

    Attributes:
        name: the layer's.
        h: the symbol of its output.
        inputs: the symbols of its inputs.
        number: of its parameters.
        depth: how deep it stands in blocks.
    """

    name: str
    h: str
    inputs: tuple[str, ...]
    number: str
    depth: int


def filled(layer: Layer, place: Place) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The layer's formula, and by letter the values of the fields that it depends on.

    A field that the formula does not name is told only if it is not as usual.
    """
    used: list[str] = []

    def symbol(found: re.Match[str]) -> str:
        by_value, name, between = found.groups()
        if between is not None:
            return str(between).join(place.inputs)
        if name in ("h", "x"):
            return place.h if name == "h" else place.inputs[0]
        if by_value:
            return field_text(layer.told(name))
        if name in layer.letters:
            used.append(name)
            return layer.letters[name]
        return parameter_symbol(name, place.number)

    def present(found: re.Match[str]) -> str:
        return "" if layer.told(found[1]) is False else found[2]

    formula = _PLACEHOLDER.sub(symbol, _OPTIONAL.sub(present, _formula_of(layer)))
    return formula, (*_values(layer, used), *_open(layer, place))


def _formula_of(layer: Layer) -> str:
    """Its formula; of a layer without one, its name as that of a function."""
    name = type(layer).__name__
    return layer.formula or rf"@h = \operatorname{{{name}}}(@xs{{, }})"


def _values(layer: Layer, used: list[str]) -> list[tuple[str, str]]:
    defaults = {item.name: item.default for item in dataclasses.fields(layer)}
    return [
        (letter, field_text(layer.told(name)))
        for name, letter in layer.letters.items()
        if name in used or getattr(layer, name) is not defaults[name]
    ]


def _open(layer: Layer, place: Place) -> list[tuple[str, str]]:
    """Parameters of which is chosen whether there are any."""
    return [
        (parameter_symbol(_PLACEHOLDER.findall(part)[0][1], place.number), "there or not")
        for name, part in _OPTIONAL.findall(_formula_of(layer))
        if isinstance(layer.told(name), Choice)
    ]


def parameter_symbol(name: str, number: str) -> str:
    """A parameter's letter with the number of its layer."""
    letter = PARAMETERS.get(name, rf"\mathrm{{{name}}}")
    return f"{letter}_{{{number}}}"
