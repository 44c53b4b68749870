import numpy as np
import pytest
import small_problems

import shoal
from shoal.errors import DataError, RecipeError, TrainingError

small_problems.share_programs()

NETWORK = shoal.Sequential(shoal.Dense(6), shoal.tanh, shoal.Dense(3))
RECIPE = shoal.Recipe(batch_size=16, epochs=3)
FRACTIONS = (0.25, 0.5, 1.0)


@pytest.fixture(scope="module")
def found():
    seen = []
    curve = shoal.learning_curve(
        NETWORK, RECIPE, small_problems.blobs(), fractions=FRACTIONS, seeds=3, callbacks=seen.append
    )
    return curve, seen


def test_parts_times_seeds_in_one_program(found):
    curve, seen = found
    assert curve.sizes.tolist() == [24, 48, 96]
    assert curve.scores.shape == (3, 3)
    assert len(set(curve.seeds)) == 3
    assert curve.seeds[0] == 0
    assert curve.cost["programs"] == 1
    assert curve.cost["lanes"] == 9
    assert seen[-1].phase == "done"
    assert sum(seen[-1].states.get(s, 0) for s in ("completed", "stopped")) == 9
    assert {p.phase for p in seen} == {"preparing", "compiling", "training", "done"}


def test_all_the_data_are_an_ordinary_training(found):
    model = shoal.train(NETWORK, RECIPE, small_problems.blobs(), seed=0)
    assert found[0].scores[-1, 0] == pytest.approx(model.info["test"]["accuracy"], abs=0)


def test_lanes_and_neighbors_do_not_matter(found):
    again = shoal.learning_curve(
        NETWORK, RECIPE, small_problems.blobs(), fractions=FRACTIONS, seeds=3, lanes=4
    )
    np.testing.assert_array_equal(again.scores, found[0].scores)
    assert again.sentence() == found[0].sentence()


def test_a_regression_with_another_metric():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 3))
    data = shoal.data.Dataset.from_arrays(x, x @ [1.0, -2.0, 0.5] + rng.normal(size=120))
    network = shoal.Sequential(shoal.Dense(1))
    recipe = shoal.Recipe(
        loss=shoal.losses.SquaredError(), optimizer=shoal.optimizers.Adam(learning_rate=0.05),
        epochs=4, batch_size=8,
    )  # fmt: skip
    curve = shoal.learning_curve(
        network, recipe, data, fractions=FRACTIONS, seeds=2, objective="r2"
    )
    assert curve.error_name == "1 - r2"
    np.testing.assert_array_equal(curve.errors, 1 - curve.scores)
    assert curve.to_json()["twice_the_data"]["rows"] == 2 * curve.sizes[-1]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"fractions": (0.5, 1.0)}, RecipeError, "shares of the training rows.*at least 3"),
        ({"fractions": (0.1, 0.5, 1.5)}, RecipeError, "above 0 to 1"),
        ({"fractions": "half"}, RecipeError, "shares of the training rows"),
        ({"fractions": (0.1, 0.101, 1.0)}, DataError, "parts of 10, 10, 96 of 96 rows"),
        ({"fractions": (0.01, 0.5, 1.0)}, DataError, "smallest at least 2"),
        ({"seeds": 1}, RecipeError, "seeds is a whole number.*at least 2"),
        ({"test": 0.0}, DataError, "measured on a test split"),
        ({"objective": "top_2"}, RecipeError, "metric that every model is scored by"),
        ({"recipe": shoal.Recipe(optimizer=shoal.optimizers.SGD(shoal.Float(0.1, 1.0)))},
         RecipeError, "learning_curve takes a network without ranges"),
        ({"recipe": shoal.Recipe(optimizer=shoal.optimizers.SGD(learning_rate=1e38), epochs=2)},
         TrainingError, "only divergence at 24, 48, 96 rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(changes, error, message):
    arguments = {"network": NETWORK, "recipe": RECIPE, "data": small_problems.blobs(),
                 "fractions": FRACTIONS, "seeds": 2}  # fmt: skip
    with pytest.raises(error, match=message):
        shoal.learning_curve(**{**arguments, **changes})
