"""A model: predicts, scores, and comes back from its file as it was; a bad file is refused."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
import small_problems
from sklearn.metrics import accuracy_score, log_loss
from small_problems import bars, blobs, plane

import shoal
from shoal import (
    Conv,
    Dense,
    Flatten,
    MaxPool,
    Model,
    Recipe,
    Sequential,
    losses,
    relu,
    softmax,
)
from shoal.data import Dataset
from shoal.errors import DataError, ModelError, ShoalWarning
from shoal.optimizers import SGD
from shoal.store import read_model_header, write_model

small_problems.share_programs()


def recipe(**changes):
    return Recipe(**{"optimizer": SGD(learning_rate=0.1), "epochs": 2, "batch_size": 32} | changes)


@pytest.fixture(scope="module")
def classifier():
    return shoal.train(Sequential(Dense(4), relu, Dense(3)), recipe(), blobs())


@pytest.fixture(scope="module")
def regressor():
    return shoal.train(Sequential(Dense(2)), recipe(loss=losses.SquaredError()), plane())


@pytest.fixture(scope="module")
def reader():
    """A small convolutional network."""
    layers = Conv(2, kernel_size=3), relu, MaxPool(2), Flatten(), Dense(3)
    return shoal.train(Sequential(*layers), recipe(), bars())


@pytest.fixture(scope="module")
def table():
    """Numbers, words and names of classes."""
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"age": rng.normal(40, 9, 90), "town": rng.choice(["Essen", "Köln"], 90)})
    old = np.where(x["age"] > 40, "old", "young")
    return x, pd.Series(old, name="group")


@pytest.fixture(scope="module")
def grouper(table):
    data = Dataset.from_arrays(*table)
    return shoal.train(Sequential(Dense(2)), recipe(epochs=4), data)


# --- predicting ---------------------------------------------------------------------------


def test_classes_are_predicted_by_their_own_names(classifier, grouper, table):
    assert classifier.predict(blobs().x).dtype.kind == "i"
    np.testing.assert_array_equal(classifier.classes, [0, 1, 2])
    assert set(grouper.predict(table[0])) <= {"old", "young"}
    np.testing.assert_array_equal(grouper.classes, ["old", "young"])


def test_the_predicted_class_is_the_most_probable(classifier):
    chances = classifier.predict_proba(blobs().x)
    assert chances.shape == (160, 3)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-6)
    assert (chances >= 0).all()
    np.testing.assert_array_equal(chances.argmax(axis=1), classifier.predict(blobs().x))


def test_outputs_are_those_of_the_network_in_numpy(classifier):
    x = blobs().x
    mean, std = (np.array(f(x[parts().train], axis=0)) for f in (np.mean, np.std))
    first, second = classifier.params["dense_1"], classifier.params["dense_2"]
    h = np.maximum((x - mean) / std @ first["weight"] + first["bias"], 0)
    o = h @ second["weight"] + second["bias"]
    chances = np.exp(o) / np.exp(o).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(classifier.predict_proba(x), chances, rtol=1e-4)


def parts():
    return shoal.data.split(blobs(), seed=0)


@pytest.mark.parametrize("form", ["array", "dataset", "dataset with targets", "floats", "lists"])
def test_inputs_may_come_in_many_forms(classifier, form):
    x = blobs().x
    forms = {
        "array": x, "dataset": Dataset.from_arrays(x), "dataset with targets": blobs(),
        "floats": x.astype(np.float32), "lists": x.tolist(),
    }  # fmt: skip
    wanted = classifier.predict(x)
    np.testing.assert_array_equal(classifier.predict(forms[form]), wanted)


def test_columns_are_found_by_name(grouper, table):
    x = table[0]
    shuffled = x.assign(shoe=1.0)[["town", "shoe", "age"]]
    with pytest.warns(ShoalWarning, match="a column that the model does not know, ignored: 'shoe'"):
        found = grouper.predict_proba(shuffled)
    np.testing.assert_array_equal(found, grouper.predict_proba(x))


@pytest.mark.parametrize("count", [0, 1, 256, 257])
def test_any_number_of_examples(classifier, count):
    """The program has one size of batch; what is left over is padded."""
    x = np.tile(blobs().x, (2, 1))[:count]
    np.testing.assert_allclose(
        classifier.predict_proba(x), classifier.predict_proba(blobs().x[:count].repeat(1, 0))
        if count <= 160 else np.tile(classifier.predict_proba(blobs().x), (2, 1))[:count],
        rtol=1e-6,
    )  # fmt: skip


def test_a_regression_predicts_in_units_of_its_targets(regressor):
    told = regressor.predict(plane().x)
    assert told.shape == (90, 2)
    units = np.array(regressor.preprocessing.target_scale)
    mean = np.array(regressor.preprocessing.target_mean)
    np.testing.assert_allclose(units, plane().y[shoal.data.split(plane()).train].std(axis=0))
    inputs = regressor.preprocessing.transform(plane().x)
    params = regressor.params["dense_1"]
    outputs = inputs @ params["weight"] + params["bias"]
    np.testing.assert_allclose(told, outputs * units + mean, rtol=1e-4)


def test_one_target_comes_as_one_column():
    data = Dataset.from_arrays(plane().x, plane().y[:, 0], task="regression")
    model = shoal.train(Sequential(Dense(1)), recipe(loss=losses.SquaredError()), data)
    assert model.predict(data.x).shape == (90,)


def test_probabilities_need_a_loss_or_a_layer_that_gives_them(regressor):
    with pytest.raises(ModelError, match="probabilities are for classes; received regr"):
        regressor.predict_proba(plane().x)
    squared = recipe(loss=losses.SquaredError(), epochs=1)
    bare = shoal.train(Sequential(Dense(3)), squared, blobs())
    with pytest.raises(ModelError, match="cross entropy or a final softmax; received SquaredError "
                       "on Dense"):  # fmt: skip
        bare.predict_proba(blobs().x)
    ended = shoal.train(Sequential(Dense(3), softmax), squared, blobs())
    np.testing.assert_allclose(ended.predict_proba(blobs().x).sum(axis=1), 1, rtol=1e-6)


def test_a_final_softmax_is_fused_into_cross_entropy():
    plain, ended = (
        shoal.train(Sequential(Dense(3), *end), recipe(), blobs()) for end in ((), (softmax,))
    )
    np.testing.assert_array_equal(
        plain.params["dense_1"]["weight"], ended.params["dense_1"]["weight"]
    )
    np.testing.assert_array_equal(plain.predict_proba(blobs().x), ended.predict_proba(blobs().x))


# --- scoring ------------------------------------------------------------------------------


def test_evaluate_is_scikit_learns(classifier):
    data = blobs()
    told = classifier.evaluate(data)
    assert told == classifier.evaluate(data.x, data.y)
    assert told["accuracy"] == accuracy_score(data.y, classifier.predict(data.x))
    loss = log_loss(data.y, classifier.predict_proba(data.x))
    assert told["loss"] == pytest.approx(loss, rel=1e-5)


def test_evaluate_needs_answers_of_the_models_kind(classifier, regressor):
    with pytest.raises(DataError, match="targets are needed"):
        classifier.evaluate(blobs().x)
    with pytest.raises(DataError, match=r"every target is a class of the model.*received '9'"):
        classifier.evaluate(blobs().x[:4], [0, 1, 2, 9])
    with pytest.raises(DataError, match="as many targets as in training; expected 2; received 1"):
        regressor.evaluate(plane().x, plane().y[:, 0])


def test_inputs_that_do_not_fit_are_refused(classifier, reader):
    with pytest.raises(DataError, match="6"):
        classifier.predict(np.zeros((3, 5)))
    with pytest.raises(DataError, match="6"):
        reader.predict(np.zeros((3, 7, 6, 2)))
    with pytest.raises(DataError, match="6"):
        reader.predict(np.zeros((7, 8, 3)))


# --- the file -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["classifier", "regressor", "reader", "grouper"])
def test_a_model_comes_back_to_the_last_bit(kind, request, tmp_path, table):
    model = request.getfixturevalue(kind)
    x = {"classifier": blobs().x, "regressor": plane().x, "reader": bars().x, "grouper": table[0]}
    model.save(tmp_path / "model.safetensors")
    again = Model.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again.predict(x[kind]), model.predict(x[kind]))
    if model.task == "classification":
        np.testing.assert_array_equal(again.predict_proba(x[kind]), model.predict_proba(x[kind]))
    assert again.info == json.loads(json.dumps(model.info))
    assert str(again) == str(model)
    assert again.recipe.to_json() == model.recipe.to_json()


def test_a_model_prints_its_network_and_scores(classifier):
    text = str(classifier)
    assert "dense_1" in text
    assert f"test: accuracy {classifier.info['test']['accuracy']:.4g}" in text


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ModelError, match=r"none\.safetensors: no such model file"):
        Model.load(tmp_path / "none.safetensors")


def test_a_folder_cannot_be_written(classifier, tmp_path):
    with pytest.raises(ModelError, match=str(tmp_path)):
        classifier.save(tmp_path)


def changed(header, path, value):
    header = copy.deepcopy(header)
    place = header
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return header


LIES = {
    "no network": (["network"], None, "damaged; received .*one without network"),
    "an unknown layer": (["network", "nodes", 0, "layer", "kind"], "exec", "exec"),
    "a network that is a list": (["network"], [], "network must be an object"),
    "a network with a range": (
        ["network", "nodes", 0, "layer", "units"],
        {"range": "int", "low": 3, "high": 5}, "a model file describes"),
    "a network with more units": (["network", "nodes", 0, "layer", "units"], 5, "shape"),
    "a network with endless units": (
        ["network", "nodes", 0, "layer", "units"], 2**62, "below 2.31"),
    "a network without an input's shape": (["network", "input_shape"], [], "a model file"),
    "a network with another input's shape": (["network", "input_shape"], [9], "input.*shape"),
    "a network with other outputs": (
        ["preprocessing", "classes"], ["5", "6", "7", "8"], "one output for each class"),
    "classes of another type": (
        ["preprocessing", "label_type"], "datetime64", "labels of a type of str, bool"),
    "a positive class that is none": (
        ["preprocessing", "positive"], "9", "a positive class that is one of two"),
    "an unknown loss": (["recipe", "loss", "kind"], "pickle", "pickle"),
    "a recipe that is an optimizer": (["recipe", "kind"], "sgd", "a recipe is of that kind"),
    "a recipe that is text": (["recipe"], "sgd", "recipe must be an object"),
    "a recipe with a range": (
        ["recipe", "optimizer"],
        {"range": "choice", "options": [{"kind": "sgd"}, {"kind": "adamw"}]}, "a model file"),
    "no preprocessing": (["preprocessing"], None, "one without preprocessing"),
    "a preprocessing of numbers": (["preprocessing", "encoder"], 3, "a model file describes"),
    "facts that are a number": (["info"], 7, "info must be an object, and is 7"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_file_that_lies_is_refused(lie, classifier, tmp_path):
    path, value, message = LIES[lie]
    classifier.save(tmp_path / "good.safetensors")
    header = changed(read_model_header(tmp_path / "good.safetensors"), path, value)
    flat = {f"{owner}.{n}": a for owner, own in classifier.params.items() for n, a in own.items()}
    write_model(tmp_path / "bad.safetensors", flat, header)
    with pytest.raises(ModelError, match=f"bad.safetensors.*{message}"):
        Model.load(tmp_path / "bad.safetensors")


def test_damage_is_refused(classifier, tmp_path):
    path = tmp_path / "model.safetensors"
    classifier.save(path)
    whole = path.read_bytes()
    for end in (0, 7, 100, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(ModelError, match=r"model\.safetensors"):
            Model.load(path)
