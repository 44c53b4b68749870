"""The top of the page: what was searched, who won, the numbers one came for."""

from __future__ import annotations

from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.figures.frame import both_widths, without_outliers
from shoal.report.figures.lanes import most_at_once
from shoal.report.figures.scores import draw_scores
from shoal.report.markup import Child, Markup, tag
from shoal.report.sections.parts import figure, legend, section
from shoal.report.sentences import (
    SPLITS,
    chosen_sentence,
    compared_by,
    interval_sentence,
    networks_text,
    product_sentence,
)
from shoal.report.wording import PERCENT, listed, metric_text, spread_text
from shoal.utils.text import duration_text, grouped, plural

_MOST_NOTES = 20
"""Remarks on the data that are shown."""

_STATES = {
    "completed": "completed",
    "stopped": "stopped early",
    "diverged": "diverged",
    "failed": "failed",
    "running": "running",
    "waiting": "waiting",
}


def draw_overview(facts: Facts) -> Markup:
    """Return the title, a sentence, the headline numbers and the picture of the search."""
    name = short_name(facts)
    return tag(
        "header",
        tag("p", f"A shoal study · {facts.header.created[:10]}", class_="kicker"),
        tag("h1", name),
        tag("p", lead_text(facts), class_="lead"),
        _notes(facts),
        _tiles(facts),
    )


def short_name(facts: Facts) -> str:
    """Return what the data are called, without the folders before it."""
    name = str(facts.header.dataset.get("name") or "a study")
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2] or name


def draw_glance(facts: Facts) -> Markup | None:
    """Return the section with every trial's score."""
    if not facts.trials:
        return None
    return section(
        "search",
        "The search at a glance",
        figure(
            [both_widths(lambda width: draw_scores(facts, width)), _score_legend(facts)],
            _score_caption(facts),
        ),
    )


def _notes(facts: Facts) -> Markup | None:
    """What a reader should know of the data before believing a number."""
    notes = [str(note) for note in sequence(facts.header.dataset.get("notes"))][:_MOST_NOTES]
    if not notes:
        return None
    shown = [tag("li", f"{note[:1].upper()}{note[1:]}.") for note in notes]
    return tag("ul", shown, class_="notes")


def lead_text(facts: Facts) -> str:
    """Return the page's first sentence."""
    count = len(facts.trials)
    if facts.winner is None:
        if not count:
            return "No trial was begun yet."
        return f"{plural(count, 'trial')}, none with a score: {_states_text(facts)}."
    searched = f"{plural(count, 'network')} trained"
    most = most_at_once(facts.trials)
    if most > 1:
        searched += f", up to {most} side by side"
    if not facts.result:
        ended = count - facts.count("running") - facts.count("waiting")
        searched = f"{ended} of {plural(count, 'trial')} ended"
        return f"{searched}; trial {facts.winner.id} is the best so far."
    told = [f"{searched}; trial {facts.winner.id} won.", _test_text(facts)]
    compared = (facts.product, facts.metric, facts.ensembles, facts.result)
    told.append(product_sentence(*compared, percent=True))
    told.append(interval_sentence(*compared, facts.header.dataset, percent=True))
    return " ".join(part for part in told if part)


def _test_text(facts: Facts) -> str:
    score = real(mapping(facts.result.get("test")).get(facts.metric))
    if score is None:
        return ""
    rows = real(mapping(facts.header.dataset.get("rows")).get("test"))
    held_out = "examples held out from training and search"
    of = (
        f"the {plural(int(rows), 'example')} held out from training and search"
        if rows
        else held_out
    )
    if facts.metric == "accuracy":
        return f"It gets {metric_text(facts.metric, score)} of {of} right."
    shown = metric_text(facts.metric, score)
    return f"On {of} its {facts.called()} is {shown}."


def _tiles(facts: Facts) -> Markup:
    seconds = mapping(facts.cost.get("seconds"))
    occupancy, lanes = real(facts.cost.get("occupancy")), real(facts.cost.get("lanes"))
    compiling = real(seconds.get("compile"))
    tiles = [
        _ensemble_tile(facts),
        _test_tile(facts),
        _fresh_tile(facts),
        _validation_tile(facts),
        _tile("trials", grouped(len(facts.trials)), _states_text(facts)),
        _tile("time", duration_text(total), f"{duration_text(compiling)} of it compiling"
              if compiling is not None else "")
        if (total := real(seconds.get("total"))) is not None else None,
        _tile("lanes in use", f"{100 * occupancy:.0f}{PERCENT}",
              f"of the steps of {plural(int(lanes), 'lane')}" if lanes else "of all lane steps")
        if occupancy is not None else None,
    ]  # fmt: skip
    shown = [tile for tile in tiles if tile is not None]
    return tag("div", shown, class_=f"tiles of-{len(shown)}")


