"""A renderer of mathematics for Sphinx: MathML, which browsers show without scripts or fonts."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import ExtensionError

UNREAD = re.compile(r"\\\S*")
NORM = re.compile(r"(\\[bB]igg?)\\[lr]Vert")


def mathml(latex: str, display: str) -> str:
    r"""An equation as MathML.

    Raises:
        ExtensionError: a command of LaTeX was not understood.
    """
    plain = NORM.sub(r"\1\|", latex)  # of large bars the converter knows this name alone
    try:
        shown = convert(plain, display=display).replace(r">\|<", ">‖<")
    except Exception as error:
        raise ExtensionError(f"mathematics that is not read: {latex}") from error
    if unread := UNREAD.findall(shown):
        raise ExtensionError(f"mathematics that is not read: {unread} in {latex}")
    return str(shown)


def inline(translator: Any, node: nodes.math) -> None:
    """Write mathematics within a line."""
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    """Write an equation of its own."""
    translator.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx of the renderer."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
