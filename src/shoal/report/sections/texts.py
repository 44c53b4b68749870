"""Test texts with their true and predicted classes: mistakes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.markup import Child, Markup, tag
from shoal.report.sections.parts import figure, scroll, section
from shoal.wording import plural, shortened

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
