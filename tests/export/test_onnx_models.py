"""Whole models as ONNX: raw inputs in, labels and probabilities or restored values out."""

import json
import warnings

import numpy as np
import onnx
import onnx_runs
import pandas as pd
import pytest
from small_problems import messages

import shoal
from shoal import Conv, Dense, Flatten, MemberDense, MemberMean, Members, Recipe, Sequential, losses
from shoal.data import Dataset, Preprocessing, load
from shoal.errors import ModelError, ShoalWarning
from shoal.models.ensemble import Ensemble
from shoal.models.model import Model
from shoal.testing.lanes import random_params


def model_for(data, *layers, loss=None, seed=1, fitted=None, params=None):
    """A model with random weights, its preprocessing fitted on all rows."""
    if fitted is None:
        fitted = Preprocessing.fit(data, np.arange(len(data)))
    network = Sequential(*layers).with_input(fitted.input_shape)
    usual = {
        "regression": losses.SquaredError(),
        "multi-label": losses.BinaryCrossEntropy(),
    }.get(data.task, losses.CrossEntropy())
    recipe = Recipe(loss=usual if loss is None else loss)
    recipe.loss.check(data.task, fitted.outputs, network.output_shape)
    return Model(
        network, recipe, random_params(network, seed) if params is None else params, fitted
    )


def exported(model, tmp_path):
    model.export(tmp_path / "model.onnx")
    return onnx_runs.session(str(tmp_path / "model.onnx"))


def outputs(run, feed):
    return dict(zip([o.name for o in run.get_outputs()], run.run(None, feed), strict=True))


def columns(run, frame):
    """The inputs of a table's graph, as the page on exporting makes them."""
    feed = {}
    for given in run.get_inputs():
        column = frame[given.name]
        if given.type == "tensor(string)":
            values = column.astype(object).where(column.notna(), "").astype(str).to_numpy(object)
        elif given.type == "tensor(int64)":
            values = column.to_numpy("datetime64[s]").astype(np.int64)
        else:
            values = column.to_numpy(np.float32)
        feed[given.name] = values[:, np.newaxis]
    return feed


