"""How full the lanes were: a bar a trial in the lane it can have had, and the share in use."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from shoal.report.facts import Facts, real, sequence
from shoal.report.figures.frame import Frame, Scale, picture, x_axis
from shoal.report.markup import Child, Markup, path, tag
from shoal.report.wording import PERCENT
from shoal.store import TrialRecord
from shoal.utils.text import duration_text, plural

_MAX_BARS = 4000
_STRIP = 54.0  # height of the strip with the share of busy lanes


def packed(trials: Sequence[TrialRecord]) -> list[tuple[TrialRecord, float, float, int]]:
    """Return (trial, start, end, row): each trial in the first row that is free for it.

    The file keeps when a trial ran and not in which lane: a result does not
    depend on it. The number of rows in use at any moment is the true one.
    """
    timed = [
        (start, end, trial)
        for trial in trials
        if (start := real(trial.started)) is not None and (end := real(trial.ended)) is not None
    ]
    free: list[int] = []
    running: list[tuple[float, int]] = []
    rows = []
    used = 0
    for start, end, trial in sorted(timed, key=lambda entry: (entry[0], entry[2].id)):
        while running and running[0][0] <= start:
            heapq.heappush(free, heapq.heappop(running)[1])
        if free:
            row = heapq.heappop(free)
        else:
            row, used = used, used + 1
        heapq.heappush(running, (end, row))
        rows.append((trial, start, end, row))
    return rows


def most_at_once(trials: Sequence[TrialRecord]) -> int:
    """Return how many of these trials were trained at one time, at most; 0 while not known."""
    return max((row + 1 for *_, row in packed(trials)), default=0)


def draw_lanes(facts: Facts, width: float) -> Markup | None:
    """Return the picture, or None where no trial has its times."""
    bars = packed([*facts.trials, *facts.confirmations, *facts.on_folds])
    if not bars:
        return None
    rows = max(row for *_, row in bars) + 1
    rounds = busy_lanes(facts)
    strip = _STRIP + 38 if len(rounds) > 1 else 0
    thick = max(1.5, min(16.0, 300 / rows))
    top = 30 + strip
    frame = Frame(width, top + thick * rows + 46, left=52, top=top)
    last = max(max(end for _, _, end, _ in bars), *(t for t, _ in rounds), 1e-3)
    x = Scale(0, last, *frame.x)
    return picture(
        frame,
        f"{plural(len(bars), 'trial')}, at most {rows} at a time, over {duration_text(last)}",
        _busy_strip(frame, rounds, x, bars[0][1]) if strip else None,
        tag("text", "a bar for each trial", x=4.0, y=top - 10, class_="title"),
        [_bar(facts, bar, x, top, thick) for bar in bars[:_MAX_BARS]],
        x_axis(frame, x, "seconds since the study began"),
        class_="lanes",
    )  # fmt: skip


def busy_lanes(facts: Facts) -> list[tuple[float, float]]:
    """Return (seconds, share of lanes in use) of each round that was logged."""
    rounds = []
    for entry in sequence(facts.cost.get("rounds_log")):
        values = [real(value) for value in sequence(entry)]
        if len(values) == 3 and values[0] is not None and values[1] is not None and values[2]:
            rounds.append((values[0], min(1.0, values[1] / values[2])))
    return sorted(rounds)


def _busy_strip(frame: Frame, rounds: list[tuple[float, float]], x: Scale, begin: float) -> Child:
    """Each round's share holds from the round before to its own end: an area of steps."""
    bottom = 30 + _STRIP
    share = Scale(0, 1, bottom, 30)
    points: list[tuple[float, float]] = []
    before = begin
    for time, value in rounds:
        points += [(x(before), share(value)), (x(time), share(value))]
        before = time
    area = [(points[0][0], bottom), *points, (points[-1][0], bottom)]
    return [
        tag("text", "lanes in use, of the running program", x=4.0, y=14.0, class_="title"),
        [
            [
                tag("line", x1=frame.x[0], x2=frame.x[1], y1=share(v), y2=share(v), class_="grid"),
                tag("text", f"{100 * v:.0f}{PERCENT}", x=frame.left - 8, y=share(v) + 4,
                    class_="tick end"),
            ]
            for v in (0.0, 1.0)
        ],
        tag("path", d=path(area) + "Z", class_="busy"),
    ]  # fmt: skip


def _bar(
    facts: Facts, bar: tuple[TrialRecord, float, float, int], x: Scale, top: float, thick: float
) -> Markup:
    trial, start, end, row = bar
    lines = [f"trial {trial.id} · {trial.state}"]
    if trial.role == "confirm":
        lines = [f"trial {trial.id}, repeats trial {trial.parent} on a fresh seed"]
    elif trial.role == "fold":
        fold = trial.members[0]["fold"] + 1
        lines = [f"trial {trial.id}, trains trial {trial.parent} on all folds but number {fold}"]
    elif trial.lineage:
        last = trial.lineage[-1]
        lines[0] += f" · from trial {last['trial']} after epoch {last['epoch']}"
    lines.append(f"{plural(trial.epochs, 'epoch')} in {duration_text(end - start)}")
    winner = " winner" if facts.is_winner(trial.id) else ""
    return tag(
        "g",
        tag("title", "\n".join(lines)),
        tag("rect", x=x(start) + 0.5, y=top + thick * row + 0.5,
            width=max(0.8, x(end) - x(start) - 1), height=max(0.8, thick - 1),
            rx=min(3.0, thick / 4)),
        class_=f"trial bar {trial.role} {trial.state}{winner}",
        data_trial=trial.id,
    )  # fmt: skip
