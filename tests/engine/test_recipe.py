"""Recipes: what they refuse, and their way through JSON."""

import json

import pytest

from shoal import Choice, EarlyStopping, Float, Int, Recipe, Space, losses, optimizers
from shoal import recipe_from_json as read
from shoal.errors import RecipeError, SpaceError


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"loss": "mse"},
            r"recipe.loss is an object.*for example .*CrossEntropy\(\); received str",
        ),
        ({"loss": optimizers.SGD()}, "recipe.loss is an object of its kind.*received SGD"),
        ({"loss": Choice(1, 2)}, "recipe.loss is an object of its kind.*received int 1"),
        ({"optimizer": 0.1}, "recipe.optimizer is an object.*received float 0.1"),
        ({"optimizer": optimizers.SGD}, "recipe.optimizer is an object"),
        ({"early_stopping": 5}, r"recipe.early_stopping is.*EarlyStopping\(patience=5\).*int 5"),
        ({"batch_size": 0}, "batch_size is a whole number; expected at least 1; received 0"),
        ({"batch_size": 2.5}, "batch_size is a whole number.*received 2.5"),
        ({"batch_size": True}, "batch_size is a whole number.*received True"),
        ({"batch_size": Choice(0, 16)}, "batch_size is a whole number.*received 0"),
        ({"batch_size": Choice(16, "all")}, "batch_size is a whole number.*received 'all'"),
        ({"batch_size": Float(1, 8)}, "batch_size is a whole number; received a Float. Use an Int"),
        ({"epochs": None}, "epochs is a whole number.*received None"),
        ({"epochs": Int(0, 3)}, "epochs is a whole number; expected at least 1; received 0"),
    ],
)
def test_impossible_recipes_are_refused(values, message):
    with pytest.raises(RecipeError, match=message):
        Recipe(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"patience": 0}, "patience is a whole number; expected at least 1; received 0"),
        ({"patience": 1.0}, "patience is a whole number"),
        ({"patience": Int(0, 3)}, "patience is a whole number.*received 0"),
        ({"min_delta": -0.1}, "min_delta lies in its bounds; expected 0 ≤ min_delta"),
        ({"min_delta": Float(-1, 1)}, "min_delta lies in its bounds.*received -1"),
        ({"monitor": 3}, "monitor is the name of a metric; received 3"),
        ({"monitor": Choice("loss", 0.1)}, "monitor is the name of a metric; received 0.1"),
        ({"min_delta": "little"}, "min_delta is a number; received 'little'"),
    ],
)
def test_impossible_early_stopping_is_refused(values, message):
    with pytest.raises(RecipeError, match=message):
        EarlyStopping(**values)


def test_a_recipe_comes_back_from_json_with_its_ranges():
    rate = Float(1e-4, 1e-1, log=True)
    recipe = Recipe(
        loss=Choice(losses.CrossEntropy(label_smoothing=Float(0, 0.2)), losses.SquaredError()),
        optimizer=Choice(optimizers.SGD(learning_rate=rate, nesterov=True),
                         optimizers.AdamW(learning_rate=rate, beta1=0.8)),
        batch_size=Choice(16, 32), epochs=Int(2, 5),
        early_stopping=Choice(EarlyStopping(patience=Int(1, 3), min_delta=0.01), None),
    )  # fmt: skip
    text = json.dumps(recipe.to_json())
    again = read(json.loads(text))
    assert json.dumps(again.to_json()) == text
    assert Space(again).names() == Space(recipe).names()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1], "a recipe is a table; received list"),
        ({"kind": "sgd"}, "a recipe is of that kind; received 'sgd'"),
        ({"epoch": 3}, "recipe has no field 'epoch'; expected augmentation, batch_size"),
        ({"epochs": 0}, "epochs is a whole number; expected at least 1"),
        ({"early_stopping": {"kind": "early_stopping", "min_change": 0.1}},
         "no field 'min_change'; expected min_delta, .* Is 'min_delta' meant"),
        ({"optimizer": {"kind": "sgd", "lr": 0.1}}, "no field 'lr'.* Is 'learning_rate' meant"),
        ({"loss": {"kind": "joy"}}, "no part of a recipe of this kind; expected .*adamw.*'joy'"),
        ({"loss": {"kind": "recipe"}}, "recipe.loss is an object of its kind"),
        ({"optimizer": {"kind": "sgd", "learning_rate": {"range": "float", "low": 2, "high": 1}}},
         "lower to a higher bound"),
        ({"optimizer": {"learning_rate": 1}}, "an object has a kind"),
    ],
)  # fmt: skip
def test_json_that_is_no_recipe_is_refused(data, message):
    with pytest.raises(RecipeError, match=f"recipe.*{message}"):
        read(data)


def test_a_bad_range_is_the_ranges_own_error():
    with pytest.raises(SpaceError, match="lower to a higher bound"):
        Recipe(epochs=Int(5, 2))
