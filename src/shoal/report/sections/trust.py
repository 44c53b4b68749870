"""How the search began, and whether the winner's numbers can be trusted."""

from __future__ import annotations

from typing import Any

from shoal.report.facts import WORDS, Facts, Origin, mapping, origins, real, sentences, sequence
from shoal.report.figures.frame import both_widths
from shoal.report.figures.scores import Repetition, draw_fresh_seeds, read_repetitions
from shoal.report.markup import Child, Markup, tag
from shoal.report.sections.parts import Cell, figure, legend, scroll, section, table
from shoal.report.sentences import (
    SPLITS,
    compared_by,
    networks_text,
    optimism_sentence,
    product_sentence,
    splits_of,
    test_uses_sentence,
)
from shoal.report.wording import PERCENT, listed, metric_text, spread_text
from shoal.utils.text import number_text, plural


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


def draw_trust(facts: Facts) -> Markup | None:
    """Return the repetitions on fresh seeds, and the optimism of the search."""
    repetitions = read_repetitions(facts)
    optimism = optimism_sentence(facts.result, facts.metric, maximize=facts.maximize)
    if not (repetitions or optimism):
        return None
    parts: list[Child] = [tag("p", optimism)] if optimism else []
    uses = test_uses_sentence(facts.test_scored, interrupted=bool(facts.cost.get("interrupted")))
    parts += [tag("p", uses)] if uses else []
    if repetitions:
        plot = both_widths(lambda width: draw_fresh_seeds(facts, repetitions, width))
        key = legend(
            ("key-ring", "score in the search"),
            ("key-dot", "a fresh seed"),
            ("key-band", "mean ± standard deviation"),
        )
        parts.append(figure([plot, key], _fresh_caption(facts, repetitions)))
    return section("trust", "Can it be trusted?", *parts)


_OF_TRIALS = (
    "An ensemble answers with the mean of its networks' answers. Who is in it was decided "
    "on the validation rows alone; each was then scored once on the test split."
)

_OF_FOLDS = (
    "An ensemble answers with the mean of its networks' answers. Each of its networks was trained "
    "on all folds of the training and validation rows but one, which stopped it. Who is in it "
    "was decided by what the networks predict of the rows that they have not seen, out-of-fold; "
    "it was then scored once on the test split."
)


def draw_ensembles(facts: Facts) -> Markup | None:
    """Return the ensembles of the kept trials beside the winner."""
    found = {name: mapping(told) for name, told in facts.ensembles.items()}
    found = {name: told for name, told in found.items() if sequence(told.get("members"))}
    if not found:
        return None
    metric = compared_by(facts.metric, found)
    splits = splits_of(found)
    rows = [_trust_row("the winner alone", facts.result, splits, metric)]
    rows += [_trust_row(_members_text(name, f), f, splits, metric) for name, f in found.items()]
    heads = [facts.called(metric), *(SPLITS[split] for split in splits)]
    head = tag("tr", [tag("th", name, scope="col", class_="number" if i else None)
                      for i, name in enumerate(heads)])  # fmt: skip
    content = tag("table", tag("thead", head), tag("tbody", rows))
    of_folds = "folds" in found
    product = product_sentence(facts.product, facts.metric, found, facts.result, percent=True)
    return section(
        "together", "Better together?", tag("p", product) if product else None,
        figure(scroll(content, "Ensembles"), _OF_FOLDS if of_folds else _OF_TRIALS),
    )  # fmt: skip


def _members_text(name: str, told: dict[str, Any]) -> str:
    members = [mapping(member) for member in sequence(told.get("members"))]
    if name == "folds":
        return networks_text(told)
    if name == "best":
        return f"the mean of the {plural(len(members), 'best trial')}"
    shares = [
        f"trial {member.get('trial')} ({100 * (real(member.get('share')) or 0):.0f}{PERCENT})"
        for member in members
    ]
    return f"chosen on validation: {listed(shares)}"


def _trust_row(name: str, told: dict[str, Any], splits: list[str], metric: str) -> Markup:
    cells = [real(mapping(told.get(split)).get(metric)) for split in splits]
    shown = [tag("td", metric_text(metric, value, 2), class_="number") for value in cells]
    return tag("tr", tag("th", name, scope="row"), shown)


def _fresh_test(facts: Facts, of: Repetition) -> str:
    """What the winner reaches on the test split with the same fresh seeds."""
    stored = mapping(mapping(facts.result.get("confirmed_test")).get(facts.metric))
    mean, std = real(stored.get("mean")), real(stored.get("std"))
    if mean is None or std is None or not facts.is_winner(of.trial.id):
        return ""
    return f" (test {spread_text(facts.metric, mean, std)})"


def _fresh_caption(facts: Facts, repetitions: list[Repetition]) -> str:
    of = next((r for r in repetitions if facts.is_winner(r.trial.id)), repetitions[0])
    metric = facts.metric
    text = (
        "The best score of many is partly luck. So the best trials were trained again on seeds "
        f"that the search had not used. Trial {of.trial.id} scored "
        f"validation {metric_text(metric, of.searched)} in the search and validation "
        f"{spread_text(metric, of.mean, of.std)} on {plural(len(of.repeats), 'fresh seed')}"
        f"{_fresh_test(facts, of)}"
    )
    first = repetitions[0]
    if len(repetitions) > 1 and first.trial.id != of.trial.id:
        mean = metric_text(metric, first.mean)
        return f"{text}; trial {first.trial.id} has the best mean validation, {mean}."
    return text + "."
