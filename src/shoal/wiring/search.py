"""`search`: a family, a recipe and data in; a study out."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shoal.data import Dataset, Prepared, Split, prepare, split
from shoal.errors import RecipeError
from shoal.kernels import backend
from shoal.network import Network
from shoal.samplers import Random, Sampler
from shoal.space import Space, encode
from shoal.store import STUDY_VERSION, StudyFile, StudyHeader
from shoal.study import Study
from shoal.training import Lanes, Objective, Recipe, Splits
from shoal.training.compiling import use_cache
from shoal.training.lane_count import USUAL, WIDTH_LEVELS, lane_count
from shoal.wiring.checks import check_arguments, check_family, check_seed, check_whole
from shoal.wiring.interrupt import interruptible
from shoal.wiring.ledger import Ledger
from shoal.wiring.progress import Progress, Watch, nobody
from shoal.wiring.run import Run
from shoal.wiring.winner import choose, confirm, winner_of

KEEP = 5
"""Number of best trials whose weights a study keeps."""


def search(
    family: Network,
    recipe: Recipe,
    data: Dataset,
    *,
    trials: int = 64,
    sampler: Sampler | None = None,
    lanes: int | str = "auto",
    seed: int = 0,
    study: str | os.PathLike[str] | None = None,
    objective: str | None = None,
    confirm_seeds: int = 5,
    validation: float = 0.2,
    test: float = 0.2,
    watch: Watch = nobody,
) -> Study:
    """Train a family of networks in lanes, and find its best member.

    The data are split once. Points come from the sampler; trials train side by
    side, in lanes that are refilled as soon as one ends. The three best are then
    trained again on fresh seeds, and the one that does best there is the winner:
    the very weights that the search found, scored once on the test split.

    Args:
        family: a network, with ranges where its numbers are open.
        recipe: how to train; may hold ranges too.
        data: what to train on.
        trials: number of points to try.
        sampler: where points come from; random search by default.
        lanes: how many networks train side by side; ``"auto"`` chooses.
        seed: of the split, the points, the initial weights, the batches and the
            noise; the same seed gives the same study.
        study: where to write the study; a temporary file if None.
        objective: the validation metric to optimize; accuracy for
            classification, rmse for regression by default.
        confirm_seeds: fresh seeds on which finalists are trained again; 0: none.
        validation: share of the rows that steers training and search.
        test: share of the rows that scores the winner.
        watch: told of progress.

    Returns:
        the study, open for reading.

    Raises:
        ShoalError: data, network, recipe or file that cannot be used.
        KeyboardInterrupt: a second Ctrl-C; the first ends the search in order.
    """
    sampler = Random() if sampler is None else sampler
    check_arguments(family, recipe, data, sampler)
    check_seed(seed)
    check_whole(trials, "trials", least=1)
    check_whole(confirm_seeds, "confirm_seeds", least=0)
    began = time.perf_counter()
    use_cache()
    watch(Progress("preparing", trials))
    prepared = prepare(data, split(data, seed=seed, validation=validation, test=test))
    family = family.with_input(prepared.input_shape)
    space = Space(family, recipe)
    goal = Objective.of(prepared.task, objective)
    pool = Lanes(family, recipe, space, Splits.of(prepared), goal, lane_count(lanes), WIDTH_LEVELS)
    check_family(pool, sampler, seed, trials)
    header = _header(family, recipe, space, prepared, seed, trials, goal)
    with _study_file(study, header) as (file, folder):
        ledger = Ledger(file, space, KEEP)
        with interruptible() as interrupt:
            width = lanes if isinstance(lanes, int) else USUAL
            run = Run(pool, ledger, sampler, space, seed, trials, watch, interrupt, width)
            run.search()
            if interrupt.requested:
                run.give_up()
            elif confirm_seeds and trials > 1:
                confirm(run, confirm_seeds)
        _conclude(run, prepared, began)
    return Study(StudyFile.open(file.path), folder)


def _conclude(run: Run, prepared: Prepared, began: float) -> None:
    """Write the winner, and what it all cost even if there is none."""
    run.report("scoring")
    lanes, ledger = run.lanes, run.ledger
    try:
        if ledger.ranking() or not run.interrupt.requested:
            winner = winner_of(ledger, lanes, run.space, prepared, choose(ledger))
            ledger.file.write_result("winner", winner)
    finally:
        ledger.file.write_result("cost", cost_of(run, began))
    run.report("done")


def cost_of(run: Run, began: float) -> dict[str, Any]:
    """What a run cost, as plain data."""
    lanes = run.lanes
    return {
        "seconds": {
            "compile": lanes.log.seconds,
            "train": run.training_seconds,
            "total": time.perf_counter() - began,
        },
        "compilations": lanes.log.count,
        "lanes": lanes.most,
        "occupancy": lanes.use.occupancy,
        "rounds": lanes.rounds,
        "groups": lanes.groups,
        "epochs": run.epochs,
        "backend": backend(),
        "rounds_log": [list(entry) for entry in run.rounds_log],
        "interrupted": run.interrupt.requested,
    }


def _header(
    family: Network,
    recipe: Recipe,
    space: Space,
    prepared: Prepared,
    seed: int,
    trials: int,
    goal: Objective,
) -> StudyHeader:
    parts: Split = prepared.split
    return StudyHeader(
        version=STUDY_VERSION,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=seed,
        trials=trials,
        objective={"metric": goal.metric, "direction": goal.direction},
        space=space.to_json(),
        network=encode(family, space),
        recipe=encode(recipe, space),
        dataset={
            "name": prepared.name,
            "kind": prepared.kind,
            "task": prepared.task,
            "rows": {
                "train": len(parts.train),
                "validation": len(parts.validation),
                "test": len(parts.test),
            },
            "classes": list(prepared.classes),
            "input_shape": list(prepared.input_shape),
        },
        preprocessing=prepared.preprocessing.to_json(),
        split=parts.to_bytes(),
    )


@contextmanager
def _study_file(
    path: str | os.PathLike[str] | None, header: StudyHeader
) -> Iterator[tuple[StudyFile, Path | None]]:
    """A new study file, and the temporary folder that it is in if no path is given."""
    if path is not None:
        with StudyFile.create(path, header) as file:
            yield file, None
        return
    folder = Path(tempfile.mkdtemp(prefix="shoal-"))
    try:
        with StudyFile.create(folder / "study.db", header) as file:
            yield file, folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


__all__ = ["RecipeError", "search"]
