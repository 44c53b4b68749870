"""`resume`: a study that was broken off, or that is to have more trials, goes on.

The study's file holds, as of the last round that was written: every trial and
its state, the sampler's state, which trial was in which lane and after how many
epochs, and copies of those that had been running for long. A resumed search
puts the trials back into their lanes, lets each catch up to the epoch that it
had reached, from its copy or else from its beginning, and only then goes on. So
trials end in the order in which they would have ended, samplers are told what
they would have been told, and the search finds what it would have found.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shoal.data import Dataset, Preprocessing, Split
from shoal.data.splitting.unseen_rows import digest_of
from shoal.engine import Trial, TrialSnapshot
from shoal.errors import StudyError
from shoal.samplers import FirstPoint, Sampler, State
from shoal.samplers.reading import sampler_from_json, sampler_to_json
from shoal.samplers.state_schema import checked_state
from shoal.store import StudyFile, StudyHeader, TrialRecord
from shoal.store.study_connection import damaged
from shoal.store.study_schema import GOING_ON
from shoal.study import Study
from shoal.study_models import family_of
from shoal.tuning.checks import check_arguments, check_whole
from shoal.tuning.final_training import FoldEnsemble
from shoal.tuning.limits import OPEN
from shoal.tuning.members import Members
from shoal.tuning.problem import OwnPart, Problem
from shoal.tuning.progress import Callbacks, Progress, one_callback, shows_progress
from shoal.tuning.recording import SECONDS
from shoal.tuning.run_search import RunOptions, SearchPlan, lanes_of, now, run_search
from shoal.tuning.search_loop import SearchLoop
from shoal.tuning.stored_data import reload_data, reload_parts
from shoal.utils.environment import Machine
from shoal.utils.schema import SchemaError
from shoal.utils.text import seconds_of


@shows_progress
def resume(
    study: str | os.PathLike[str],
    data: Dataset | None = None,
    *,
    validation: OwnPart | None = None,
    test: OwnPart | None = None,
    trials: int | None = None,
    time_limit: float | str | None = None,
    sampler: Sampler | None = None,
    checkpoint: float | None = None,
    progress: bool = True,
    callbacks: Callbacks | None = None,
) -> Study:
    """Go on with a search: one that was broken off, or one that is to have more trials.

    It ends as if it had never been broken off: the same trials, the same states,
    the same winner. All else that was asked for is the file's: family, recipe, sampler,
    seed, split, lanes, weights kept, fresh seeds. With
    more trials than it had, the confirmations are done anew; a study of
    independent points is then the one that a longer search would have made.

    Args:
        study: the study's file.
        data: what it was trained on; read again by its name if None.
        validation: rows of their own for validation, if it had such; read again by their
            name if None.
        test: the same for the test.
        trials: number of points in all; as many as were asked for if None.
        time_limit: how long this sitting may take in all; as the search was begun with if
            None. A search that had no time for all its trials, or that was to go on until the
            time was up, goes on for so long again if it is given, else it is left as it is.
        sampler: where points come from, if it is not one of shoal's own.
        checkpoint: seconds between two copies of running trials into the file; as
            the search was begun with if None.
        progress: whether a panel shows how far it is, on a terminal and in a notebook.
        callbacks: a function, or several, each called with a `Progress` at the start of every
            phase, after every round and now and then between; in place of the panel.

    Returns:
        the study, open for reading.

    Raises:
        StudyError: a file that cannot be resumed, other data, or fewer trials
            than the study has.
        ShoalError: data that cannot be read.
        KeyboardInterrupt: a second Ctrl-C; the first ends the round in order.
    """
    began = now()
    with StudyFile.open(study, write=True) as file:
        header = file.header
        check_resumable(header, file)
        if data is None:
            data = reload_data(file)
        data = reload_parts(file, data, validation, test)
        if sampler is None:
            sampler = sampler_from_json(header.plan["sampler"])
        check_arguments(*family_of(header), data, sampler)
        plan = plan_of(file, data, sampler, trials)
        if checkpoint is not None:
            plan = replace(plan, checkpoint=checkpoint)
        further = False
        if time_limit is not None:
            plan = replace(plan, time_limit=seconds_of(time_limit))
            further = plan.open or sum(file.counts("search").values()) < header.trials
        take_up(plan, file, RunOptions(one_callback(callbacks), began), further=further)
    return Study(StudyFile.open(study))


def plan_of(
    file: StudyFile,
    data: Dataset,
    sampler: Sampler,
    trials: int | None,
    asked_again: SearchPlan | None = None,
) -> SearchPlan:
    """What the study's file says was asked for.

    Args:
        file: the study's.
        data: what it was trained on.
        sampler: where its points come from.
        trials: number of points in all; None: as many as it was.
        asked_again: the same search asked for again, found to be the same: then
            family and recipe may be of kinds that no file can name.

    Raises:
        StudyError: other data, another sampler, or fewer trials than the study has.
    """
    header = file.header
    if data.guessed and header.dataset.get("guessed"):
        data = data.with_task(header.dataset["task"])
    check_same(header, file, "data", header.dataset["digest"], digest_of(data))
    check_same(header, file, "sampler", header.plan["sampler"], sampler_to_json(sampler))
    asked = header.trials if trials is None else trials
    if trials is None and header.plan.get("open"):
        asked = OPEN
    check_whole(asked, "trials", least=1)
    if asked < header.trials:
        raise StudyError(
            "a study only grows",
            expected=f"at least the {header.trials} trials that it has",
            received=asked,
            where=str(file.path),
        )
    first = tuple(map(FirstPoint.from_json, header.plan.get("first", ())))
    machine = Machine.here()
    if "machine" in header.plan:
        machine = Machine.from_json(header.plan["machine"])
    if asked_again is not None:
        return replace(asked_again, first=first, machine=machine)
    family, recipe = family_of(header)
    parts = Split.from_bytes(header.split)
    folds = 0 if parts.folds is None else int(parts.folds.max(initial=-1)) + 1
    if folds != header.plan["folds"]:
        received = header.plan["folds"]
        raise damaged(
            SchemaError(f"{folds}, the folds of the split", received, "plan.folds"), file.path
        )
    ensemble = FoldEnsemble(**header.plan.get("ensemble", {}))
    beside = 0 if parts.ensemble is None else int(parts.ensemble.max(initial=-1)) + 1
    if beside != ensemble.folds:
        error = SchemaError(f"{beside}, those of the split", ensemble.folds, "plan.ensemble.folds")
        raise damaged(error, file.path)
    fitted = Preprocessing.from_json(header.preprocessing)
    metric = header.objective["metric"]
    problem = Problem.stored(family, recipe, data, parts, metric, fitted)
    return SearchPlan(
        problem, sampler, header.seed, asked, keep=header.plan["keep"],
        confirm_seeds=header.plan["confirm_seeds"],
        members=Members(header.plan["repeats"], header.plan["folds"]), ensemble=ensemble,
        together=bool(header.plan.get("together", False)),
        first=first, lanes=header.plan.get("lanes", "auto"), machine=machine,
        checkpoint=header.plan.get("checkpoint", SECONDS),
        time_limit=header.plan.get("time_limit"),
    )  # fmt: skip


def check_same(
    header: StudyHeader, file: StudyFile, what: str, stored: object, given: object
) -> None:
    """Raise StudyError unless a search that goes on is given what it began with."""
    if stored != given:
        name = f" ({header.dataset['name']})" if what == "data" else ""
        stored, given = _unlike(stored, given)
        raise StudyError(
            f"a search goes on with the {what} that it began with",
            expected=f"{_short(stored)}{name}",
            received=_short(given),
            where=str(file.path),
            hint="Give what it began with, or begin a new study in another file.",
        )


def _unlike(stored: object, given: object) -> tuple[object, object]:
    """Of two mappings of the same kind what is not the same in them; others as they are."""
    if not isinstance(stored, dict) or not isinstance(given, dict):
        return stored, given
    if stored.get("kind") != given.get("kind"):
        return stored, given
    names = [name for name in {**stored, **given} if stored.get(name) != given.get(name)]
    return {n: stored.get(n) for n in names}, {n: given.get(n) for n in names}


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:12]}…"


def check_resumable(header: StudyHeader, file: StudyFile) -> None:
    """Raise StudyError unless the file tells how its search goes on."""
    if header.version < 3:
        raise StudyError(
            "a study of this format is read, but cannot go on",
            expected="format 3 or newer",
            received=f"format {header.version}",
            where=str(file.path),
            hint="Begin a new study in another file.",
        )
    try:
        GOING_ON({"dataset": header.dataset, "plan": header.plan})
    except SchemaError as error:
        raise damaged(error, file.path) from None


@dataclass(frozen=True)
class _SearchState:
    """What a study's file says of the moment at which its search was broken off.

    Attributes:
        where: of lanes and cost, as `Run.where` told; empty before the first round.
        records: the trials as they are from now on.
        changed: those of them that are not so in the file.
        forget: confirmations and a refit that more trials make worthless.
    """

    where: dict[str, Any]
    records: list[TrialRecord]
    changed: list[TrialRecord]
    forget: list[int]


def take_up(
    plan: SearchPlan, file: StudyFile, manner: RunOptions, *, further: bool = False
) -> None:
    """Go on with the search in a file, unless nothing of it is left to do.

    Args:
        plan: what was asked for.
        file: the study's, open for writing.
        manner: how.
        further: whether one that has ended goes on, because there is more time.
    """
    cost = file.result("cost") or {"interrupted": True}
    ended = bool(file.result("winner")) and not cost["interrupted"]
    more = further and ended
    if not plan.open:
        more = more or plan.trials > file.header.trials
    if ended and not more:
        return
    stored_state = _search_state(file, more=more)
    _check_folds(stored_state.records, plan, file)
    manner.watch(Progress("preparing", plan.trials))
    lanes = lanes_of(plan, plan.problem.space())

    def put_back(run: SearchLoop) -> None:
        seated = _seated(stored_state.where)
        file.go_on(
            0 if plan.open else plan.trials,
            trials=stored_state.changed,
            drop_weights=sorted(seated),
            forget=stored_state.forget,
        )
        run.ledger.read(stored_state.records, float(stored_state.where.get("seconds", 0.0)))
        run.cost.rounds_log += [tuple(entry) for entry in cost.get("rounds_log", ())]
        _put_back(run, file, stored_state)

    run_search(plan, lanes, file, manner, put_back)


def _search_state(file: StudyFile, *, more: bool) -> _SearchState:
    """Where the search stood after the last round that was written."""
    records = file.trials()
    forget = [r.id for r in records if r.role != "search"] if more else []
    where = _without(file.run_state() or {}, forget)
    seated = _seated(where)
    left = [record for record in records if record.id not in set(forget)]
    unknown = (seated | _firsts(where)) - {record.id for record in records}
    if unknown:
        error = SchemaError("of trials that the study has", sorted(unknown), "run.lanes")
        raise damaged(error, file.path)
    now_so = [_as_it_goes_on(record, seated) for record in left]
    changed = [after for before, after in zip(left, now_so, strict=True) if after is not before]
    return _SearchState(where, now_so, changed, forget)


def _as_it_goes_on(record: TrialRecord, seated: Collection[int]) -> TrialRecord:
    if record.id in seated:  # also what an interrupt had ended before its time
        return replace(
            record, state="running", objective=None, metrics={}, best_epoch=None, epochs=0,
            ended=None,
        )  # fmt: skip
    return replace(record, state="waiting") if record.state == "running" else record


def _without(where: dict[str, Any], forget: Sequence[int]) -> dict[str, Any]:
    if where and forget:
        for group in where["lanes"]["groups"]:
            group["seats"] = [place for place in group["seats"] if place[1] not in forget]
    return where


def _seated(where: dict[str, Any]) -> set[int]:
    """The trials that were in lanes."""
    groups = where["lanes"]["groups"] if where else ()
    return {number for group in groups for _, number, _ in group["seats"]}


def _state(run: SearchLoop, file: StudyFile, stored_state: _SearchState) -> State:
    """The sampler's state as it was stored, checked; that of the start if there is none."""
    stored = file.sampler_state()
    if not stored:
        return run.state
    trials = sum(record.role == "search" for record in stored_state.records)
    try:
        return checked_state(run.sampler, run.space, stored, trials)
    except SchemaError as error:
        raise damaged(error.within("sampler"), file.path) from None


