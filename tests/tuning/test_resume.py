"""A search that was broken off goes on, and finds what it would have found."""

import dataclasses
import sqlite3
from dataclasses import dataclass
from importlib.util import find_spec
from typing import ClassVar

import numpy as np
import pytest
from small_problems import (
    Listed,
    adamw,
    bars,
    blobs,
    contents,
    filters,
    outcome,
    perceptrons,
    plane,
)

import shoal
from shoal import Choice, Dense, EarlyStopping, Float, Int, Sequential, Study, relu, tanh
from shoal.data.splitting.unseen_rows import digest_of
from shoal.errors import RecipeError, StudyError
from shoal.samplers import TPE, Genetic, Grid, Optuna, ParticleSwarm, Sobol, optuna_sampler


class BreakError(Exception):
    """What breaks a search off."""


@dataclass(frozen=True)
class Climbing:
    """Proposes a step from the best point told so far: every proposal hangs on every tell."""

    kind: ClassVar[str] = "climbing"
    adaptive: ClassVar[bool] = True

    def start(self, space, seed):
        return {"seed": seed, "asked": 0, "told": [], "best": None}

    def ask(self, space, state, count):
        points = []
        for k in range(state["asked"], state["asked"] + count):
            rng = np.random.default_rng([state["seed"], k, *state["told"]])
            points.append(space.from_unit(rng.random(len(space)).tolist()))
        return points, {**state, "asked": state["asked"] + count}

    def tell(self, space, state, results):
        return {**state, "told": state["told"] + [told.number for told in results]}


def dump(path):
    with sqlite3.connect(path) as db:
        return list(db.iterdump())


def broken_off(when):
    """A watcher that raises at the first moment of which `when` holds."""

    def watch(progress):
        if when(progress):
            raise BreakError

    return watch


def begin(path, when, **options):
    with pytest.raises(BreakError):
        shoal.search(**options, study=path, callbacks=broken_off(when))


def plain(**changes):
    return {
        "family": perceptrons(), "recipe": adamw(), "data": blobs(), "trials": 9, "lanes": 4,
        "confirm_seeds": 2, **changes,
    }  # fmt: skip


def uneven(**changes):
    """Trials of different lengths in two programs, proposed one by one."""
    family = Sequential(Dense(Int(3, 8)), Choice(relu, tanh), Dense(3))
    recipe = adamw(epochs=Int(2, 7), early_stopping=EarlyStopping(patience=2))
    return plain(family=family, recipe=recipe, sampler=Climbing(), trials=14, **changes)


@pytest.fixture(scope="module")
def whole():
    return shoal.search(**plain())


@pytest.fixture(scope="module")
def whole_uneven():
    return shoal.search(**uneven())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.study"


MOMENTS = {
    "before the first round": lambda p: p.phase == "compiling",
    "in the first trials": lambda p: p.epochs == 8,
    "between trials": lambda p: p.epochs == 16,
    "in later trials": lambda p: p.epochs == 24,
    "in the last trial": lambda p: p.epochs == 34,
    "before confirming": lambda p: p.phase == "confirming" and p.epochs == 36,
    "while confirming": lambda p: p.phase == "confirming" and p.epochs == 36 + 16,
    "before the winner is known": lambda p: p.phase == "scoring",
    "at the very end": lambda p: p.phase == "done",
}