def _test_tile(facts: Facts) -> Child:
    score = real(mapping(facts.result.get("test")).get(facts.metric))
    if score is None:
        return None
    note = "the winner on data nobody had seen"
    if facts.product != "single":
        note = "the winner alone, one network"
    return _tile(f"test {facts.called()}", metric_text(facts.metric, score), note, "winner")


def _ensemble_tile(facts: Facts) -> Child:
    told = mapping(facts.ensembles.get(facts.product))
    metric = compared_by(facts.metric, facts.ensembles)
    split = "test" if mapping(told.get("test")) else "out_of_fold"
    score = real(mapping(told.get(split)).get(metric))
    if score is None:
        return None
    name = f"{SPLITS[split]} {facts.called(metric)}, ensemble"
    return _tile(name, metric_text(metric, score), networks_text(told), "winner")


def _fresh_tile(facts: Facts) -> Child:
    stored = mapping(facts.result.get("confirmed_test"))
    where = "test"
    if not stored:
        stored, where = mapping(facts.result.get("confirmed")), "validation"
    spread = mapping(stored.get(facts.metric))
    mean, std = real(spread.get("mean")), real(spread.get("std"))
    if mean is None or std is None:
        return None
    seeds = real(stored.get("seeds")) or real(mapping(facts.result.get("confirmed")).get("seeds"))
    fresh = plural(int(seeds), "fresh seed") if seeds else "fresh seeds"
    name = f"{where} {facts.metric}, {fresh}"
    return _tile(name, spread_text(facts.metric, mean, std), "mean ± standard deviation")


def _validation_tile(facts: Facts) -> Child:
    if facts.winner is None:
        return None
    score = real(mapping(facts.result.get("validation")).get(facts.metric))
    if score is None:
        score = facts.score(facts.winner)
    rank = facts.rank.get(facts.winner.id, 0) + 1
    note = f"trial {facts.winner.id}, " + ("the best" if rank == 1 else f"rank {rank}")
    note += " of the search" if facts.result else " so far"
    return _tile(f"validation {facts.called()}", metric_text(facts.metric, score), note)


def _tile(name: str, value: str, note: str, class_: str = "") -> Markup:
    return tag(
        "div",
        tag("p", name, class_="name"),
        tag("p", value, class_="value"),
        tag("p", note, class_="note"),
        class_=f"tile {class_}".strip(),
    )


def _states_text(facts: Facts) -> str:
    counts = [(facts.count(state), word) for state, word in _STATES.items()]
    return listed([f"{count} {word}" for count, word in counts if count])


def _score_legend(facts: Facts) -> Markup:
    entries = [("fish-completed", "completed")]
    if facts.count("stopped"):
        entries.append(("fish-stopped", "stopped early"))
    if facts.count("diverged") + facts.count("failed"):
        entries.append(("key-cross", "diverged or failed"))
    return legend(*entries, ("fish-winner", "winner"), ("key-step", "best so far"))


def _score_caption(facts: Facts) -> str:
    if facts.winner is None:
        return "No trial has a score, so there is nothing to draw but what went wrong."
    best, score = facts.ranked[0], facts.score(facts.ranked[0])
    middle = facts.score(facts.ranked[len(facts.ranked) // 2])
    half = f"; half of the trials reach {metric_text(facts.metric, middle)} or better"
    parts = [
        f"Every fish is a trial. Trial {best.id} leads with "
        f"{metric_text(facts.metric, score)}{half if len(facts.ranked) > 2 else ''}."
    ]
    if facts.winner.id != best.id:
        parts.append(f" {chosen_sentence(facts)}")
    bad = facts.count("diverged")
    if bad:
        parts.append(
            f" {plural(bad, 'trial')} met a number that is not finite and ended there "
            "(crosses at the foot)."
        )
    scores = [s for t in facts.ranked if (s := facts.score(t)) is not None]
    low, high = without_outliers(scores, better_high=facts.maximize)
    outside = sum(not low <= score <= high for score in scores)
    if outside:
        parts.append(
            f" {plural(outside, 'trial')} scored far worse than the rest and "
            f"{'is' if outside == 1 else 'are'} drawn at the edge."
        )
    return "".join(parts)
