"""`--class-weight`, the default of the objective, and what is told of rare classes."""

from dataclasses import replace

import numpy as np
import pytest

from shoal import Dense, Recipe, Sequential, load_model
from shoal.cli.class_weights import rare_class, tell, with_class_weights
from shoal.cli.plan import TrainingPlan
from shoal.data import Dataset
from shoal.defaults.choose import default_recipe
from shoal.engine.loss_data import has_class_weights, with_loss_weights
from shoal.errors import RecipeError
from shoal.losses import CrossEntropy, Dice, SquaredError
from shoal.sklearn import ShoalClassifier


def people(rare, task="classification"):
    """Two hundred rows, so many of them of class yes."""
    y = np.where(np.arange(200) < rare, "yes", "no")
    return Dataset.from_arrays(np.random.default_rng(0).normal(size=(200, 2)), y, task=task)


def test_a_weight_for_each_class_by_its_name():
    recipe, data = Recipe(loss=CrossEntropy()), people(8)
    assert data.classes == ("no", "yes")
    assert with_class_weights(recipe, data, None) is recipe
    assert with_class_weights(recipe, data, ["balanced"]).loss.class_weights == "balanced"
    assert with_class_weights(recipe, data, ["yes=5"]).loss.class_weights == (1.0, 5.0)
    both = with_class_weights(recipe, data, ["yes=5", "no=0.5"])
    assert both.loss.class_weights == (0.5, 5.0)
    odd = replace(data, classes=("a=b", "c,d"))
    assert with_class_weights(recipe, odd, ["a=b=3"]).loss.class_weights == (3.0, 1.0)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (["maybe=2"], r"names a class of the data; expected balanced, or no=NUMBER, yes=NUMBER"),
        (["balanced", "yes=2"], "names a class of the data"),
        (["yes"], "names a class of the data"),
        (["yes=-1"], "a number of at least 0; received 'yes=-1'"),
        (["yes=much"], "a number of at least 0"),
        (["yes=nan"], "a number of at least 0"),
    ],
)
def test_weights_that_are_none(given, word):
    with pytest.raises(RecipeError, match=word):
        with_class_weights(Recipe(loss=CrossEntropy()), people(8), given)


def test_losses_that_have_no_classes():
    numbers = Dataset.from_arrays(np.ones((9, 1)), np.arange(9.0), task="regression")
    with pytest.raises(RecipeError, match="are for classes; received regression"):
        with_class_weights(Recipe(loss=SquaredError()), numbers, ["balanced"])
    with pytest.raises(RecipeError, match="losses over classes, such as CrossEntropy"):
        with_loss_weights(Recipe(loss=SquaredError()), "balanced")
    both = with_loss_weights(Recipe(loss=CrossEntropy() + Dice()), (1.0, 2.0))
    assert [part.class_weights for part in both.loss.parts] == [(1.0, 2.0), (1.0, 2.0)]
    assert has_class_weights(both)
    assert not has_class_weights(Recipe(loss=CrossEntropy() + Dice()))


@pytest.mark.parametrize(
    ("rare", "found"), [(8, ("yes", 0.04)), (19, ("yes", 0.095)), (20, None), (100, None)]
)
def test_which_class_is_rare(rare, found):
    assert rare_class(people(rare)) == found


class Told:
    """A terminal of which only the remarks are wanted."""

    def __init__(self):
        self.remarks = []

    def remark(self, text):
        self.remarks.append(text)


@pytest.mark.parametrize(
    ("rare", "objective", "given", "word"),
    [
        (8, None, None, "4.0% of the rows, which accuracy hardly depends on"),
        (8, "accuracy", None, "--class-weight balanced"),
        (8, "balanced_accuracy", None, "and the classes are balanced"),
        (8, "f1", None, None),
        (8, "balanced_accuracy", ["yes=2"], None),
        (90, None, None, None),
        (90, "balanced_accuracy", None, None),
    ],
)
def test_what_is_told(rare, objective, given, word):
    data, terminal = people(rare), Told()
    recipe = default_recipe(data, ranges=False, objective=objective)
    plan = TrainingPlan(Sequential(Dense(2)), with_class_weights(recipe, data, given), data)
    tell(terminal, plan, objective, given)
    assert len(terminal.remarks) == (word is not None)
    assert (word or "") in " ".join(terminal.remarks)


def test_classes_are_balanced_where_the_objective_counts_them_alike():
    data = people(8)
    for objective, weights in ((None, None), ("f1", None), ("balanced_accuracy", "balanced")):
        recipe = default_recipe(data, ranges=True, objective=objective)
        assert recipe.loss.class_weights == weights
    # Not twice, where the estimator weighs them.
    for weight, weights in ((None, "balanced"), ("balanced", None), ({"yes": 3}, None)):
        estimator = ShoalClassifier(objective="balanced_accuracy", class_weight=weight)
        assert estimator._recipe_for(data, ranges=False).loss.class_weights == weights


def test_the_command_trains_with_them(shoal, refused, files, tmp_path):
    out = tmp_path / "model.safetensors"
    result = shoal(
        "train", files.table, "--network", files.network, "--class-weight", "cedar=2.5",
        "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert load_model(out).recipe.loss.class_weights == (1.0, 1.0, 2.5)
    told = refused("train", files.table, "--class-weight", "oak=2")
    assert "names a class of the data" in told