@pytest.mark.parametrize("checkpoint", [0.0, 1e9], ids=["from checkpoints", "from the beginning"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_it_ends_as_if_it_had_not_been_broken_off(path, whole, moment, checkpoint):
    begin(path, MOMENTS[moment], **plain(checkpoint=checkpoint))
    study = shoal.resume(path, blobs())
    assert contents(study) == contents(whole)
    assert study.cost["epochs"] == whole.cost["epochs"]
    assert study.file.checkpoints() == {}
    study.close()


@pytest.mark.parametrize("rounds", [1, 2, 3, 5, 8, 11, 13])
def test_an_adaptive_sampler_is_told_in_the_same_order(path, whole_uneven, rounds):
    """Its points hang on the order in which trials ended, in lanes at different epochs."""
    count = 0

    def when(progress):
        nonlocal count
        count += progress.phase == "training"
        return count > 2 * rounds

    begin(path, when, **uneven(checkpoint=0.0 if rounds % 2 else 1e9))
    study = shoal.resume(path, blobs(), sampler=Climbing())
    assert contents(study) == contents(whole_uneven)
    study.close()


SAMPLERS = {
    "grid": Grid(3),
    "sobol": Sobol(),
    "swarm": ParticleSwarm(3),
    "genetic": Genetic(population_size=4),
    "tpe": TPE(n_startup_trials=4),
}
if find_spec("optuna"):
    SAMPLERS["optuna"] = Optuna("tpe")


@pytest.fixture(scope="module", params=SAMPLERS)
def sampled(request):
    """A search with each of the library's samplers, and what it finds undisturbed."""
    options = uneven(confirm_seeds=0) | {"sampler": SAMPLERS[request.param]}
    return options, contents(shoal.search(**options))


@pytest.mark.parametrize("rounds", [2, 9])
def test_each_sampler_goes_on_from_the_state_in_the_file(path, sampled, rounds):
    options, undisturbed = sampled
    count = 0

    def when(progress):
        nonlocal count
        count += progress.phase == "training"
        return count > 2 * rounds

    begin(path, when, **options, checkpoint=0.0)
    optuna_sampler._AT_HAND.clear()  # as in a new process
    study = shoal.resume(path, blobs())
    assert contents(study) == undisturbed
    study.close()


def test_a_sampler_with_other_settings_does_not_go_on(path):
    options = plain(trials=5, sampler=Genetic(population_size=4))
    begin(path, lambda p: p.epochs == 8, **options)
    with pytest.raises(StudyError, match=r"sampler that it began with; expected .*4.*received .*6"):
        shoal.search(**options | {"sampler": Genetic(population_size=6)}, study=path, resume=True)


def test_a_space_that_is_used_up_ends_the_search(path):
    family = Sequential(Dense(Int(3, 8)), relu, Dense(3))
    options = plain(family=family, recipe=shoal.Recipe(epochs=2), trials=9, confirm_seeds=0)
    shoal.search(**options, sampler=Genetic(population_size=3), study=path).close()
    study = shoal.resume(path, blobs(), trials=12)
    assert sorted(trial.point["dense_1.units"] for trial in study.trials) == [3, 4, 5, 6, 7, 8]
    assert study.counts()["completed"] == 6
    study.close()


def test_it_can_be_broken_off_again_and_again(path, whole_uneven):
    begin(path, lambda p: p.epochs >= 9, **uneven(checkpoint=0.0))
    for sitting in range(1, 12):
        count = 0

        def watch(progress, sitting=sitting):
            nonlocal count
            count += progress.phase in ("training", "confirming")
            if count > 3 * sitting + 4:
                raise BreakError

        try:
            study = shoal.resume(path, blobs(), sampler=Climbing(), callbacks=watch, checkpoint=0.0)
            break
        except BreakError:
            continue
    assert contents(study) == contents(whole_uneven)
    study.close()


@pytest.mark.parametrize("data", [bars, plane], ids=["pictures", "two targets"])
def test_other_networks_and_optimizers_go_on_too(path, data):
    if data is bars:
        family = filters()
        recipe = adamw(epochs=3)
    else:
        family = Sequential(Dense(Int(3, 6)), tanh, Dense(2))
        recipe = shoal.Recipe(
            loss=shoal.losses.SquaredError(), epochs=3, batch_size=16,
            optimizer=shoal.optimizers.SGD(
                learning_rate=Float(1e-2, 1e-1), momentum=Float(0.1, 0.9)
            ),
        )  # fmt: skip
    options = {
        "family": family, "recipe": recipe, "data": data(), "trials": 5, "lanes": 3,
        "confirm_seeds": 1, "checkpoint": 0.0,
    }  # fmt: skip
    begin(path, lambda p: p.epochs == 6, **options)
    assert {c.epoch for c in Study.open(path).file.checkpoints().values()} == {2}
    study = shoal.resume(path, data())
    assert contents(study) == contents(shoal.search(**options))
    study.close()


def test_what_was_written_of_an_epoch_is_not_written_again(path):
    begin(path, lambda p: p.epochs == 12, **plain(checkpoint=1e9))
    reader = Study.open(path)
    before = {(e.trial, e.epoch): e.seconds for e in reader.file.history()}
    reader.close()
    study = shoal.resume(path, blobs())
    after = {(e.trial, e.epoch): e.seconds for e in study.file.history()}
    assert {key: after[key] for key in before} == before
    assert min(set(after.values()) - set(before.values())) > max(before.values())
    study.close()


def test_search_with_resume_begins_and_goes_on(path, whole):
    options = plain(resume=True)
    begin(path, lambda p: p.epochs == 24, **options)
    study = shoal.search(**options, study=path)
    assert contents(study) == contents(whole)
    study.close()
    before = dump(path)
    again = shoal.search(**options, study=path)  # nothing is left to do
    assert contents(again) == contents(whole)
    assert dump(path) == before
    again.close()


def test_more_trials_for_a_finished_study(path, whole):
    shoal.search(**plain(trials=5), study=path).close()
    study = shoal.resume(path, blobs(), trials=9)
    assert study.header.trials == 9
    assert contents(study) == contents(whole)
    study.close()


def test_more_trials_for_one_that_was_broken_off_while_confirming(path, whole):
    begin(path, lambda p: p.phase == "confirming" and p.epochs == 24, **plain(trials=5))
    study = shoal.search(**plain(), study=path, resume=True)
    assert contents(study) == contents(whole)
    study.close()


def test_an_adaptive_sampler_learns_on_with_more_trials(path):
    shoal.search(**uneven(confirm_seeds=0) | {"trials": 6}, study=path).close()
    study = shoal.resume(path, blobs(), sampler=Climbing(), trials=10)
    assert sum(study.counts().values()) == 10
    state = study.file.sampler_state()
    assert state["asked"] == 9, "the first trial has the defaults"
    assert sorted(state["told"]) == list(range(10))
    study.close()


def test_the_data_are_read_again_by_their_name(path):
    family = Sequential(Dense(Int(3, 5)), relu, Dense(10))
    digits = shoal.data.load("digits")
    options = {"trials": 3, "lanes": 3, "confirm_seeds": 0}
    flat = Sequential(shoal.Flatten(), *(node.layer for node in family.nodes))
    with pytest.raises(BreakError):
        shoal.search(
            flat, adamw(epochs=2, batch_size=256), digits, study=path, **options,
            callbacks=broken_off(lambda p: p.epochs == 3),
        )  # fmt: skip
    study = shoal.resume(path)
    assert study.counts()["completed"] == 3
    study.close()


def test_data_that_have_no_name_are_asked_for(path):
    begin(path, lambda p: p.epochs == 8, **plain())
    with pytest.raises(StudyError, match=r"data that it began with; expected 'blobs'.*Give the"):
        shoal.resume(path)


def test_other_data_are_refused(path):
    begin(path, lambda p: p.epochs == 8, **plain())
    before = [outcome(Study.open(path), i) for i in range(4)]
    other = dataclasses.replace(blobs(), x=blobs().x + 1e-9)
    with pytest.raises(StudyError, match=r"goes on with the data that it began with.*blobs"):
        shoal.resume(path, other)
    assert [outcome(Study.open(path), i) for i in range(4)] == before


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"seed": 1}, "seed"),
        ({"validation": 0.3}, "split"),
        ({"objective": "loss"}, "objective"),
        ({"recipe": adamw(epochs=5)}, "recipe"),
        ({"family": Sequential(Dense(3))}, "network"),
        ({"keep": 7}, "keep"),
        ({"confirm_seeds": 3}, "confirm_seeds"),
        ({"sampler": Climbing()}, "sampler"),
    ],
)
def test_another_search_does_not_go_on_in_its_file(path, change, what):
    begin(path, lambda p: p.epochs == 8, **plain())
    with pytest.raises(StudyError, match=f"goes on with the {what} that it began with"):
        shoal.search(**plain(**change), study=path, resume=True)


