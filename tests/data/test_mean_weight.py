"""The mean by which weights are divided, where they are of any size."""

import numpy as np
import pytest

from shoal.data.encode.weights import mean_weight
from shoal.errors import DataError

ALL = np.arange(4)


def test_the_mean_of_ordinary_weights_is_their_mean():
    weight = np.array([1.0, 2.0, 0.1, 0.0])
    assert mean_weight(weight, ALL, "table") == weight.mean()


def test_a_sum_that_is_too_large_for_a_number_has_a_mean():
    assert mean_weight(np.full(4, 1.7e308), ALL, "table") == pytest.approx(1.7e308)


def test_weights_that_training_cannot_hold_are_refused():
    with pytest.raises(DataError, match=r"at most 1e\+30 times the mean; received 1e\+300"):
        mean_weight(np.array([1.0, 1.0, 1.0, 1e300]), ALL[:3], "table")


def test_training_rows_without_weight_are_refused():
    with pytest.raises(DataError, match="some training row has a weight; received only 0"):
        mean_weight(np.array([0.0, 0.0, 0.0, 1.0]), ALL[:3], "table")
