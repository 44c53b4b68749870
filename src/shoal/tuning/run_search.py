"""From a plan and an open study file to a winner: new searches and resumed ones alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shoal.engine import Lanes, Splits
from shoal.engine.compilation import use_cache
from shoal.engine.lane_count import USUAL, WIDTH_LEVELS, lane_count
from shoal.samplers import FirstPoint, PopulationSampler, Pruner, Sampler
from shoal.space import Space
from shoal.store import StudyFile
from shoal.tuning.ensembles import ensembles_of
from shoal.tuning.final_training import (
    ENSEMBLE,
    FoldEnsemble,
    affordable,
    begin_on_folds,
    fold_ensemble_of,
    not_worse,
)
from shoal.tuning.limits import OPEN, TimeLimit, interruptible, young_garbage_only
from shoal.tuning.members import Members
from shoal.tuning.problem import Problem
from shoal.tuning.progress import Watch, naming
from shoal.tuning.recording import SECONDS, TrialRecorder
from shoal.tuning.search_loop import SearchLoop
from shoal.tuning.winner import choose, confirm, refit, winner_of
from shoal.utils.default_values import FINALISTS
from shoal.utils.environment import Machine

GREEDY = "greedy"
"""The name of the kept trials, as they are best together, among the ensembles of a study."""

SINGLE = "single"
"""The name of the winner alone, as what a study hands over."""

TEST_SCORED = "test_scored"
"""Name of the result that tells after how many trials the test split was scored, each time."""


@dataclass(frozen=True, eq=False)
class SearchPlan:
    """A search as it was asked for.

    Attributes:
        problem: what is trained on what.
        sampler: where points come from.
        seed: of everything.
        trials: number of points.
        keep: number of best trials whose weights are kept.
        confirm_seeds: fresh seeds for each finalist.
        members: what makes a trial several lanes.
        ensemble: what the ensemble of networks on folds is made of.
        together: whether the kept trials, as they are best together, are handed over.
        first: the points that come before the sampler's.
        lanes: networks side by side; ``"auto"``: by shapes and ``machine``.
        machine: the class of the one that the search began on.
        checkpoint: seconds between two copies of running trials into the file.
        time_limit: seconds of a sitting, at most; None: as many as it takes.
    """

    problem: Problem
    sampler: Sampler
    seed: int
    trials: int
    keep: int
    confirm_seeds: int
    members: Members = field(default_factory=Members)
    ensemble: FoldEnsemble = field(default_factory=FoldEnsemble)
    together: bool = False
    first: tuple[FirstPoint, ...] = ()
    lanes: int | str = "auto"
    machine: Machine = field(default_factory=lambda: Machine.here())
    checkpoint: float = SECONDS
    time_limit: float | None = None

    @property
    def open(self) -> bool:
        """Whether trials go on until the time is up."""
        return self.trials >= OPEN


@dataclass(frozen=True)
class RunOptions:
    """How a sitting of a search is watched.

    Attributes:
        watch: told of progress.
        began: when the caller began, by the performance counter.
        only: whether no other sitting can follow, so that an interrupt ends the search.
    """

    watch: Watch
    began: float
    only: bool = False


def lanes_of(plan: SearchPlan, space: Space) -> Lanes:
    """The lanes in which a plan's trials are trained."""
    use_cache()
    many = lane_count(
        plan.lanes,
        learns=plan.sampler.adaptive or isinstance(plan.sampler, Pruner),
        together=isinstance(plan.sampler, PopulationSampler),
        machine=plan.machine,
    )
    of = plan.problem
    splits = Splits.of(of.prepared, of.objective)
    return Lanes(of.family, of.recipe, space, splits, of.objective, many, WIDTH_LEVELS)


