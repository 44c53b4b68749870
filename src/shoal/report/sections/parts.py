"""What sections are made of: a headed section, a figure with its sentence, a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shoal.report.markup import Child, Markup, join, tag

_FEW = 6
"""Columns of a table that is only as wide as what is in it, at most."""


@dataclass(frozen=True)
class Cell:
    """A table's cell: what it shows, and the number it is sorted by where it is one."""

    shown: Child
    order: float | None = None


def section(anchor: str, heading: str, *children: Child) -> Markup:
    """Return a section with its heading."""
    return tag("section", tag("h2", heading), *children, id=anchor)


def figure(content: Child, *caption: Child, class_: str | None = None) -> Markup:
    """Return a figure over the sentence that explains it."""
    return tag("figure", content, tag("figcaption", *caption), class_=class_)


def table(
    headings: Sequence[Child], rows: Sequence[Sequence[Cell]], row_trials: Sequence[int], label: str
) -> Markup:
    """Return a table that can be sorted by its headings and whose rows belong to trials."""
    head = tag(
        "tr",
        [
            tag("th", heading, scope="col", class_=_alignment(rows, column))
            for column, heading in enumerate(headings)
        ],
    )
    body = [
        tag(
            "tr",
            [
                tag(
                    "td",
                    cell.shown,
                    data_order=None if cell.order is None else f"{cell.order:.9g}",
                    class_=_alignment(rows, column),
                )
                for column, cell in enumerate(row)
            ],
            class_="trial",
            data_trial=trial,
        )
        for row, trial in zip(rows, row_trials, strict=True)
    ]
    content = tag(
        "table",
        tag("caption", label, class_="hidden"),
        tag("thead", head),
        tag("tbody", body),
        class_="sortable few" if len(headings) <= _FEW else "sortable",
    )
    return scroll(content, label)


def scroll(content: Markup, label: str) -> Markup:
    """Return a part that scrolls sideways by itself, with the keyboard too."""
    return tag("div", content, class_="scroll", tabindex=0, role="region", aria_label=label)


def breakable(name: str) -> Markup:
    """Return a hyperparameter's name that may break after its dots."""
    parts = name.split(".")
    return join([[part + ".", tag("wbr")] for part in parts[:-1]] + [[parts[-1]]])


def legend(*entries: tuple[str, str]) -> Markup:
    """Return a line of marks and words: (class of the mark, word)."""
    return tag(
        "p",
        [tag("span", tag("i", class_=f"key {class_}"), word) for class_, word in entries],
        class_="legend",
    )


def _alignment(rows: Sequence[Sequence[Cell]], column: int) -> str | None:
    """Columns that hold a number anywhere are set as numbers."""
    return "number" if any(row[column].order is not None for row in rows) else None