def test_a_study_is_not_shortened(path):
    begin(path, lambda p: p.epochs == 8, **plain())
    with pytest.raises(StudyError, match=r"only grows; expected at least the 9.*received 8"):
        shoal.resume(path, blobs(), trials=8)


def test_an_own_sampler_has_to_be_given_again(path):
    points = tuple({"dense_1.units": 3 + i} for i in range(4))
    with pytest.raises(BreakError):
        shoal.search(
            Sequential(Dense(Int(3, 8)), relu, Dense(3)), shoal.Recipe(epochs=2), blobs(), trials=4,
            lanes=2, study=path, sampler=Listed(points), defaults=False,
            callbacks=broken_off(lambda p: p.epochs == 4),
        )  # fmt: skip
    with pytest.raises(
        RecipeError, match=r"no sampler of this kind.*received 'listed'. Pass the sampler again"
    ):
        shoal.resume(path, blobs())
    study = shoal.resume(path, blobs(), sampler=Listed(points))
    assert [trial.point for trial in study.trials] == list(points)
    study.close()


def test_without_resume_a_study_is_never_overwritten(path):
    begin(path, lambda p: p.epochs == 8, **plain())
    with pytest.raises(StudyError, match="never overwritten"):
        shoal.search(**plain(), study=path)


def test_an_older_study_is_read_but_does_not_go_on(path):
    shoal.search(**plain(trials=2, confirm_seeds=0), study=path).close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE header DROP COLUMN plan")
        db.execute("DROP TABLE checkpoint")
        db.execute("PRAGMA user_version = 1")
    db.close()
    assert Study.open(path).counts()["completed"] == 2
    with pytest.raises(StudyError, match=r"read, but cannot go on.*received format 1"):
        shoal.resume(path, blobs())


