"""What a call leaves out is what the command takes."""

import inspect

import numpy as np
import pytest
from small_problems import blobs, messages

import shoal
from shoal import Dense, Int, Recipe, Sequential
from shoal.cli.commands import curve as curve_command
from shoal.cli.commands import search as search_command
from shoal.cli.commands import train as train_command
from shoal.data import Dataset
from shoal.defaults.choose import default_network, default_recipe
from shoal.errors import DataError, NetworkError
from shoal.losses import SquaredError
from shoal.tuning.problem import resolve_arguments


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("data", [blobs, messages])
def test_data_alone_are_enough(data, ranges):
    network, recipe, found = resolve_arguments(data(), None, None, ranges=ranges)
    assert found is data()
    assert network.to_json() == default_network(data(), ranges=ranges).to_json()
    assert recipe.to_json() == default_recipe(data(), ranges=ranges).to_json()


def test_data_stand_where_the_first_that_is_left_out_would():
    own, how = Sequential(Dense(Int(2, 4)), Dense(3)), Recipe(epochs=2)
    usual = default_recipe(blobs(), ranges=True)
    assert resolve_arguments(own, how, blobs(), ranges=True) == (own, how, blobs())
    for given in [(own, blobs(), None), (own, None, blobs())]:
        network, recipe, data = resolve_arguments(*given, ranges=True)
        assert (network, data) == (own, blobs())
        assert recipe.to_json() == usual.to_json()


def test_a_search_of_data_alone(few_epochs):
    study = shoal.search(blobs(), trials=2, confirm_seeds=0, lanes=2)
    assert study.header.network["nodes"][1]["name"] == "dense_1"
    assert len(study.trials) == 2
    study.close()


@pytest.mark.parametrize("call", [shoal.search, shoal.train, shoal.learning_curve])
def test_something_else_than_data_is_told(call):
    with pytest.raises(DataError, match=r"what to train on is a Dataset; received nothing"):
        call()
    with pytest.raises(DataError, match=r"Dataset; received nothing.*from_arrays\(x, y\)"):
        call(np.zeros((4, 2)), np.zeros(4))
    with pytest.raises(NetworkError, match=r"what is trained is a network.*received ndarray"):
        call(np.zeros((4, 2)), Recipe(), blobs())
    with pytest.raises(DataError, match=r"no target|targets"):
        call(Dataset.from_arrays(np.zeros((20, 2))))


@pytest.mark.parametrize(
    ("call", "command"),
    [
        (shoal.search, search_command.search),
        (shoal.train, train_command.train),
        (shoal.learning_curve, curve_command.curve),
    ],
)
def test_python_and_the_command_have_the_same_defaults(call, command):
    mine, its = inspect.signature(call).parameters, inspect.signature(command).parameters
    shared = set(mine) & set(its) - {
        "data",
        "network",
        "sampler",
        "study",
        "warm_start",
        "fractions",
    }
    assert {"seed", "objective", "validation", "test"} <= shared
    assert {name: mine[name].default for name in shared} == {
        name: its[name].default for name in shared
    }


def test_the_objective_decides_the_task_before_the_network_is_made():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 3))
    data = Dataset.from_arrays(x, rng.integers(0, 4, 120))
    assert data.task == "classification"
    network, recipe, chosen = resolve_arguments(data, None, None, ranges=False, objective="rmse")
    assert chosen.task == "regression"
    assert isinstance(recipe.loss, SquaredError)
    assert network.with_input((3,)).output_shape == (1,)