def quietly(function, x):
    """What a model answers, without its remarks on what training had not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ShoalWarning)
        return function(x)


def hold(model, run, x, feed, tolerance=1e-5):
    """Both answer alike, for batches of no row, of one and of more."""
    if model.task == "regression":
        expected = {"prediction": quietly(model.predict, x)}
    else:
        expected = {
            "label": quietly(model.predict, x), "probabilities": quietly(model.predict_proba, x),
        }  # fmt: skip
    for count in (0, 1, 7, len(next(iter(expected.values())))):
        found = outputs(run, {name: values[:count] for name, values in feed.items()})
        assert found.keys() == expected.keys()
        for name, values in found.items():
            assert values.shape == expected[name][:count].shape
            if name == "label":
                assert values.tolist() == expected[name][:count].tolist()
            else:
                size = float(np.abs(expected[name]).max())
                np.testing.assert_allclose(
                    values, expected[name][:count], rtol=tolerance, atol=size * tolerance / 5
                )


# --- arrays and pictures --------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def test_digits(digits, tmp_path):
    model = model_for(digits, Conv(4, stride=2), shoal.relu, Flatten(), Dense(10))
    run = exported(model, tmp_path)
    (given,) = run.get_inputs()
    assert (given.name, given.type, given.shape) == ("x", "tensor(float)", ["N", 8, 8, 1])
    hold(model, run, digits, {"x": digits.x})


def test_pictures_are_bytes(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (100, 6, 5, 3), np.uint8)
    data = Dataset.from_arrays(x, np.array(["cat", "dog", "eel", "fox"] * 25))
    model = model_for(data, Conv(5), shoal.relu, Flatten(), Dense(4))
    run = exported(model, tmp_path)
    assert run.get_inputs()[0].type == "tensor(uint8)"
    hold(model, run, x, {"x": x})


def test_pixels_of_16_bits(tmp_path):
    x = np.random.default_rng(0).integers(0, 65536, (40, 4, 4, 1), np.uint16)
    model = model_for(Dataset.from_arrays(x, np.arange(40) % 2), Flatten(), Dense(1))
    run = exported(model, tmp_path)
    assert run.get_inputs()[0].type == "tensor(uint16)"
    hold(model, run, x, {"x": x})


def test_masks_have_the_labels_of_training(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (30, 6, 8, 3), np.uint8)
    masks = np.where(rng.random((30, 6, 8)) < 0.4, 255, 0)
    model = model_for(Dataset.from_arrays(x, masks), Conv(4), shoal.relu, Conv(2, kernel_size=1))
    run = exported(model, tmp_path)
    found = outputs(run, {"x": x})
    assert set(np.unique(found["label"])) == {0, 255}
    hold(model, run, x, {"x": x})


def array_problem(scaling):
    rng = np.random.default_rng(3)
    x = np.column_stack([
        rng.normal(1000, 3, 100), rng.lognormal(0, 2, 100), np.full(100, 7.0),
        rng.integers(0, 4, 100),
    ]).astype(np.float32)  # fmt: skip
    return x, Dataset.from_arrays(x, np.arange(100) % 3, scaling=scaling)


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile"])
def test_arrays_by_scaling(scaling, tmp_path):
    x, data = array_problem(scaling)
    model = model_for(data, Dense(3))
    run = exported(model, tmp_path)
    more = np.concatenate([x, x[:3] * 50, -x[:3], np.full((1, 4), np.nan, np.float32)])
    hold(model, run, more, {"x": more})


# --- tables ---------------------------------------------------------------------------


def table():
    rng = np.random.default_rng(5)
    count = 120
    days = np.array("2019-11-03T04:00", "datetime64[s]") + (
        rng.integers(0, 5000, count) * np.timedelta64(21_600, "s")
    )
    frame = pd.DataFrame({
        "age": rng.normal(50, 12, count).round(1),
        "income": rng.lognormal(10, 1, count),
        "city": rng.choice(["Ulm", "Köln", "Bonn"], count),
        "smokes": rng.random(count) < 0.4,
        "since": days,
        "same": np.ones(count),
        "blood": rng.choice(["A", "B", "AB", "0"], count),
    })  # fmt: skip
    frame.loc[::7, "age"] = np.nan
    frame.loc[::9, "blood"] = None
    frame.loc[::11, "since"] = pd.NaT
    return frame


def unlike(frame):
    """The same rows, and others that training had nothing like."""
    more = frame.head(8).copy()
    more["city"] = ["Rom", "Ulm", None, "", "Köln ", "ulm", "Bonn", "Paris"]
    more["blood"] = ["A", "?", "n/a", "NaN", "X", "AB", "0", None]
    more["age"] = [np.nan, -5.0, 1e6, 0.0, 50.0, 51.5, np.nan, 3.25]
    more["since"] = pd.to_datetime([
        "1600-02-29", "1899-12-31T23:59:59", "2000-02-29", "2100-03-01T12:30", None, "1970-01-01",
        "2024-12-31T23:00", "1969-12-31T06:00",
    ], format="ISO8601").astype("datetime64[s]")  # fmt: skip
    more["smokes"] = more["smokes"].astype(object)
    whole = pd.concat([frame.astype({"smokes": object}), more], ignore_index=True)
    whole["since"] = whole["since"].astype("datetime64[s]")
    return whole


@pytest.mark.parametrize("scaling", ["standard", "robust", "quantile"])
def test_a_table(scaling, tmp_path):
    frame = table()
    data = Dataset.from_arrays(frame, np.array(["no", "yes", "maybe"] * 40), scaling=scaling)
    model = model_for(data, Dense(7), shoal.relu, Dense(3))
    run = exported(model, tmp_path)
    assert [given.name for given in run.get_inputs()] == list(frame.columns)
    assert {given.name: given.type for given in run.get_inputs()} == {
        "age": "tensor(float)", "income": "tensor(float)", "city": "tensor(string)",
        "smokes": "tensor(string)", "since": "tensor(int64)", "same": "tensor(float)",
        "blood": "tensor(string)",
    }  # fmt: skip
    rows = unlike(frame)
    rows["income"] = rows["income"].astype(np.float32)  # as the graph gets it
    rows["age"] = rows["age"].astype(np.float32)
    hold(model, run, rows, columns(run, rows))


def test_many_categories_share_a_feature_for_the_others(tmp_path):
    rng = np.random.default_rng(1)
    names = np.array([f"street {i}" for i in range(200)])
    frame = pd.DataFrame({"street": rng.choice(names[:90], 400), "n": rng.normal(size=400)})
    frame.loc[:80, "street"] = names[90:171]
    model = model_for(Dataset.from_arrays(frame, rng.normal(size=400)), Dense(4), Dense(1))
    assert model.preprocessing.encoder.columns[0].other
    run = exported(model, tmp_path)
    frame["n"] = frame["n"].astype(np.float32)
    frame.loc[:9, "street"] = [f"new {i}" for i in range(10)]
    hold(model, run, frame, columns(run, frame))


def test_a_column_of_texts_is_named(tmp_path):
    frame = pd.DataFrame({"n": np.arange(40.0), "note": ["good day", "bad day today"] * 20})
    data = Dataset.from_arrays(frame, np.arange(40) % 2)
    encoder = shoal.data.encode.encoders.TableEncoder.fit(frame, texts=("note",))
    fitted = Preprocessing("classification", encoder, ("0", "1"), label_type="int")
    with pytest.raises(ModelError, match=r"column 'note': a column of texts.*ONNX cannot do"):
        model_for(data, Dense(2), fitted=fitted).export(tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


# --- answers --------------------------------------------------------------------------


def numbers(task, y, **more):
    x = np.random.default_rng(2).normal(size=(len(y), 4)).astype(np.float32)
    return x, Dataset.from_arrays(x, y, task=task, **more)


RNG = np.random.default_rng(8)
SEVERAL = (RNG.random((60, 3)) < 0.5).astype(int)
VALUES = RNG.normal(7, 300, (60, 2))

ANSWERS = {
    "one value": ("regression", VALUES[:, 0], [Dense(1)], None),
    "values": ("regression", VALUES, [Dense(2)], None),
    "means": ("regression", VALUES, [Dense(4)], losses.GaussianNLL()),
    "rates": ("regression", np.abs(VALUES[:, 0]).round(), [Dense(1)], losses.Poisson()),
    "labels": ("multi-label", SEVERAL, [Dense(3)], None),
    "booleans": ("classification", SEVERAL[:, 0] > 0, [Dense(2)], None),
    "one for two": ("classification", SEVERAL[:, 0], [Dense(1)], None),
    "softmax": ("classification", np.arange(60) % 3, [Dense(3), shoal.softmax], None),
    "log-softmax": (
        "classification", np.arange(60) % 3, [Dense(3), shoal.log_softmax],
        losses.NegativeLogLikelihood(),
    ),
    "shares": (
        "classification", np.arange(60) % 3, [Dense(3), shoal.softmax], losses.MulticlassHinge(),
    ),
    "a sum": (
        "classification", np.arange(60) % 3, [Dense(3)],
        losses.CrossEntropy() + 0.5 * losses.Focal(),
    ),
    "members": (
        "classification", np.arange(60) % 3, [Members(4), MemberDense(3), MemberMean()], None,
    ),
    "members of labels": (
        "multi-label", SEVERAL, [Members(4), MemberDense(3), MemberMean()], None,
    ),
    "members' rates": (
        "regression", np.abs(VALUES[:, 0]).round(), [Members(3), MemberDense(1), MemberMean()],
        losses.Poisson(),
    ),
    "members' shares": (
        "classification", np.arange(60) % 3,
        [Members(4), MemberDense(3), shoal.softmax, MemberMean()], losses.MulticlassHinge(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name, tmp_path):
    task, y, layers, loss = ANSWERS[name]
    x, data = numbers(task, y)
    fitted = Preprocessing.fit(
        data, np.arange(len(data)), standardize=loss is None or loss.standardized
    )
    model = model_for(data, *layers, loss=loss, fitted=fitted)
    hold(model, exported(model, tmp_path), x, {"x": x})


def test_without_probabilities_there_are_scores(tmp_path):
    x, data = numbers("classification", np.array(["a", "b", "c"] * 20))
    model = model_for(data, Dense(3), loss=losses.MulticlassHinge())
    found = outputs(exported(model, tmp_path), {"x": x})
    assert found.keys() == {"label", "scores"}
    assert found["label"].tolist() == model.predict(x).tolist()


def test_a_perceptron_fires_at_zero(tmp_path):
    x, data = numbers("classification", SEVERAL[:, 0])
    zero = {"dense_1": {"weight": np.zeros((4, 1), np.float32), "bias": np.zeros(1, np.float32)}}
    model = model_for(data, Dense(1), shoal.heaviside, loss=losses.Perceptron(), params=zero)
    found = outputs(exported(model, tmp_path), {"x": x})
    assert found["label"].tolist() == model.predict(x).tolist() == [1] * len(x)


@pytest.mark.parametrize("task", ["classification", "regression", "multi-label"])
def test_an_ensemble_is_one_graph(task, tmp_path):
    y, outs = {
        "classification": (np.array(["a", "b", "c"] * 20), 3),
        "regression": (VALUES[:, 0], 1),
        "multi-label": (SEVERAL, 3),
    }[task]
    x, data = numbers(task, y)
    first = model_for(data, Dense(5), shoal.relu, Dense(outs))
    second = model_for(data, Dense(outs), seed=2, fitted=first.preprocessing)
    ensemble = Ensemble((first, second), (0.3, 0.7))
    hold(ensemble, exported(ensemble, tmp_path), x, {"x": x})


def test_texts_are_tokens_and_their_tokenizer_stands_beside(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    data = messages()
    fitted = Preprocessing.fit(data, np.arange(len(data)))
    vocabulary = fitted.encoder.vocabulary
    model = model_for(data, shoal.EmbeddingBag(vocabulary, 4), Dense(2), fitted=fitted)
    written = model.export(tmp_path / "spam.onnx")
    assert [file.name for file in written.files] == ["spam.onnx", "spam.tokenizer.json"]
    assert "tokenizer" in written.notes[0]
    run = onnx_runs.session(str(written.files[0]))
    (given,) = run.get_inputs()
    library = tokenizers.Tokenizer.from_file(str(written.files[1]))
    tokens = np.zeros((len(data), given.shape[1]), np.int32)
    for row, text in zip(tokens, data.x.tolist(), strict=True):
        ids = library.encode(text).ids[: len(row)]
        row[: len(ids)] = np.array(ids) + 1
    hold(model, run, data, {given.name: tokens})


# --- the file -------------------------------------------------------------------------


def test_what_the_file_tells(digits, tmp_path):
    model = model_for(digits, Flatten(), Dense(10))
    path = tmp_path / "digits.onnx"
    model.export(path)
    read = onnx.load(str(path))
    onnx.checker.check_model(read, full_check=True)
    told = {entry.key: entry.value for entry in read.metadata_props}
    assert told["task"] == "classification"
    assert told["shoal_version"] == shoal.__version__
    assert json.loads(told["classes"]) == [str(i) for i in range(10)]
    assert "dense_1" in told["description"]
    assert read.ir_version == 8
    assert {one.domain: one.version for one in read.opset_import} == {"": 18, "ai.onnx.ml": 3}


def test_a_later_opset(digits, tmp_path):
    model = model_for(digits, Conv(2), shoal.UpSample(2), Flatten(), Dense(10))
    model.export(tmp_path / "m.onnx", opset=20)
    run = onnx_runs.session(str(tmp_path / "m.onnx"))
    found = outputs(run, {"x": digits.x[:50]})
    assert found["label"].tolist() == model.predict(digits.x[:50]).tolist()


@pytest.mark.parametrize("opset", [17, 1000, "18", True])
def test_an_opset_is_one_of_those_known(opset, digits, tmp_path):
    model = model_for(digits, Flatten(), Dense(10))
    with pytest.raises(ModelError, match="opset is a version of ONNX's operators; expected 18 to"):
        model.export(tmp_path / "m.onnx", opset=opset)


def test_a_file_that_cannot_be_written(digits, tmp_path):
    with pytest.raises(ModelError, match="the file can be written"):
        model_for(digits, Flatten(), Dense(10)).export(tmp_path / "none" / "m.onnx")