def test_a_checkpoint_of_another_program_is_not_used(path, whole):
    """The trial then begins again, and comes to the same."""
    begin(path, lambda p: p.epochs == 24, **plain(checkpoint=0.0))
    with shoal.store.StudyFile.open(path, write=True) as file:
        found = file.checkpoints()
        assert len(found) == 4
        file.write_checkpoints(
            dataclasses.replace(c, arrays=tuple(a[..., :1] for a in c.arrays))
            for c in found.values()
        )
    study = shoal.resume(path, blobs())
    assert contents(study) == contents(whole)
    study.close()


def test_weights_are_kept_of_as_many_as_asked_for(path):
    study = shoal.search(**plain(keep=3), study=path)
    best = sorted(study.trials, key=lambda t: (t.objective, t.metrics["loss"]))
    kept = {t.id for t in study.file.trials() if study.file.weights(t.id) is not None}
    assert kept == {t.id for t in best[:3]}
    study.close()
    with pytest.raises(RecipeError, match=r"keep is a whole number; expected at least 3"):
        shoal.search(**plain(keep=2))


def test_a_digest_tells_data_apart_by_what_is_trained_on():
    data = blobs()
    assert digest_of(dataclasses.replace(data, name="other")) == digest_of(data)
    changed = data.y.copy()
    changed[0] = (changed[0] + 1) % 3
    different = [
        dataclasses.replace(data, y=changed),
        dataclasses.replace(data, x=data.x.astype(np.float32)),
        dataclasses.replace(data, classes=("0", "1", "two")),
        dataclasses.replace(data, fixed_test=np.arange(3)),
    ]
    assert len({digest_of(d) for d in [data, *different]}) == 5


def test_a_full_disk_is_told_and_nothing_is_lost(path, whole, monkeypatch):
    """SQLite says that the disk is full once the file may not grow any more."""
    from shoal.store import StudyFile

    opened = StudyFile.open.__func__

    def small(cls, *args, **options):
        file = opened(cls, *args, **options)
        if options.get("write"):
            pages = file._db.execute("PRAGMA page_count").fetchone()[0]
            file._db.execute(f"PRAGMA max_page_count = {pages + 6}")
        return file

    monkeypatch.setattr(StudyFile, "open", classmethod(small))
    with pytest.raises(StudyError, match=r"disk is full.*Make room on the disk.*shoal resume"):
        shoal.search(**plain(checkpoint=0.0), study=path)
    monkeypatch.undo()
    study = shoal.resume(path, blobs())
    assert contents(study) == contents(whole)
    study.close()


def test_a_second_writer_is_refused(path):
    refused = []

    def watch(progress):
        if progress.epochs == 8 and not refused:
            with pytest.raises(StudyError, match="one writer at a time") as error:
                shoal.resume(path, blobs())
            refused.append(error)

    shoal.search(**plain(), study=path, callbacks=watch).close()
    assert refused


def test_a_damaged_study_is_told_before_anything_is_written(path):
    begin(path, lambda p: p.epochs == 24, **plain())
    whole_file = bytearray(path.read_bytes())
    size = int.from_bytes(whole_file[16:18], "big")
    for start in range(2 * size, len(whole_file), size):
        whole_file[start : start + 8] = b"\xff" * 8
    path.write_bytes(whole_file)
    with pytest.raises(StudyError, match="damaged"):
        shoal.resume(path, blobs())
    assert path.read_bytes() == whole_file