def run_search(
    plan: SearchPlan,
    lanes: Lanes,
    file: StudyFile,
    manner: RunOptions,
    take_up: Callable[[SearchLoop], None] | None = None,
) -> None:
    """Search, confirm, choose and score the winner; all of it goes into the file.

    Args:
        plan: what to search.
        lanes: where trials are trained.
        file: open for writing.
        manner: how.
        take_up: puts the run where it stood before a break.
    """
    ledger = TrialRecorder(file, lanes.space, plan.keep)
    with interruptible() as interrupt, young_garbage_only():
        watch = naming(manner.watch, plan.problem.prepared.preprocessing.positive_class)
        width = plan.lanes if isinstance(plan.lanes, int) else USUAL
        # Of a space without hyperparameters there is one point, whatever was asked for.
        asked = plan.trials if len(lanes.space) else 1
        run = SearchLoop(
            lanes, ledger, plan.sampler, plan.first, lanes.space, plan.seed, asked,
            watch, interrupt, width, plan.checkpoint, plan.members, manner.began,
            TimeLimit(plan.time_limit, manner.began),
        )  # fmt: skip
        try:
            if take_up:
                take_up(run)
            again = plan.confirm_seeds if plan.trials > 1 else 0
            of, most = plan.ensemble, min(asked, plan.ensemble.size)
            run.to_follow = again * min(asked, FINALISTS) + of.networks * most
            run.follow_by = of.networks or 1
            lanes.expected = of.networks * most
            if plan.time_limit is not None:
                lanes.expected = max(lanes.expected, min(asked, width) * plan.members.each)
            if of.folds and asked == 1:  # side by side with the only trial
                run.ask()
                begin_on_folds(run, of, ledger.of_role("search"))
            run.search()
            run.to_follow = 0
            if again and not interrupt.requested:
                confirm(run, again)
            if of.folds and not interrupt.requested:
                begin_on_folds(run, of, ledger.ranking()[: affordable(run, of)])
                run.train_out("folding")
            if plan.members.folds and not interrupt.requested:
                refit(run)
            if interrupt.requested:
                run.break_off()
        finally:
            lanes.ahead.give_up()
            ledger.flush()  # whatever ends the run, what is done stays
    _conclude(run, plan, only=manner.only)


def _conclude(run: SearchLoop, plan: SearchPlan, *, only: bool) -> None:
    """Write the winner, and what it all cost even if there is none.

    The test split is scored when the search has ended, and left alone while it may go on.
    """
    run.report("scoring")
    lanes, ledger, prepared = run.lanes, run.ledger, plan.problem.prepared
    interrupted = run.interrupt.requested
    ended = only or not interrupted
    results: dict[str, Any] = {}
    again: list[int] = []
    try:
        if ledger.ranking() or not interrupted:
            chosen = choose(ledger)
            winner = winner_of(ledger, lanes, run.space, prepared, chosen, test=ended)
            run.report("averaging")
            ensembles, product = _together(run, plan, winner, test=ended)
            again = [] if interrupted else _needed_no_more(ledger, ensembles)
            results = {"winner": winner, "ensembles": ensembles, "product": product}
            if ended and len(prepared.test):
                before = ledger.file.result(TEST_SCORED) or []
                results[TEST_SCORED] = [*before, ledger.proposed]
    finally:
        # Together, all or none: whether a search was finished is read from winner and cost.
        results["cost"] = run.cost.to_json(interrupted=interrupted, time_up=run.time_up)
        ledger.file.write_results(results, drop_weights=again)
        if plan.open and not interrupted:
            ledger.file.write_requested_trials(ledger.proposed)
    run.report("done")


def _together(
    run: SearchLoop, plan: SearchPlan, winner: dict[str, Any], *, test: bool
) -> tuple[dict[str, dict[str, Any]], str]:
    """The ensembles by name, and what the study hands over.

    The ensemble of folds takes the place of those of the kept trials. It is handed over: on
    the rows that its networks have not seen it is not worse than the best trial's networks
    by themselves, for it was chosen so. Networks that were cut short may be worse than the
    winner, which was not; then it is handed over if it is not worse on the validation rows.
    So are the kept trials together, where that is the plan. No test row has a say.
    """
    ledger, lanes, space, prepared = run.ledger, run.lanes, run.space, plan.problem.prepared
    found = fold_ensemble_of(ledger, lanes, space, prepared, plan.ensemble, test=test)
    if not found:
        kept = ensembles_of(ledger, lanes, space, prepared, test=test)
        better = (
            plan.together
            and GREEDY in kept
            and not_worse(kept[GREEDY], winner, lanes.objective, prepared.task)
        )
        return kept, GREEDY if better else SINGLE
    cut = run.folds_cut_short or run.interrupt.requested
    if cut and not not_worse(found, winner, lanes.objective, prepared.task):
        return {ENSEMBLE: found}, SINGLE
    return {ENSEMBLE: found}, ENSEMBLE


def _needed_no_more(ledger: TrialRecorder, ensembles: dict[str, dict[str, Any]]) -> list[int]:
    """Repetitions whose weights nobody will ask for."""
    members = {member["trial"] for told in ensembles.values() for member in told["members"]}
    folds = [record.id for record in ledger.of_role("fold") if record.id in ledger.weights]
    return [*ledger.confirmations(), *(number for number in folds if number not in members)]


def now() -> float:
    """The moment, by the performance counter."""
    return time.perf_counter()
