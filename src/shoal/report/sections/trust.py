"""Whether the winner's numbers can be trusted, and what its rivals do together with it."""

from __future__ import annotations

from typing import Any

from shoal.report.compared import (
    SPLITS,
    compared_by,
    networks_text,
    product_sentence,
    splits_of,
)
from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.figures.frame import both_widths
from shoal.report.figures.fresh_seeds import Repetition, draw_fresh_seeds, read_repetitions
from shoal.report.markup import Child, Markup, tag
from shoal.report.optimism import optimism_sentence
from shoal.report.sections.parts import figure, legend, scroll, section
from shoal.report.test_uses import test_uses_sentence
from shoal.report.wording import PERCENT, listed, metric_text, spread_text
from shoal.wording import plural


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


def draw_together(facts: Facts) -> Markup | None:
    """Return the ensembles of the kept trials beside the winner."""
    found = {name: mapping(told) for name, told in facts.ensembles.items()}
    found = {name: told for name, told in found.items() if sequence(told.get("members"))}
    if not found:
        return None
    metric = compared_by(facts.metric, found)
    splits = splits_of(found)
    rows = [_row("the winner alone", facts.result, splits, metric)]
    rows += [_row(_members_text(name, f), f, splits, metric) for name, f in found.items()]
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


def _row(name: str, told: dict[str, Any], splits: list[str], metric: str) -> Markup:
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
