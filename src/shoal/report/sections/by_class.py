"""What metrics tell of each class of the test split."""

from __future__ import annotations

from shoal.report.facts import Facts, mapping, real
from shoal.report.figures.confusion import Confusion
from shoal.report.markup import Markup, tag
from shoal.report.sections.parts import breakable, figure, scroll
from shoal.report.wording import metric_text
from shoal.wording import grouped, shortened

MOST_CLASSES = 100
"""Classes of which each has a line."""

MOST_MISTAKES = 20
"""Pairs of a true and a predicted class that are listed."""


def draw_by_class(facts: Facts) -> Markup | None:
    """Return a table of the winner's metrics by class, and their mean."""
    found = {
        name: {label: real(value) for label, value in mapping(told).items()}
        for name, told in mapping(facts.result.get("test_by_class")).items()
    }
    found = {name: values for name, values in found.items() if values}
    labels = list(next(iter(found.values()), {}))
    if not 2 <= len(labels) <= MOST_CLASSES:
        return None
    head = tag("tr", tag("th", "class", scope="col"),
               [tag("th", name, scope="col", class_="number") for name in found])  # fmt: skip
    rows = [_row(label, {name: values.get(label) for name, values in found.items()})
            for label in labels]  # fmt: skip
    rows.append(
        _row("mean", {name: _mean(list(values.values())) for name, values in found.items()})
    )
    content = tag("table", tag("thead", head), tag("tbody", rows))
    return figure(scroll(content, "Metrics by class"), _caption(facts, labels))


def mistakes_table(confusion: Confusion) -> Markup:
    """Return the most frequent mistakes, for a matrix of too many classes to be drawn."""
    names = [breakable(shortened(name, 60)) for name in confusion.names]
    head = tag("tr", [tag("th", word, scope="col", class_="number" if word == "times" else None)
                      for word in ("true class", "predicted class", "times")])  # fmt: skip
    rows = [
        tag("tr", tag("td", names[true]), tag("td", names[predicted]),
            tag("td", grouped(count), class_="number"))
        for count, true, predicted in confusion.mistakes()[:MOST_MISTAKES]
    ]  # fmt: skip
    if not rows:
        rows = [tag("tr", tag("td", "none", colspan=3))]
    return tag("table", tag("thead", head), tag("tbody", rows))


def _row(label: str, values: dict[str, float | None]) -> Markup:
    cells = [tag("td", metric_text(name, v), class_="number") for name, v in values.items()]
    return tag("tr", tag("th", breakable(shortened(label, 60)), scope="row"), cells)


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _caption(facts: Facts, labels: list[str]) -> str:
    text = "The winner on the test split, by class; the mean is over the classes that are there."
    positive = facts.result.get("positive")
    if len(labels) != 2 or positive is None:
        return text
    return f"{text} Where one number stands for both classes, it is that of {positive!r}."
