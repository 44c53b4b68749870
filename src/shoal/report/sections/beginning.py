"""How the search began: the first points, where they came from, and what they were worth."""

from __future__ import annotations

from shoal.report.facts import Facts
from shoal.report.markup import Markup, tag
from shoal.report.origins import WORDS, Origin, origins, sentences
from shoal.report.sections.parts import Cell, figure, section, table
from shoal.report.wording import metric_text
from shoal.wording import number_text


def draw_beginning(facts: Facts) -> Markup | None:
    """Return the table of first points; nothing for a study without."""
    found = origins(facts)
    if not found:
        return None
    prior = any(point.study for point in found)
    headings = [
        "trial",
        "from",
        *(["study", "rank there"] if prior else []),
        "rank",
        facts.called(),
    ]
    rows = [_row(facts, point, prior=prior) for point in found]
    content = table(headings, rows, [point.trial for point in found], "The first points")
    caption = " ".join(sentences(facts, found))
    if prior:
        caption += (
            " What did well in the earlier studies was tried here first; how it did there is "
            "not believed."
        )
    return section("beginning", "How it began", figure(content, caption))


def _row(facts: Facts, point: Origin, *, prior: bool) -> list[Cell]:
    cells = [Cell(str(point.trial), float(point.trial)), Cell(WORDS.get(point.origin, "?"))]
    if prior:
        there = point.from_rank
        cells += [Cell(point.study or "–"), Cell(number_text(there), there and float(there))]
    name = tag("span", number_text(point.rank),
               class_="winner" if facts.is_winner(point.trial) else None)  # fmt: skip
    cells.append(Cell(name, point.rank and float(point.rank)))
    cells.append(Cell(metric_text(facts.metric, point.score, 2), point.score))
    return cells
