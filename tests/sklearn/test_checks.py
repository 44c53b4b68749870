"""scikit-learn's own checks of estimators, all of them."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from shoal.sklearn import ShoalClassifier, ShoalRegressor
from tests.small_problems import share_programs

REPEATED = (
    "weighted rows and repeated rows fill batches differently, and a row that is repeated "
    "makes the validation part another one"
)


@pytest.fixture(autouse=True)
def shared_programs():
    share_programs()


def not_expected_to_pass(estimator):
    return {"check_sample_weight_equivalence_on_dense_data": REPEATED}


@pytest.mark.filterwarnings("ignore::shoal.errors.ShoalWarning")
@parametrize_with_checks(
    [ShoalClassifier(), ShoalRegressor()], expected_failed_checks=not_expected_to_pass
)
def test_a_check_of_scikit_learn(estimator, check):
    check(estimator)
