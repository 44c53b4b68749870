"""Trials that fail or diverge are recorded, and the search goes on; what cannot work is refused."""

import numpy as np
import pytest
from small_problems import (
    adamw,
    bars,
    blobs,
    outcome,
    perceptrons,
    plane,
    search_points,
)

import shoal
from shoal import Choice, Conv, Dense, Flatten, Float, Recipe, Sequential, Study, losses, relu
from shoal.data import Dataset
from shoal.data.splitting.split import split
from shoal.errors import DataError, NetworkError, RecipeError, StudyError, TrainingError
from shoal.optimizers import SGD


def partly_impossible():
    """A filter of 9×9 does not fit into a map of 6×6."""
    filters = Conv(2, kernel_size=Choice(3, 9), padding="valid")
    return Sequential(filters, relu, Flatten(), Dense(3))


def recipe(**changes):
    return Recipe(
        **{"optimizer": SGD(learning_rate=Float(0.01, 0.1)), "epochs": 2, "batch_size": 32}
        | changes
    )


def point(kernel, rate):
    return {"conv_1.kernel_size": kernel, "optimizer.learning_rate": rate}


def test_impossible_members_fail_with_their_message_and_the_search_goes_on():
    points = [point(1, 0.01), point(0, 0.02), point(1, 0.03), point(0, 0.04)]
    study = search_points(partly_impossible(), recipe(), bars(), points)
    assert [t.state for t in study.trials] == ["failed", "completed", "failed", "completed"]
    failed = study.trials[0]
    assert "layer conv_1: a filter fits into the map; expected a map of at least 9×9" in (
        failed.message or ""
    )
    assert failed.hyperparams == {"conv_1.kernel_size": 9, "optimizer.learning_rate": 0.01}
    assert (failed.objective, failed.epochs, failed.best_epoch) == (None, 0, None)
    assert study.counts()["failed"] == 2
    assert study.winner["trial"] in (1, 3)
    alone = search_points(partly_impossible(), recipe(), bars(), points[1::2])
    assert outcome(alone, 0) == outcome(study, 1)


def test_a_family_of_which_one_in_many_is_possible_is_searched():
    kernels = Conv(2, kernel_size=Choice(*range(7, 26), 3), padding="valid")
    family = Sequential(kernels, relu, Flatten(), Dense(3))
    points = [point(i, 0.05) for i in (0, 5, 19)]
    study = search_points(family, recipe(), bars(), points)
    assert [t.state for t in study.trials] == ["failed", "failed", "completed"]


def test_members_whose_outputs_do_not_fit_fail():
    family = Sequential(Dense(4), relu, Choice(Dense(3), Dense(2)))
    points = [{"choice_1": i, "optimizer.learning_rate": 0.05} for i in (0, 1)]
    study = search_points(family, recipe(), blobs(), points)
    assert [t.state for t in study.trials] == ["completed", "failed"]
    assert "one output for each class; expected shape (3,)" in (study.trials[1].message or "")


def test_an_impossible_family_is_refused_before_anything_is_written(tmp_path):
    family = Sequential(Conv(2, kernel_size=Choice(7, 9), padding="valid"), Flatten(), Dense(3))
    with pytest.raises(NetworkError, match="layer conv_1: a filter fits into the map"):
        shoal.search(family, recipe(), bars(), trials=5, study=tmp_path / "study.db")
    with pytest.raises(RecipeError, match=r"one output for each class.*End it with Dense\(3\)"):
        shoal.search(Sequential(Dense(2)), recipe(), blobs(), trials=5, study=tmp_path / "study.db")
    assert list(tmp_path.iterdir()) == []


def test_when_every_trial_diverges_the_error_says_so_and_the_study_is_whole(tmp_path):
    path = tmp_path / "study.db"
    wild = recipe(loss=losses.SquaredError(), optimizer=SGD(learning_rate=Float(1e29, 1e30)))
    with pytest.raises(TrainingError, match=r"at least one trial whose loss is finite; "
                       r"received 5 diverged\. Lower the learning rate's range"):  # fmt: skip
        shoal.search(Sequential(Dense(2)), wild, plane(), trials=5, lanes=2, study=path)
    study = Study.open(path)
    assert study.counts() | {"diverged": 5} == study.counts()
    assert study.cost["occupancy"] > 0
    with pytest.raises(StudyError, match="winner once a trial has ended"):
        study.winner
    with pytest.raises(StudyError, match="winner once a trial has ended"):
        study.best_model
    study.close()


