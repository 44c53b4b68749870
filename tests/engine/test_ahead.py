"""The next program is compiled while one trains: nothing that a search finds hangs on it."""

import contextlib
import functools
import os
import signal
import threading
import time

import pytest
from small_problems import adamw, blobs, contents, random_points, search_points
from test_compilations import counted

import shoal
from shoal import Choice, Dense, Dropout, Float, Int, Sequential, Study, relu
from shoal.engine import compile_ahead
from shoal.engine.compilation import CompileLog, Source
from shoal.engine.program_cache import PROGRAMS
from shoal.samplers import TPE, PopulationBased, Random
from shoal.tuning import limits, search_loop


def programs(more=()):
    """A family of two programs, or of twice as many."""
    family = Sequential(Dense(Int(3, 8)), relu, *more, Dropout(Float(0.0, 0.5)), Dense(3))
    return family, adamw(batch_size=Choice(16, 32), epochs=3)


FOUR = [Choice(None, Dense(4))]
"""What makes them four: where it matters in which order they come."""


@functools.cache
def whole(trials):
    """What a search comes to that nothing breaks off, and the lanes of its programs."""
    study = searched(trials=trials)
    return contents(study), lane_counts(study)


def searched(more=(), **options):
    options = {"trials": 18, "lanes": 5, "confirm_seeds": 1, "sampler": Random(), **options}
    return shoal.search(*programs(more), blobs(), **options)


@pytest.fixture(autouse=True)
def taken(monkeypatch):
    """The lanes of the populations that were begun ahead of their turn, as they are opened."""
    monkeypatch.setattr(compile_ahead, "processors", lambda: 4)
    PROGRAMS.clear()  # or there would be nothing to trace
    found, take = [], compile_ahead.Ahead.take

    def noted(self, group, lanes):
        population = take(self, group, lanes)
        if population is not None:
            found.append(population.lanes)
        return population

    monkeypatch.setattr(compile_ahead.Ahead, "take", noted)
    return found


class Held:
    """A function's compilation that waits until the test lets it go on."""

    def __init__(self, lowered, before):
        self.lowered, self.before = lowered, before

    def compile(self, **options):
        self.before()
        return self.lowered.compile(**options)


def before_second_train(monkeypatch, before, *, tracing=False):
    """Call something as the second program's training steps are compiled, or traced."""
    PROGRAMS.clear()
    lowered, trains = Source.lowered, []

    def traced(self):
        if self.function.__name__ == "train":
            trains.append(self)
        second = len(trains) > 1 and self.function.__name__ == "train"
        if second and tracing:
            before()
        found = lowered(self)
        return Held(found, before) if second and not tracing else found

    monkeypatch.setattr(Source, "lowered", traced)


def lane_counts(study):
    return [group["lanes"] for group in study.file.run_state()["lanes"]["groups"]]


PREDICTOR = "jit(run)"
"""A winner's: it outlives the search that made it, and is not compiled again by the next."""


def assert_the_same(monkeypatch, **options):
    """With and without: the study, the lanes, and what XLA really compiled."""
    with counted() as compiled:
        study = searched(**options)
    monkeypatch.setattr(compile_ahead, "processors", lambda: 1)
    with counted() as compiled_without:
        without = searched(**options)
    assert contents(study) == contents(without)
    assert lane_counts(study) == lane_counts(without)
    found = []
    for one, names in ((study, compiled), (without, compiled_without)):
        own = sorted(name for name in names if name != PREDICTOR)
        counts = [one.cost[what] for what in ("groups", "rounds", "occupancy", "lanes")]
        found.append([own, one.cost["compilations"] - names.count(PREDICTOR), *counts])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "options",
    [
        {"more": FOUR},
        {"lanes": "auto", "trials": 30},
        {"more": FOUR, "sampler": TPE(), "trials": 30, "lanes": 4},
        {"sampler": PopulationBased(6, perturbation_interval=1)},
        {"repeats": 3, "lanes": 7},
    ],
    ids=["independent", "lanes by what waits", "learning", "heirs", "repeats"],
)
def test_a_search_finds_the_same_with_and_without(monkeypatch, taken, options):
    assert_the_same(monkeypatch, **options)
    assert taken or options.get("sampler") == PopulationBased(6, perturbation_interval=1)


def test_with_two_processors_the_compiler_begins_when_the_program_is_opened(monkeypatch, taken):
    """It is traced before: then the functions are there, and none is begun."""
    monkeypatch.setattr(compile_ahead, "processors", lambda: 2)
    monkeypatch.setattr(compile_ahead.jax, "default_backend", lambda: "cpu")
    finish, found = CompileLog.finish, []

    def noted(self, compilation):
        found.append((len(compilation._traced), len(compilation._begun)))
        return finish(self, compilation)

    monkeypatch.setattr(CompileLog, "finish", noted)
    assert_the_same(monkeypatch, more=FOUR)
    opened = [each for each in found[: 2 * 4] if each != (0, 0)]
    assert len(taken) == len(opened) == 3
    assert all(traced and not begun for traced, begun in opened)


