"""A search whose validation and test rows are data of their own; how often the best are trained
again."""

import numpy as np
import pytest
from small_problems import adamw, blobs, outcome, perceptrons

import shoal
from shoal.data import Dataset
from shoal.errors import StudyError
from shoal.utils.default_values import seeds_within


def parted():
    """The rows of `blobs`: for training, for validation, for the test."""
    data = blobs()
    rows = np.random.default_rng(5).permutation(len(data))
    return [data.rows(np.sort(part)) for part in np.split(rows, [100, 130])]


def test_it_is_the_search_that_the_same_rows_in_one_data_set_have(tmp_path):
    train, validation, test = parted()
    own = {"validation": (validation.x, validation.y), "test": test}
    options = {"trials": 3, "lanes": 4, "confirm_seeds": 0}
    path = tmp_path / "own.study"
    study = shoal.search(perceptrons(), adamw(), train, **options, **own, study=path)
    x = np.concatenate([part.x for part in (train, validation, test)])
    y = np.concatenate([part.y for part in (train, validation, test)])
    codes = np.repeat(["train", "validation", "test"], [100, 30, 30])
    whole = Dataset.from_arrays(x, y, parts=codes)
    other = shoal.search(perceptrons(), adamw(), whole, **options)
    assert [outcome(study, n) for n in range(3)] == [outcome(other, n) for n in range(3)]
    assert study.winner["test"] == other.winner["test"]
    assert study.best_model.evaluate(test) == pytest.approx(study.winner["test"])
    study.close()
    with pytest.raises(StudyError, match="Give the validation and test rows as well"):
        shoal.resume(path, train, trials=4)
    with pytest.raises(StudyError, match="goes on with the data that it began with"):
        shoal.resume(path, train, validation=test, test=validation, trials=4)
    more = shoal.resume(path, train, **own, trials=4)
    assert len(more.trials) == 4
    other.close()
    more.close()


def test_rows_that_are_drawn_for_the_test_are_found_again_in_the_file_for_training():
    train, validation, _ = parted()
    model = shoal.train(
        perceptrons_of_one(), shoal.Recipe(epochs=2, batch_size=32), train, validation=validation
    )
    unseen = model.unseen_rows(train)
    assert unseen is not None
    assert len(unseen) == 20
    assert model.evaluate(train.rows(unseen)) == pytest.approx(model.info["test"])


def perceptrons_of_one():
    return shoal.Sequential(shoal.Dense(4), shoal.relu, shoal.Dense(3))


@pytest.mark.parametrize(
    ("trials", "seeds"), [(1, 0), (8, 0), (9, 1), (32, 3), (44, 4), (45, 5), (10**6, 5)]
)
def test_fresh_seeds_take_a_third_of_the_search_at_most(trials, seeds):
    assert seeds_within(trials) == seeds
    assert 3 * seeds <= trials / 3
