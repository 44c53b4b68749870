"""From a plan and an open study file to a winner: new searches and resumed ones alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shoal.data import Prepared
from shoal.network import Network
from shoal.samplers import Breeder, FirstPoint, Judge, Sampler
from shoal.space import Space
from shoal.store import StudyFile
from shoal.training import Lanes, Objective, Recipe, Splits
from shoal.training.compiling import use_cache
from shoal.training.lane_count import USUAL, WIDTH_LEVELS, all_waiting, lane_count
from shoal.wiring.ensembles import ensembles_of
from shoal.wiring.garbage import young_garbage_only
from shoal.wiring.interrupt import interruptible
from shoal.wiring.ledger import Ledger
from shoal.wiring.members import Members
from shoal.wiring.progress import Watch
from shoal.wiring.run import Run
from shoal.wiring.winner import FINALISTS, choose, confirm, refit, winner_of


@dataclass(frozen=True, eq=False)
class Plan:
    """A search as it was asked for.

    Attributes:
        family: its input shape known.
        recipe: how to train.
        prepared: the data.
        goal: what is optimized.
        sampler: where points come from.
        seed: of everything.
        trials: number of points.
        keep: number of best trials whose weights are kept.
        confirm_seeds: fresh seeds for each finalist.
        members: what makes a trial several lanes.
        first: the points that come before the sampler's.
    """

    family: Network
    recipe: Recipe
    prepared: Prepared
    goal: Objective
    sampler: Sampler
    seed: int
    trials: int
    keep: int
    confirm_seeds: int
    members: Members = field(default_factory=Members)
    first: tuple[FirstPoint, ...] = ()

    def space(self) -> Space:
        """The search space."""
        return Space(self.family, self.recipe)


@dataclass(frozen=True)
class Manner:
    """How a search is run: nothing of it changes what the search finds.

    Attributes:
        lanes: networks side by side.
        checkpoint: seconds between two checkpoints.
        watch: told of progress.
        began: when the caller began, by the performance counter.
    """

    lanes: int | str
    checkpoint: float
    watch: Watch
    began: float


def lanes_of(plan: Plan, space: Space, count: int | str) -> Lanes:
    """The lanes in which a plan's trials are trained."""
    use_cache()
    splits = Splits.of(plan.prepared, plan.goal)
    together = count == "auto" and isinstance(plan.sampler, Breeder)
    learns = plan.sampler.adaptive or isinstance(plan.sampler, Judge)
    many = all_waiting if together else lane_count(count, learns=learns)
    return Lanes(plan.family, plan.recipe, space, splits, plan.goal, many, WIDTH_LEVELS)


def conduct(
    plan: Plan,
    lanes: Lanes,
    file: StudyFile,
    manner: Manner,
    take_up: Callable[[Run], None] | None = None,
) -> None:
    """Search, confirm, choose and score the winner; all of it goes into the file.

    Args:
        plan: what to search.
        lanes: where trials are trained.
        file: open for writing.
        manner: how.
        take_up: puts the run where it stood before a break.
    """
    ledger = Ledger(file, lanes.space, plan.keep)
    with interruptible() as interrupt, young_garbage_only():
        width = manner.lanes if isinstance(manner.lanes, int) else USUAL
        run = Run(
            lanes, ledger, plan.sampler, plan.first, lanes.space, plan.seed, plan.trials,
            manner.watch, interrupt, width, manner.checkpoint, plan.members, manner.began,
        )  # fmt: skip
        try:
            if take_up:
                take_up(run)
            again = plan.confirm_seeds if plan.trials > 1 else 0
            run.to_follow = again * min(plan.trials, FINALISTS)
            run.search()
            run.to_follow = 0
            if again and not interrupt.requested:
                confirm(run, again)
            if plan.members.folds and not interrupt.requested:
                refit(run)
            if interrupt.requested:
                run.break_off()
        finally:
            lanes.ahead.give_up()
            ledger.flush()  # whatever ends the run, what is done stays
    _conclude(run, plan.prepared)


def _conclude(run: Run, prepared: Prepared) -> None:
    """Write the winner, and what it all cost even if there is none."""
    run.report("scoring")
    lanes, ledger = run.lanes, run.ledger
    interrupted = run.interrupt.requested
    results: dict[str, Any] = {}
    again: list[int] = []
    try:
        if ledger.ranking() or not interrupted:
            results["winner"] = winner_of(ledger, lanes, run.space, prepared, choose(ledger))
            run.report("averaging")
            results["ensembles"] = ensembles_of(ledger, lanes, run.space, prepared)
            again = [] if interrupted else ledger.confirmations()
    finally:
        # Together: whether a search was finished is read from both.
        results["cost"] = run.cost.to_json(interrupted=interrupted)
        ledger.file.write_results(results, drop_weights=again)
    run.report("done")


def now() -> float:
    """The moment, by the performance counter."""
    return time.perf_counter()
