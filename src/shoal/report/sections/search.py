"""The search: its best trials, all their losses, and what the hyperparameters did."""

from __future__ import annotations

from shoal.report.facts import Facts, Hyperparameter, real
from shoal.report.figures.curves import above_range, draw_loss_curves, loss_range
from shoal.report.figures.frame import both_widths
from shoal.report.figures.hyperparameters import axis_scale, draw_hyperparameter, draw_parallel
from shoal.report.importance import Group, Importance, by_importance
from shoal.report.markup import Markup, tag
from shoal.report.sections.parts import Cell, breakable, figure, legend, scroll, section, table
from shoal.report.wording import PERCENT, is_fraction, listed, metric_text
from shoal.store import TrialRecord
from shoal.utils.text import number_text, plural, shortened

_BEST = 12


def draw_best(facts: Facts) -> Markup | None:
    """Return the table of the best trials."""
    best = facts.ranked[:_BEST]
    if not best:
        return None
    metrics = [facts.metric, *sorted({m for t in best for m in t.metrics} - {facts.metric})]
    names = [axis.name for axis, _ in by_importance(facts)]
    called = [facts.called(metric) for metric in metrics]
    searched = [breakable(shortened(name, 40)) for name in names]
    headings = ["rank", "trial", *called, "state", "kept\u00a0/\u00a0ran", "parameters", *searched]
    rows = [_table_row(facts, i, trial, metrics, names) for i, trial in enumerate(best)]
    content = table(headings, rows, [trial.id for trial in best], "The best trials")
    caption = f"The best {len(best)} of {plural(len(facts.ranked), 'trial')} with a score."
    if len(best) > 1:
        first, last = facts.score(best[0]), facts.score(best[-1])
        caption += (
            f" Rank 1 and rank {len(best)} are {metric_text(facts.metric, first, 2)} and "
            f"{metric_text(facts.metric, last, 2)}. Kept is the epoch whose weights were kept, of "
            "those that ran. A click on a heading sorts by it."
        )
    return section("best", "The best trials", figure(content, caption))


def draw_curves(facts: Facts) -> Markup | None:
    """Return validation loss by epoch of all trials."""
    if not any(facts.curves.values()):
        return None
    plot = both_widths(lambda width: draw_loss_curves(facts, width))
    entries = [("key-ramp", "worst to best trial"), ("key-winner", "winner")]
    if facts.count("stopped"):
        entries.append(("key-ring", "stopped early"))
    if facts.count("diverged") + facts.count("failed"):
        entries.append(("key-cross", "diverged or failed"))
    return section(
        "curves", "Every trial's loss", figure([plot, legend(*entries)], _curves_caption(facts))
    )


def draw_hyperparameters(facts: Facts) -> Markup | None:
    """Return score against each hyperparameter, what explains most first."""
    if not facts.hyperparameters or not facts.ranked:
        return None
    found = by_importance(facts)
    plots = [draw_hyperparameter(facts, axis, share) for axis, share in found]
    known = [(axis, share) for axis, share in found if share is not None]
    middle = [("key-middle", "middle score of trials of similar value")] if known else []
    key = legend(*_ramp(facts), *middle)
    return section(
        "hyperparameters",
        "What mattered",
        figure([tag("div", plots, class_="grid-of-plots"), key], _matter_caption(facts, known)),
    )


def draw_parallel_section(facts: Facts) -> Markup | None:
    """Return parallel coordinates."""
    if not facts.hyperparameters or len(facts.ranked) < 2:
        return None
    content = scroll(draw_parallel(facts), "Parallel coordinates")
    return section(
        "parallel",
        "All of it at once",
        figure([content, legend(*_ramp(facts))], _parallel_caption(facts)),
    )


def _table_row(
    facts: Facts, place: int, trial: TrialRecord, metrics: list[str], names: list[str]
) -> list[Cell]:
    values = [facts.score(trial), *(real(trial.metrics.get(name)) for name in metrics[1:])]
    cells = [Cell(str(place + 1), place + 1.0), Cell(_name(facts, trial), float(trial.id))]
    cells += [
        Cell(_aligned(name, value), value) for name, value in zip(metrics, values, strict=True)
    ]
    cells.append(Cell(tag("span", trial.state, class_=f"state {trial.state}")))
    kept = f"{number_text(trial.best_epoch)} / {trial.epochs}"
    cells += [Cell(kept, real(trial.best_epoch)),
              Cell(number_text(trial.parameters), real(trial.parameters))]  # fmt: skip
    for name in names:
        value = trial.hyperparams.get(name)
        cells.append(Cell(shortened(number_text(value), 40), real(value)))
    return cells


def _aligned(metric: str, value: float | None) -> str:
    """A metric with its last zeros kept, so that a column's digits stand below each other."""
    if value is None or is_fraction(metric):
        return metric_text(metric, value, 2)
    return number_text(value, zeros=True)


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
    if stopped and _has_heirs(facts):
        text += (
            f" {plural(len(stopped), 'trial')} ended early (rings): copies of better ones went on "
            "in their lanes. A copy's line begins with that of the trial whose weights it took."
        )
    elif stopped:
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


def _has_heirs(facts: Facts) -> bool:
    return any(trial.lineage for trial in facts.trials)


def _longest(facts: Facts) -> int:
    asked = real(facts.header.recipe.get("epochs"))
    return max([int(asked or 0), *(t.epochs for t in facts.trials)])


def _ramp(facts: Facts) -> list[tuple[str, str]]:
    """The legend's entries for color."""
    worst, best = (metric_text(facts.metric, facts.score(facts.ranked[i])) for i in (-1, 0))
    return [("key-ramp", f"rank, from {worst} to {best}"), ("key-winner", "winner")]


def _matter_caption(facts: Facts, found: list[tuple[Hyperparameter, Importance]]) -> str:
    text = "Each point is a trial."
    if _has_heirs(facts):
        text += " One that went on with another's weights stands at its own, last values."
    if not found:
        return text + " They are too few to say what mattered."
    axis, first = found[0]
    if first.share < 0.05:
        return text + " No hyperparameter by itself explains the differences between trials."
    text += (
        f" {shortened(axis.name, 40)} mattered most: by itself it explains "
        f"{100 * first.share:.0f}{PERCENT} of the differences in rank. Best "
        f"{'was' if first.best.option else 'were values of'} {_group_text(axis, first.best)}."
    )
    second = [(axis, share) for axis, share in found[1:] if share.share >= 0.05][:2]
    if second:
        parts = [
            f"{shortened(axis.name, 40)} ({100 * share.share:.0f}{PERCENT}, best with "
            f"{_group_text(axis, share.best)})"
            for axis, share in second
        ]
        text += f" Then come {listed(parts)}." if len(parts) > 1 else f" Then comes {parts[0]}."
    weak = [shortened(axis.name, 40) for axis, share in found if share.share < 0.05]
    if weak:
        shown = weak if len(weak) <= 4 else [*weak[:3], f"{len(weak) - 3} more"]
        text += f" By themselves explain next to nothing: {listed(shown)}."
    return text


def _group_text(axis: Hyperparameter, group: Group) -> str:
    if group.option is not None:
        return shortened(group.option, 30)
    low, high = (v if v is None or not axis.whole else int(v) for v in (group.low, group.high))
    if low == high:
        return number_text(low, 2)
    return f"{number_text(low, 2)} to {number_text(high, 2)}"


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
