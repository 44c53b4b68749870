"""Looks at trained models: decision boundaries, fitted functions, and the rest on raw inputs."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

import shoal
from shoal import Dense, Recipe, Sequential, relu
from shoal.inspect import DecisionBoundary
from shoal.inspect.functions import decision_boundary, fitted_function
from shoal.inspect.gradients import deltas
from shoal.inspect.units import activations
from shoal.losses import MulticlassHinge, SquaredError


@functools.cache
def classifier():
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.uniform(-1, 1, size=(120, 2)) * [1.0, 50.0] + [5.0, 0.0],
                     columns=["length", "weight"])  # fmt: skip
    y = np.where(x["length"] > 5, "long", "short")
    data = shoal.data.Dataset.from_arrays(x, y, name="lengths")
    recipe = Recipe(optimizer=shoal.optimizers.Adam(0.03), epochs=15, batch_size=32)
    return data, shoal.train(Sequential(Dense(8), relu, Dense(2)), recipe, data)


@functools.cache
def line():
    x = np.linspace(-3, 3, 80)[:, None]
    data = shoal.data.Dataset.from_arrays(x, 10 + 4 * x[:, 0], task="regression", name="line")
    recipe = Recipe(
        loss=SquaredError(), optimizer=shoal.optimizers.Adam(0.03), epochs=40, batch_size=16
    )
    return data, shoal.train(Sequential(Dense(1)), recipe, data)


def test_the_boundary_is_where_the_classes_part():
    data, model = classifier()
    look = decision_boundary(model, data, resolution=41)
    assert look.columns == ("length", "weight")
    assert look.classes == ("long", "short")
    np.testing.assert_allclose(look.probabilities.sum(axis=-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(look.probabilities.argmax(axis=-1), look.predicted)
    # The grid is over raw units: left of 5 short, right of 5 long, whatever the weight.
    clear = np.abs(look.x1 - 5) > 0.35
    expected = np.where(look.x1[clear] > 5, 0, 1)
    assert np.mean(look.predicted[:, clear] == expected) > 0.97
    row, column = 30, 7
    point = pd.DataFrame({"length": [look.x1[column]], "weight": [look.x2[row]]})
    assert look.classes[look.predicted[row, column]] == model.predict(point)[0]
    np.testing.assert_allclose(
        look.probabilities[row, column], model.predict_proba(point)[0], rtol=1e-4, atol=1e-6
    )
    figure = look.figure()
    figure.canvas.draw()
    assert figure.axes[0].get_xlabel() == "length"
    np.testing.assert_array_equal(
        np.asarray(data.classes)[data.y], np.asarray(look.classes)[look.labels]
    )


def test_a_model_without_probabilities_has_a_boundary_too():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 2))
    y = (x.sum(axis=1) > 0).astype(int)
    recipe = Recipe(loss=MulticlassHinge(), epochs=3, batch_size=16)
    data = shoal.data.Dataset.from_arrays(x, y)
    model = shoal.train(Sequential(Dense(2)), recipe, data)
    look = decision_boundary(model, x, resolution=20)
    assert look.probabilities is None
    assert look.labels is None
    look.figure().canvas.draw()


def test_the_function_is_what_the_model_predicts():
    data, model = line()
    look = fitted_function(model, data, points=50, margin=0.5)
    assert look.x[0] == pytest.approx(-6)
    np.testing.assert_allclose(look.y, model.predict(look.x[:, None]), rtol=1e-6)
    np.testing.assert_allclose(look.y, 10 + 4 * look.x, atol=1.5)
    np.testing.assert_array_equal(look.data_y, data.y)
    figure = look.figure()
    figure.canvas.draw()
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("x", "y")
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), look.y)


def test_looks_at_a_model_take_raw_inputs():
    data, model = classifier()
    found = deltas(model, data)
    prepared = model.preprocessing.transform(data)
    np.testing.assert_array_equal(found.outputs["input"], prepared)
    expected = model.evaluate(data)["loss"]
    assert found.loss == pytest.approx(expected, rel=1e-5)
    alone = deltas(
        model.network, prepared, model.preprocessing.transform_targets(data),
        params=model.params, loss=model.recipe.loss,
    )  # fmt: skip
    np.testing.assert_array_equal(alone.deltas["dense_1"], found.deltas["dense_1"])
    counted = activations(model, data).histograms[0].counts.sum()
    assert counted == len(data) * 8


def test_a_look_at_the_wrong_model_is_told():
    data, model = classifier()
    straight_data, straight = line()
    with pytest.raises(shoal.errors.ModelError, match="fitted function is that of a regression"):
        fitted_function(model, data)
    with pytest.raises(shoal.errors.ModelError, match="a classifier of two columns"):
        decision_boundary(straight, straight_data)
    with pytest.raises(shoal.errors.ModelError, match="brings its weights and its loss along"):
        deltas(model, data, params=model.params)
    two = np.zeros((4, 2))
    with pytest.raises(shoal.errors.DataError, match=r"one column of numbers; expected .*\(n, 1\)"):
        fitted_function(straight, two)


def test_long_names_of_classes_leave_the_plane_its_room():
    names = ("a class with a name of more than forty letters", "b")
    line = np.linspace(-1, 1, 5)
    look = DecisionBoundary(
        line, line, names, np.zeros((5, 5), int), None, np.zeros((2, 2)), np.array([0, 1]),
        ("x", "y"),
    )  # fmt: skip
    figure = look.figure()
    (legend,) = figure.legends
    shown = [text.get_text() for text in legend.get_texts()]
    assert shown[1] == "b"
    assert len(shown[0]) == 24
    figure.draw_without_rendering()
    assert figure.axes[0].get_position().width > 0.5
