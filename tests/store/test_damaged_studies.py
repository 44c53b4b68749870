"""Studies that say what no search writes: refused as they are read, with the place."""

import json
import sqlite3

import numpy as np
import pytest
import small_problems
from small_problems import adamw, blobs, perceptrons

import shoal
from shoal.errors import StudyError
from shoal.samplers import (
    TPE,
    Genetic,
    Grid,
    Halving,
    ParticleSwarm,
    PopulationBased,
    Random,
    Sobol,
    TrialResult,
)
from shoal.samplers.optuna_sampler import Optuna
from shoal.samplers.state_schema import checked_state
from shoal.space import Space
from shoal.store import StudyFile
from shoal.utils.schema import SchemaError

small_problems.share_programs()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "a.study"
    shoal.search(
        perceptrons(), adamw(epochs=2), blobs(), study=path, trials=4, confirm_seeds=1, lanes=4
    ).close()
    return path


def set_in(data, path, value):
    *front, last = path
    for key in front:
        data = data[key]
    if value is KeyError:
        del data[last]
    else:
        data[last] = value


def changed(whole, to, statement, path, value):
    """A copy in which one value of one JSON column is another."""
    to.write_bytes(whole.read_bytes())
    table, column, where = statement
    with sqlite3.connect(to) as db:
        query = f"SELECT {column} FROM {table} WHERE {where}"
        data = json.loads(db.execute(query).fetchone()[0])
        set_in(data, path, value)
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (json.dumps(data),))
    db.close()
    return to


HEADER, TRIAL, WINNER, COST, ENSEMBLES, RUN = (
    lambda column: ("header", column, "1"), lambda column: ("trial", column, "id = 1"),
    ("document", "value", "name = 'result:winner'"), ("document", "value", "name = 'result:cost'"),
    ("document", "value", "name = 'result:ensembles'"), ("document", "value", "name = 'run'"),
)  # fmt: skip

LIES = [
    (HEADER("space"), ["hyperparameters", 0, "range", "low"], "a", "range.low must be a finite"),
    (HEADER("space"), ["hyperparameters", 0, "range", "high"], -1, "lower to a higher number"),
    (
        HEADER("space"),
        ["hyperparameters", 0, "range"],
        {"kind": "choice", "options": []},
        "options",
    ),
    (HEADER("space"), ["hyperparameters", 0, "conditions"], [[["x", 0]]], "options of the space"),
    (HEADER("space"), ["hyperparameters", 1, "name"], "dense_1.units", "one name each"),
    (HEADER("objective"), ["direction"], "up", "objective.direction must be one of maximize"),
    (HEADER("objective"), ["metric"], "novel", "metrics must be some with novel"),
    (HEADER("dataset"), ["name"], KeyError, "one without name"),
    (HEADER("dataset"), ["rows"], [1, 2], "dataset.rows must be an object"),
    (HEADER("dataset"), ["images"], 5, "dataset.images must be a text"),
    (HEADER("dataset"), ["ignore"], [[1]], r"dataset.ignore\[0\] must be a text or a whole number"),
    (HEADER("plan"), ["first", 0, "origin"], "luck", "origin must be one of defaults"),
    (
        TRIAL("hyperparams"),
        ["dropout_1.rate"],
        "much",
        "a hyperparameter of the study's space, and is 'much'",
    ),
    (TRIAL("hyperparams"), ["other"], 0.1, r"hyperparams.other must be a hyperparameter of"),
    (TRIAL("metrics"), ["accuracy"], None, "metrics.accuracy must be a number, and is None"),
    (TRIAL("metrics"), ["accuracy"], KeyError, "metrics must be some with accuracy"),
    (TRIAL("point"), ["dense_1.units"], [3], "point.dense_1.units must be a finite number"),
    (WINNER, ["validation"], "0.9", "winner.validation must be an object"),
    (WINNER, ["trial"], None, "winner.trial must be a whole number"),
    (WINNER, ["confusion", 0], [1], "as many columns as rows"),
    (WINNER, ["confirmed", "accuracy", "std"], KeyError, "winner.confirmed.accuracy must be"),
    (WINNER, ["layers", 0], 5, r"layers\[0\] must be an object"),
    (COST, ["seconds"], [1], "cost.seconds must be an object"),
    (COST, ["lanes"], "many", "cost.lanes must be a whole number"),
    (ENSEMBLES, ["best", "members", 0, "share"], 0.9, "shares that add up to 1"),
    (ENSEMBLES, ["best", "members"], [], "a list of at least 1"),
]


