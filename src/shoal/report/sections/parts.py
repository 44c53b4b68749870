"""What sections are made of: a headed section, a figure with its sentence, a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shoal.report.markup import Child, Markup, tag


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
    headings: Sequence[str], rows: Sequence[Sequence[Cell]], row_trials: Sequence[int], label: str
) -> Markup:
    """Return a table that can be sorted by its headings and whose rows belong to trials."""
    head = tag("tr", [tag("th", heading, scope="col") for heading in headings])
    body = [
        tag(
            "tr",
            [
                tag(
                    "td",
                    cell.shown,
                    data_order=None if cell.order is None else f"{cell.order:.9g}",
                    class_=None if cell.order is None else "number",
                )
                for cell in row
            ],
            class_="trial",
            data_trial=trial,
        )
        for row, trial in zip(rows, row_trials, strict=True)
    ]
    return tag("div",
        tag("table", tag("caption", label, class_="hidden"), tag("thead", head),
            tag("tbody", body), class_="sortable"),
        class_="scroll", tabindex=0, role="region", aria_label=label,
    )  # fmt: skip


def legend(*entries: tuple[str, str]) -> Markup:
    """Return a line of marks and words: (class of the mark, word)."""
    return tag(
        "p",
        [tag("span", tag("i", class_=f"key {class_}"), word) for class_, word in entries],
        class_="legend",
    )
