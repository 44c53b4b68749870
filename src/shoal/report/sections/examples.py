"""What metrics tell of each class, and texts of the test split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.figures.predictions import Confusion
from shoal.report.markup import Child, Markup, tag
from shoal.report.sections.parts import breakable, figure, scroll, section
from shoal.report.wording import metric_text
from shoal.utils.text import grouped, plural, shortened

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


MOST, LONGEST = 24, 2000
"""Texts, and letters of one, that are shown at most."""


@dataclass(frozen=True)
class Message:
    """One text: its row in the data set, what was seen of it, its class and the one found."""

    row: int
    text: str
    cut: bool
    true: str
    predicted: str


def draw_messages(facts: Facts) -> Markup | None:
    """Return texts of the test split that were read wrongly and rightly."""
    found = read_messages(facts)
    if not found:
        return None
    wrong = [m for m in found if m.true != m.predicted]
    right = [m for m in found if m.true == m.predicted]
    parts: list[Child] = []
    if wrong:
        parts += [tag("h3", "Read wrongly, the surest mistake first"), _table(wrong)]
    if right:
        parts += [tag("h3", "Read rightly, from the least sure to the surest"), _table(right)]
    caption = (
        f"{plural(len(found), 'test text')} as the network saw them; networks learned from none "
        "of them. … is where a text goes on that was not read to its end."
    )
    return section("texts", "What it reads", figure(tag("div", parts), caption))


def read_messages(facts: Facts) -> list[Message]:
    """Return the texts that were stored of the winner; those that make sense."""
    classes = [str(name) for name in sequence(facts.result.get("classes"))]
    entries = sequence(facts.result.get("messages"))[:MOST]
    read = [_read(mapping(entry), classes) for entry in entries]
    return [message for message in read if message is not None]


def _read(entry: dict[str, Any], classes: list[str]) -> Message | None:
    text, row = entry.get("text"), real(entry.get("row"))
    places = [real(entry.get(name)) for name in ("true", "predicted")]
    if not isinstance(text, str) or row is None or row % 1:
        return None
    if any(p is None or p % 1 or not 0 <= p < len(classes) for p in places):
        return None
    true, predicted = (classes[int(place or 0)] for place in places)
    return Message(int(row), text[:LONGEST], bool(entry.get("cut")), true, predicted)


def _table(messages: list[Message]) -> Markup:
    head = [tag("th", heading, scope="col") for heading in ("text", "true class", "predicted")]
    rows = [
        tag(
            "tr",
            tag("td", message.text + " …" * message.cut if message.text else "(empty)"),
            tag("td", shortened(message.true, 40)),
            tag("td", shortened(message.predicted, 40)),
            id=f"text-{message.row}",
        )
        for message in messages
    ]
    content = tag("table", tag("thead", tag("tr", head)), tag("tbody", rows), class_="texts")
    return scroll(content, "Texts and their classes")