def ask_everything(study):
    study.winner, study.trials, study.ensembles, study.cost
    study.importance(), study.slices(), study.to_optuna()


@pytest.mark.parametrize(("where", "path", "value", "told"), LIES)
def test_what_a_search_never_writes_is_refused(whole, tmp_path, where, path, value, told):
    lying = changed(whole, tmp_path / "b.study", where, path, value)
    with pytest.raises(StudyError, match=f"b.study: the study file is damaged; received .*{told}"):
        ask_everything(shoal.Study.open(lying))


def test_one_that_was_not_changed_is_read(whole):
    ask_everything(shoal.Study.open(whole))


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (["lanes", "current"], 3, "lanes whose current group there is"),
        (["lanes", "groups", 0, "lanes"], 10**9, "a whole number from 0 to 65536"),
        (["lanes", "groups", 0, "first"], 99, r"of trials that the study has, and is \[99\]"),
        (["lanes", "groups", 0, "seats"], [[[0], 1, 1], [[0], 2, 1]], "a lane for each seat"),
        (["cost", "epochs"], -1, "run.cost.epochs must be"),
    ],
)
def test_a_run_that_nobody_was_in_does_not_go_on(whole, tmp_path, path, value, told):
    lying = changed(whole, tmp_path / "b.study", RUN, path, value)
    with pytest.raises(StudyError, match=told):
        shoal.resume(lying, blobs(), trials=6)


def test_weights_of_another_network_are_no_models(whole, tmp_path):
    lying = tmp_path / "b.study"
    lying.write_bytes(whole.read_bytes())
    with StudyFile.open(lying, write=True) as file:
        winner = file.result("winner")["weights"]
        weights = {**file.weights(winner), "dense_2.bias": np.zeros(7, np.float32)}
        file.write_round(
            epochs=(), trials=(), weights={winner: weights}, drop_weights=(), sampler_state=None
        )
    with pytest.raises(StudyError, match=r"'dense_2.bias' does not fit.*received shape \(7,\)"):
        shoal.Study.open(lying).best_model


SAMPLERS = [
    Random(), Grid(), Sobol(), TPE(n_startup_trials=2), Genetic(n_startup_trials=2),
    ParticleSwarm(2), Optuna(),
    Halving(), Halving(sampler=TPE(n_startup_trials=2)), PopulationBased(population_size=2),
]  # fmt: skip
IDS = [f"{s.kind}-{getattr(s, 'adaptive', '')}" for s in SAMPLERS]


def state_of(sampler, space, count=5):
    points, state = sampler.ask(space, sampler.start(space, 0), count)
    told = [TrialResult(i, point, 0.1 * i if i else None) for i, point in enumerate(points)]
    return sampler.tell(space, state, told[: count - 1])


@pytest.mark.parametrize("sampler", SAMPLERS, ids=IDS)
def test_a_samplers_own_state_is_taken_as_it_is(sampler):
    space = Space(perceptrons(), adamw())
    state = json.loads(json.dumps(state_of(sampler, space)))
    assert checked_state(sampler, space, state, 5) == state


def twists(state, path=()):
    """Every place of a state, containers and numbers alike."""
    items = state.items() if isinstance(state, dict) else enumerate(state)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from twists(value, (*path, key))


@pytest.mark.parametrize("sampler", SAMPLERS, ids=IDS)
def test_another_value_at_any_place_of_a_state_is_refused(sampler):
    """An object with one odd entry is of no place where there may be any: of none of these."""
    space = Space(perceptrons(), adamw())
    state = json.loads(json.dumps(state_of(sampler, space)))
    for path in twists(state):
        lying = json.loads(json.dumps(state))
        set_in(lying, path, {"": -0.5})
        with pytest.raises(SchemaError):
            checked_state(sampler, space, lying, 5)


@pytest.mark.parametrize(
    ("sampler", "name"),
    [(Random(), "drawn"), (Grid(), "next"), (Sobol(), "place"), (TPE(), "asked"),
     (PopulationBased(), "drawn")],
)  # fmt: skip
def test_a_count_beyond_the_trials_is_refused(sampler, name):
    space = Space(perceptrons(), adamw())
    state = {**sampler.start(space, 0), name: 10**9}
    with pytest.raises(SchemaError, match=f"{name} must be a whole number from 0 to "):
        checked_state(sampler, space, state, 5)


def test_optuna_is_not_asked_without_end():
    space = Space(perceptrons(), adamw())
    state = {**Optuna().start(space, 0), "events": [3, [], 3]}
    with pytest.raises(SchemaError, match="as many points as there are trials"):
        checked_state(Optuna(), space, state, 5)