def test_training_one_network_that_diverges_says_so():
    wild = recipe(loss=losses.SquaredError(), optimizer=SGD(learning_rate=1e30))
    with pytest.raises(TrainingError, match=r"received 1 diverged\. Lower the learning rate"):
        shoal.train(Sequential(Dense(2)), wild, plane())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"trials": 0}, RecipeError, "trials is a whole number; expected at least 1; received 0"),
        ({"trials": 2.0}, RecipeError, "trials is a whole number"),
        ({"trials": True}, RecipeError, "trials is a whole number"),
        (
            {"confirm_seeds": -1},
            RecipeError,
            "confirm_seeds is a whole number; expected at least 0",
        ),
        ({"lanes": 0}, RecipeError, "lanes is a number of networks, or 'auto'.*received 0"),
        ({"lanes": "many"}, RecipeError, "lanes is a number of networks, or 'auto'.*'many'"),
        ({"objective": "rmse"}, RecipeError, "expected accuracy, .*loss; received rmse"),
        ({"seed": -1}, RecipeError, "seed is a whole number from 0"),
        ({"seed": 2**63}, RecipeError, r"seed is a whole number from 0; expected below 2\^63"),
        ({"seed": 0.5}, RecipeError, "seed is a whole number from 0.*received 0.5"),
        ({"sampler": "random"}, RecipeError, r"from a sampler; expected .*Random\(\).*'random'"),
        ({"sampler": shoal.samplers.Random}, RecipeError, "points come from a sampler"),
        ({"validation": 0.0}, DataError, "validation above 0"),
        ({"validation": 0.6, "test": 0.5}, DataError, "together below 1"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, error, message, tmp_path):
    with pytest.raises(error, match=message):
        shoal.search(perceptrons(), adamw(), blobs(), study=tmp_path / "s.db", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run", [shoal.search, shoal.train])
def test_arguments_of_another_kind_are_refused(run):
    with pytest.raises(NetworkError, match=r"a network; expected for .*Sequential.* Dense$"):
        run(Dense(3), recipe(), blobs())
    with pytest.raises(RecipeError, match=r"how to train is a Recipe; .* received dict"):
        run(perceptrons(), {"epochs": 3}, blobs())
    with pytest.raises(DataError, match=r"a Dataset; received ndarray\. .*from_arrays\(x, y\)"):
        run(perceptrons(), recipe(), blobs().x)


def test_a_metric_that_is_undefined_counts_as_worst_and_stays_a_number():
    """The r2 of a constant target does not exist; the loss then decides."""
    data = plane()
    parts = split(data)
    y = data.y.copy()
    y[parts.validation] = y[parts.test] = 5.0
    flat = Dataset.from_arrays(data.x, y, task="regression")
    study = search_points(
        Sequential(Dense(2)), recipe(loss=losses.SquaredError()), flat,
        [{"optimizer.learning_rate": rate} for rate in (0.01, 0.09)], objective="r2",
    )  # fmt: skip
    assert all(t.objective == np.inf and np.isnan(t.metrics["r2"]) for t in study.trials)
    best = min(study.trials, key=lambda t: t.metrics["loss"])
    assert study.winner["trial"] == best.id
    assert np.isnan(study.winner["validation"]["r2"])
    assert "r2 not finite" in str(study.best_model)


def test_a_study_is_not_overwritten(tmp_path):
    path = tmp_path / "study.db"
    path.write_bytes(b"a thesis")
    with pytest.raises(StudyError, match=r"study\.db"):
        shoal.search(perceptrons(), adamw(), blobs(), trials=1, study=path)
    assert path.read_bytes() == b"a thesis"


def test_a_network_for_other_data_is_refused():
    with pytest.raises(NetworkError, match=r"input.*expected shape \(7,\); received shape \(6,\)"):
        shoal.search(Sequential(Dense(3), input_shape=(7,)), adamw(), blobs(), trials=1)
    with pytest.raises(NetworkError, match="layer conv_1: a Conv layer takes maps"):
        shoal.search(Sequential(Conv(3), Flatten(), Dense(3)), adamw(), blobs(), trials=1)


def test_data_without_targets_are_refused():
    data = Dataset.from_arrays(np.zeros((50, 6)))
    with pytest.raises(DataError, match="targets"):
        shoal.search(perceptrons(), adamw(), data, trials=1)


def test_a_loss_for_another_task_is_refused():
    with pytest.raises(RecipeError, match="cross entropy is a loss for classification"):
        shoal.search(Sequential(Dense(2)), recipe(), plane(), trials=1)
