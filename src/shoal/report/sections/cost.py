"""What the run cost, how full the lanes were, and what is needed to repeat it."""

from __future__ import annotations

import json

from shoal.report.facts import Facts, mapping, real
from shoal.report.figures.frame import both_widths
from shoal.report.figures.lanes import busy_lanes, draw_lanes, most_at_once
from shoal.report.markup import Child, Markup, tag
from shoal.report.sections.parts import figure, legend, section
from shoal.report.wording import PERCENT, listed
from shoal.utils.text import duration_text, grouped, plural


def draw_cost(facts: Facts) -> Markup | None:
    """Return time by part, counts, and the picture of the lanes."""
    lanes = draw_lanes(facts, 1000)
    if not facts.cost and lanes is None:
        return None
    figures: list[Child] = []
    if mapping(facts.cost.get("seconds")):
        figures.append(figure(_time_bar(facts), _cost_caption(facts)))
    if lanes is not None:
        bad = facts.count("diverged") + facts.count("failed")
        plot = both_widths(lambda width: draw_lanes(facts, width) or Markup(""))
        key = legend(
            ("bar-completed", "completed"),
            *([("bar-stopped", "stopped early")] if facts.count("stopped") else []),
            *([("bar-diverged", "diverged or failed")] if bad else []),
            *([("bar-confirm", "repeated on a fresh seed")] if facts.confirmations else []),
            *([("bar-confirm", "trained again on folds")] if facts.on_folds else []),
            ("bar-winner", "winner"),
        )
        figures.append(figure([plot, key], _lanes_caption(facts)))
    return section("cost", "What it cost", *figures)


_FOR = {"validation": "validation", "test": "the test"}


def draw_repeat(facts: Facts) -> Markup:
    """Return what the study was asked to do, in full."""
    header = facts.header
    rows = mapping(header.dataset.get("rows"))
    split = listed([f"{grouped(int(n))} {name}" for name, value in rows.items()
                    if (n := real(value)) is not None])  # fmt: skip
    asked = plural(header.trials, "trial") if header.trials else "as many trials as time allows"
    sentence = f"Seed {header.seed}, {asked} asked for."
    if (limit := real(header.plan.get("time_limit"))) is not None:
        sentence += f" It was to take at most {duration_text(limit)}."
    if split:
        own = mapping(header.dataset.get("parts"))
        beside = "".join(f"; those for {_FOR.get(part, part)} are {own[part]}" for part in own)
        sentence += f" Examples: {split}{beside}; the splits are stored in the study."
    stored = {"Recipe": header.recipe, "Search space": header.space, "Network": header.network,
              "Data": {k: v for k, v in header.dataset.items() if k != "unseen"}}  # fmt: skip
    details = [
        tag("details", tag("summary", name), tag("pre", _pretty(value)))
        for name, value in stored.items()
        if value
    ]
    return section("repeat", "To repeat it", tag("p", sentence), details)


def _time_bar(facts: Facts) -> Markup:
    """Compiling, training and the rest as parts of one bar."""
    seconds = mapping(facts.cost.get("seconds"))
    compiling, training = real(seconds.get("compile")) or 0, real(seconds.get("train")) or 0
    total = max(real(seconds.get("total")) or 0, compiling + training, 1e-9)
    parts = {"compile": compiling, "train": training, "other": total - compiling - training}
    return tag(
        "div",
        tag("div",
            [tag("span", class_=f"part {name}", style=f"width:{100 * value / total:.2f}%",
                 title=f"{name}: {duration_text(value)}") for name, value in parts.items()],
            class_="time-bar", role="img",
            aria_label=", ".join(f"{name} {duration_text(v)}" for name, v in parts.items())),
        legend(*((f"part-{name}", f"{word} {duration_text(parts[name])} "
                  f"({100 * parts[name] / total:.0f}{PERCENT})")
                 for name, word in (("compile", "compiling"), ("train", "training"),
                                    ("other", "all else")))),
    )  # fmt: skip


def _cost_caption(facts: Facts) -> str:
    cost = facts.cost
    total = real(mapping(cost.get("seconds")).get("total"))
    training = real(mapping(cost.get("seconds")).get("train"))
    everyone = len(facts.trials) + len(facts.confirmations) + len(facts.on_folds)
    parts = []
    if total is not None:
        parts.append(f"The whole run took {duration_text(total)}")
        if everyone and training is not None:
            each = duration_text(training / everyone)
            parts[0] += f": {each} of training for each of {plural(everyone, 'network')}"
    compilations = real(cost.get("compilations"))
    if compilations is not None:
        parts.append(
            f"{plural(int(compilations), 'program was', 'programs were')} compiled for all of them"
        )
    if cost.get("backend"):
        parts.append(f"the kernels were {cost['backend']}")
    return "; ".join(parts) + "." if parts else ""


def _lanes_caption(facts: Facts) -> str:
    lanes, occupancy = real(facts.cost.get("lanes")), real(facts.cost.get("occupancy"))
    together = most_at_once([*facts.trials, *facts.confirmations, *facts.on_folds])
    text = (
        "A bar is a trial; where one ends, the next begins in the same lane. At most "
        f"{plural(together, 'trial')} ran at a time."
    )
    if lanes == 1 and len(facts.trials) > 1:
        text += " There was one lane: the trials were trained one after another."
    elif lanes and occupancy is not None:
        text += (
            f" {100 * occupancy:.1f}{PERCENT} of the lanes' steps trained a network; in the others "
            "a lane had nothing to do."
        )
    first = min((t for trial in facts.trials if (t := real(trial.started)) is not None), default=0)
    if first > 0.05 * max((real(t.ended) or 0 for t in facts.trials), default=0):
        text += (
            f" The first trial began after {duration_text(first)}: until then data were prepared "
            "and programs compiled."
        )
    rounds = busy_lanes(facts)
    full = [time for time, share in rounds if share >= 1]
    if full and full[-1] < rounds[-1][0]:
        text += f" From {duration_text(full[-1])} on there was too little left to fill them all."
    return text


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
