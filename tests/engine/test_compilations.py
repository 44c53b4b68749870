"""One compiled program: nothing is compiled when hyperparameters change or lanes are refilled."""

import contextlib

import jax
import pytest
from small_problems import adamw, blobs, perceptrons, random_points, search_points

import shoal
from shoal import Choice, Dense, Dropout, Float, Int, Sequential, relu
from shoal.engine.program_cache import PROGRAMS
from shoal.samplers import PopulationBased

EVENT = "/jax/core/compile/backend_compile_duration"


@contextlib.contextmanager
def counted():
    """The compilations that XLA really does, from an empty memory of compiled functions."""
    jax.clear_caches()
    PROGRAMS.clear()
    names = []

    def listen(event, duration, **what):
        if event == EVENT:
            names.append(what.get("fun_name", ""))

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield names
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)


def compiled_by(family, recipe, trials, **options):
    points = random_points(family, recipe, blobs(), trials)
    with counted() as names:
        study = search_points(family, recipe, blobs(), points, lanes=3, **options)
    return study, names


@pytest.fixture(scope="module")
def short():
    return compiled_by(perceptrons(), adamw(), 3)


def test_every_compilation_is_in_the_log(short):
    """What XLA compiled is what the lanes' own log counts, and the predictor of the winner."""
    study, names = short
    assert len(names) == study.cost["compilations"], names
    assert names.count("jit(train)") == 1


def test_more_trials_compile_nothing_more(short):
    """Refilled lanes, other hyperparameters, confirmations on fresh seeds: the same program."""
    one, few = short
    study, names = compiled_by(perceptrons(), adamw(), 17, confirm_seeds=2)
    assert study.cost["rounds"] > 6 * one.cost["rounds"] - 6
    # A winner of widths not met before needs a predictor; all else is the same.
    predictor = "jit(run)"
    assert {*names, predictor} == {*few, predictor}
    assert names.count("jit(train)") == 1
    compilations = [s.cost["compilations"] for s in (study, one)]
    assert compilations[0] - names.count(predictor) == compilations[1] - few.count(predictor)


def test_each_static_structure_compiles_once():
    family = Sequential(
        Dense(Int(3, 8)), relu, Choice(None, Dense(4)), Dropout(Float(0.0, 0.5)), Dense(3)
    )
    recipe = adamw(batch_size=Choice(16, 32), epochs=2)
    study, names = compiled_by(family, recipe, 14)
    kinds = {(t.point["choice_1"], t.point["batch_size"]) for t in study.trials}
    assert study.cost["groups"] == len(kinds) == 4
    assert names.count("jit(train)") == 4
    assert all(t.state == "completed" for t in study.trials)


def test_heirs_compile_one_function_more_and_only_once():
    """However many trials take the weights of others."""
    found = []
    for trials in (14, 40):
        sampler = PopulationBased(6, perturbation_interval=1)
        with counted() as names:
            study = shoal.search(
                perceptrons(), adamw(epochs=6), blobs(), trials=trials, sampler=sampler,
                confirm_seeds=1,
            )  # fmt: skip
        clones = sum(bool(trial.lineage) for trial in study.trials)
        assert clones > trials / 3
        assert len(names) == study.cost["compilations"]
        assert names.count("jit(train)") == names.count("jit(inherit)") == 1
        found.append({*names, "jit(run)"})
    assert found[0] == found[1]