def _firsts(where: dict[str, Any]) -> set[int]:
    """The first trial of each program."""
    return {group["first"] for group in where["lanes"]["groups"]} if where else set()


def _check_seats(where: dict[str, Any], trials: Mapping[int, Trial], file: StudyFile) -> None:
    """Raise StudyError unless each trial was in as many lanes as it has members."""
    for group in where["lanes"]["groups"]:
        for at, number, _ in group["seats"]:
            if len(at) != trials[number].size:
                expected = f"{trials[number].size} lanes of trial {number}"
                raise damaged(SchemaError(expected, at, "run.lanes"), file.path)


def _check_folds(records: Sequence[TrialRecord], plan: SearchPlan, file: StudyFile) -> None:
    """Raise StudyError unless the networks of an ensemble have folds that there are."""
    for record in records:
        if record.role == "fold" and record.members[0]["fold"] >= plan.ensemble.folds:
            expected = f"a fold below {plan.ensemble.folds}"
            place = f"trial {record.id}: members"
            raise damaged(SchemaError(expected, record.members[0]["fold"], place), file.path)


def _put_back(run: SearchLoop, file: StudyFile, stored_state: _SearchState) -> None:
    """Stand where the run stood: sampler, lanes, trials that wait, cost."""
    run.state = _state(run, file, stored_state)
    run.numbers = 1 + max((record.id for record in stored_state.records), default=-1)
    by_number = {record.id: record for record in stored_state.records}

    def trial(number: int) -> Trial:
        return run.trial_of(by_number[number])

    if stored_state.where:
        needed = _seated(stored_state.where) | _firsts(stored_state.where)
        held = {
            number: TrialSnapshot(c.trial, c.epoch, c.standing, c.arrays)
            for number, c in file.checkpoints().items()
        }
        trials = {n: trial(n) for n in needed}
        _check_seats(stored_state.where, trials, file)
        run.lanes.restore(stored_state.where["lanes"], trials, held)
        run.cost.restore(stored_state.where["cost"])
    waiting = [record for record in stored_state.records if record.state == "waiting"]
    if run.limit.is_set and run.asked > 1:
        run.searched = any(record.role != "search" for record in stored_state.records)
    if run.searched:
        waiting = [record for record in waiting if record.role != "search"]
    clones = [r.id for r in waiting if r.role == "search" and r.lineage]
    run.lanes.submit_heirs([trial(number) for number in clones])
    for record in waiting:
        if record.id not in clones:
            run.lanes.submit(trial(record.id))