@pytest.mark.parametrize("sampler", [Random(), TPE()], ids=["independent", "learning"])
def test_nothing_is_begun_while_trials_may_still_come_for_it(monkeypatch, taken, sampler):
    """Lanes by what waits: with a guess made too early they would be others, and be thrown away."""
    monkeypatch.setattr(search_loop, "AHEAD", 16)
    options = {"sampler": sampler, "trials": 60, "lanes": 50, "confirm_seeds": 0}
    if sampler.adaptive:
        options["lanes"] = 9
    assert_the_same(monkeypatch, **options)


@pytest.mark.parametrize("tracing", [True, False], ids=["tracing", "compiling"])
def test_an_error_is_told_when_the_program_is_opened(monkeypatch, tmp_path, taken, tracing):
    """Not a moment earlier: the trials of the present program have ended."""

    def fail():
        raise ValueError("no such instruction")

    before_second_train(monkeypatch, fail, tracing=tracing)
    path = tmp_path / "study.db"
    points = random_points(*programs(), blobs(), 18)
    with pytest.raises(ValueError, match="no such instruction"):
        search_points(*programs(), blobs(), points, study=path)
    with contextlib.closing(Study.open(path)) as study:
        kinds = [t.point["batch_size"] for t in study.trials]
        most = max(kinds.count(kind) for kind in kinds)
        assert study.counts() | {"completed": most, "waiting": 18 - most} == study.counts()


class Patience:
    """A compilation that goes on until the test has ended."""

    def __init__(self):
        self.may_end, self.ended = threading.Event(), threading.Event()

    def __call__(self):
        self.may_end.wait(300)
        self.ended.set()


@pytest.fixture
def patience():
    held = Patience()
    yield held
    held.may_end.set()


def test_the_first_interrupt_does_not_wait_for_the_next_program(monkeypatch, tmp_path, patience):
    sent = []

    def watch(progress):
        if progress.epochs >= 10 and not sent:
            sent.append(os.kill(os.getpid(), signal.SIGINT))

    with monkeypatch.context() as patched:
        before_second_train(patched, patience)
        study = searched(study=tmp_path / "study.db", callbacks=watch)
    assert not patience.ended.is_set()
    assert study.cost["interrupted"]
    study.close()
    patience.may_end.set()
    assert contents(shoal.resume(tmp_path / "study.db", blobs())) == whole(18)[0]


def test_the_second_interrupt_does_not_wait_while_the_run_does(monkeypatch, tmp_path, patience):
    """The run waits for the next program, which takes long: it is left at once."""
    interrupts, opened, waits = [], [], threading.Event()

    class Noted(limits.Interrupt):
        def __init__(self):
            super().__init__()
            interrupts.append(self)

    finish = CompileLog.finish

    def noted(self, compilation):
        opened.append(compilation)
        if len(opened) == 2:
            waits.set()
        return finish(self, compilation)

    def twice():
        waits.wait(300)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        while not interrupts[-1].requested:
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        patience()

    monkeypatch.setattr(limits, "Interrupt", Noted)
    monkeypatch.setattr(CompileLog, "finish", noted)
    before_second_train(monkeypatch, twice)
    with pytest.raises(KeyboardInterrupt):
        searched(study=tmp_path / "study.db")
    assert not patience.ended.is_set()
    with contextlib.closing(Study.open(tmp_path / "study.db")) as study:
        assert study.counts()["completed"] > 0
        assert study.counts()["waiting"] > 0


class BreakError(Exception):
    """What breaks a search off."""


@pytest.mark.parametrize("epochs", [5, 20, 35])
def test_a_search_that_was_broken_off_ends_as_it_would_have(tmp_path, epochs):
    def watch(progress):
        if progress.epochs >= epochs:
            raise BreakError

    with pytest.raises(BreakError):
        searched(trials=24, study=tmp_path / "study.db", callbacks=watch)
    resumed = shoal.resume(tmp_path / "study.db", blobs())
    assert (contents(resumed), lane_counts(resumed)) == whole(24)


def test_programs_are_counted_when_they_are_opened(taken):
    compilations = []
    study = searched(callbacks=lambda progress: compilations.append(progress.compilations))
    assert taken
    assert compilations == sorted(compilations)
    assert compilations[-1] == study.cost["compilations"]
    told = study.cost["seconds"]
    assert 0 < told["compile"] + told["train"] <= told["total"]
