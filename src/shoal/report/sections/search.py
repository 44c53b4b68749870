"""The search: its best trials, all their losses, and what the hyperparameters did."""

from __future__ import annotations

from shoal.report.facts import Facts, Hyperparameter, real
from shoal.report.figures.curves import above_range, draw_loss_curves, loss_range
from shoal.report.figures.frame import both_widths
from shoal.report.figures.hyperparameters import axis_scale, draw_hyperparameter, strongest
from shoal.report.figures.parallel import draw_parallel
from shoal.report.markup import Markup, tag
from shoal.report.sections.parts import Cell, figure, legend, section, table
from shoal.report.wording import (
    listed,
    metric_text,
    number_text,
    plural,
    shortened,
)
from shoal.store import TrialRecord

_BEST = 12


def draw_best(facts: Facts) -> Markup | None:
    """Return the table of the best trials."""
    best = facts.ranked[:_BEST]
    if not best:
        return None
    metrics = [facts.metric, *sorted({m for t in best for m in t.metrics} - {facts.metric})]
    names = [axis.name for axis in facts.hyperparameters]
    headings = ["rank", "trial", *metrics, "state", "epochs", "kept", "parameters",
                *(shortened(name, 40) for name in names)]  # fmt: skip
    rows = [_table_row(facts, i, trial, metrics, names) for i, trial in enumerate(best)]
    content = table(headings, rows, [trial.id for trial in best], "The best trials")
    caption = f"The best {len(best)} of {plural(len(facts.ranked), 'trial')} with a score."
    if len(best) > 1:
        first, last = facts.score(best[0]), facts.score(best[-1])
        caption += (
            f" Rank 1 and rank {len(best)} are {metric_text(facts.metric, first, 2)} and "
            f"{metric_text(facts.metric, last, 2)}. A click on a heading sorts by it."
        )
    return section("best", "The best trials", figure(content, caption))


def draw_curves(facts: Facts) -> Markup | None:
    """Return validation loss by epoch of all trials."""
    if not any(facts.curves.values()):
        return None
    plot = both_widths(lambda width: draw_loss_curves(facts, width))
    entries = [("key-ramp", "worst to best trial"), ("key-winner", "winner"),
               ("key-ring", "stopped early")]  # fmt: skip
    if facts.count("diverged") + facts.count("failed"):
        entries.append(("key-cross", "diverged or failed"))
    return section(
        "curves", "Every trial's loss", figure([plot, legend(*entries)], _curves_caption(facts))
    )


def draw_hyperparameters(facts: Facts) -> Markup | None:
    """Return score against each hyperparameter."""
    if not facts.hyperparameters or not facts.ranked:
        return None
    plots = [draw_hyperparameter(facts, axis) for axis in facts.hyperparameters]
    return section(
        "hyperparameters",
        "What mattered",
        figure([tag("div", plots, class_="grid-of-plots"), _ramp(facts)], _matter_caption(facts)),
    )


def draw_parallel_section(facts: Facts) -> Markup | None:
    """Return parallel coordinates."""
    if not facts.hyperparameters or len(facts.ranked) < 2:
        return None
    content = tag("div", draw_parallel(facts), class_="scroll", tabindex=0, role="region",
                  aria_label="Parallel coordinates")  # fmt: skip
    return section(
        "parallel",
        "All of it at once",
        figure([content, _ramp(facts)], _parallel_caption(facts)),
    )


def _table_row(
    facts: Facts, place: int, trial: TrialRecord, metrics: list[str], names: list[str]
) -> list[Cell]:
    values = [facts.score(trial), *(real(trial.metrics.get(name)) for name in metrics[1:])]
    cells = [Cell(str(place + 1), place + 1.0), Cell(_name(facts, trial), float(trial.id))]
    cells += [
        Cell(metric_text(name, value, 2), value)
        for name, value in zip(metrics, values, strict=True)
    ]
    cells.append(Cell(tag("span", trial.state, class_=f"state {trial.state}")))
    for count in (trial.epochs, trial.best_epoch, trial.parameters):
        cells.append(Cell(number_text(count), None if count is None else float(count)))
    for name in names:
        value = trial.hyperparams.get(name)
        cells.append(Cell(shortened(number_text(value), 40), real(value)))
    return cells


