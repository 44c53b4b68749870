"""HTML and SVG elements as text in which every string was escaped on its way in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

_VOID = {"meta", "link", "br", "hr", "img", "wbr"}
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)


class Markup(str):
    """Text that is markup already and is not escaped again."""

    __slots__ = ()


Child = str | Iterable["Child"] | None


def text(value: str) -> Markup:
    """Return a string from outside as markup that shows it and does nothing else.

    Control characters, writing-direction overrides and halves of surrogate
    pairs, which XML forbids or a reader would be fooled by, become U+FFFD.
    """
    clean = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return Markup(escape(_FORBIDDEN.sub("\ufffd", clean), quote=True))


def tag(name: str, /, *children: Child, **attributes: object) -> Markup:
    """Return an element.

    Args:
        name: the element's name.
        children: strings (escaped), markup (as it is), iterables of these, or None.
        attributes: ``class_`` is class, ``data_trial`` is data-trial; None leaves
            an attribute out; numbers lose needless digits.
    """
    opening = name + "".join(
        f' {_attribute(key)}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = join(children)
    if name in _VOID:
        return Markup(f"<{opening}>")
    return Markup(f"<{opening}>{inner}</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """Return children side by side, each escaped unless it is markup."""
    return Markup("".join(_child(child) for child in children))


def path(points: Iterable[tuple[float, float]]) -> str:
    """Return the ``d`` of a polyline; an empty string where there is no point."""
    steps = [f"{compact(x)},{compact(y)}" for x, y in points]
    return "M" + "L".join(steps) if steps else ""


def compact(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return text(child)
    return join(child)


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return text(str(value))