def _name(facts: Facts, trial: TrialRecord) -> Markup:
    class_ = "winner" if facts.is_winner(trial.id) else None
    return tag("span", f"{trial.id}", class_=class_)


def _curves_caption(facts: Facts) -> str:
    drawn = sum(bool(epochs) for epochs in facts.curves.values())
    text = f"One line for each of {plural(drawn, 'trial')}"
    if drawn < len(facts.trials):
        text += f" of {len(facts.trials)}"
    text += ", the darker (on a dark page: the lighter) the better its score."
    stopped = [t for t in facts.trials if t.state == "stopped" and t.epochs]
    if stopped:
        saved = sum(max(0, _longest(facts) - t.epochs) for t in stopped)
        text += (
            f" Early stopping ended {plural(len(stopped), 'trial')} (rings) and saved "
            f"{plural(saved, 'epoch')}."
        )
    above = above_range(facts)
    if above:
        high = number_text(loss_range(facts)[1], 2)
        text += f" {plural(above, 'line')} run{'s' if above == 1 else ''} along the upper edge"
        text += f": there the loss is above {high}."
    return text


def _longest(facts: Facts) -> int:
    asked = real(facts.header.recipe.get("epochs"))
    return max([int(asked or 0), *(t.epochs for t in facts.trials)])


def _ramp(facts: Facts) -> Markup:
    worst, best = facts.score(facts.ranked[-1]), facts.score(facts.ranked[0])
    return legend(
        ("key-ramp", f"rank, from {metric_text(facts.metric, worst)} to "
                     f"{metric_text(facts.metric, best)}"),
        ("key-winner", "winner"),
    )  # fmt: skip


def _matter_caption(facts: Facts) -> str:
    found = strongest(facts)
    text = "Each point is a trial."
    if found:
        axis, value = found[0]
        text += (
            f" The score went with {shortened(axis.name, 40)} most: the larger it was, the "
            f"{'higher' if value > 0 else 'lower'} the {facts.metric} (rank correlation "
            f"{value:+.2f}; 0 is no relation, ±1 a perfect one)".replace("-", "−")
            + "."
        )
        weak = [axis.name for axis, value in found if abs(value) < 0.15]
        if weak:
            shown = listed([shortened(name, 40) for name in weak[:3]])
            text += f" Hardly any trend alone: {shown}."
    for axis in facts.hyperparameters:
        if not axis.numeric:
            text += _best_option(facts, axis)
            break
    return text


def _best_option(facts: Facts, axis: Hyperparameter) -> str:
    scores: dict[str, list[float]] = {}
    for trial in facts.ranked:
        score, value = facts.score(trial), trial.hyperparams.get(axis.name)
        if score is not None and value is not None:
            scores.setdefault(str(value), []).append(score)
    if len(scores) < 2:
        return ""
    middle = {name: sorted(values)[len(values) // 2] for name, values in scores.items()}
    best = (max if facts.maximize else min)(middle, key=lambda name: middle[name])
    return (
        f" For {shortened(axis.name, 40)} the middle score was best with {shortened(best, 30)} "
        f"({metric_text(facts.metric, middle[best])})."
    )


def _parallel_caption(facts: Facts) -> str:
    assert facts.winner is not None
    quarter = facts.ranked[: max(1, len(facts.ranked) // 4)]
    text = "Follow a line from left to right: it is one trial, and it ends at its score."
    narrowest: tuple[float, str] | None = None
    for axis in facts.hyperparameters:
        values = [v for t in quarter if (v := real(t.hyperparams.get(axis.name))) is not None]
        if axis.low is None or axis.high is None or len(values) < 4 or axis.low == axis.high:
            continue
        inside = sorted(values)[len(values) // 10 : len(values) - len(values) // 10]
        low, high = inside[0], inside[-1]
        words = (
            f" The best quarter of the trials has {shortened(axis.name, 40)} mostly between "
            f"{number_text(low, 2)} and {number_text(high, 2)}."
        )
        share = _share(axis, low, high)
        if narrowest is None or share < narrowest[0]:
            narrowest = (share, words)
    return text + (narrowest[1] if narrowest is not None and narrowest[0] < 0.75 else "")


def _share(axis: Hyperparameter, low: float, high: float) -> float:
    """Which share of the axis lies between two values."""
    scale = axis_scale(axis, 0, 1)
    return abs(scale(high) - scale(low))  # type: ignore[arg-type]  # a numeric axis has a Scale
