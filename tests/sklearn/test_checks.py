"""scikit-learn's own checks of estimators.

All of them run with ``SHOAL_CHECKS=all``. Else those are left out that train often and
concern what other tests hold, of the regressor those of code that both estimators share, and
of the search all but a few: it trains for each check three times.
"""

import os

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from shoal.sklearn import ShoalClassifier, ShoalRegressor, ShoalSearchCV
from tests.small_problems import share_programs

REPEATED = (
    "weighted rows and repeated rows fill batches differently, and a row that is repeated "
    "makes the validation part another one"
)

LONG = {
    "check_class_weight_classifiers",
    "check_classifier_data_not_an_array",
    "check_classifiers_classes",
    "check_classifiers_multilabel_output_format_predict_proba",
    "check_classifiers_multilabel_representation_invariance",
    "check_dont_overwrite_parameters",
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_estimators_overwrite_params",
    "check_f_contiguous_array_estimator",
    "check_fit2d_1feature",
    "check_fit_check_is_fitted",
    "check_fit_score_takes_y",
    "check_n_features_in",
    "check_n_features_in_after_fitting",
    "check_pipeline_consistency",
    "check_positive_only_tag_during_fit",
    "check_regressor_data_not_an_array",
    "check_regressors_int",
    "check_regressors_no_decision_function",
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
    "check_sample_weights_not_an_array",
    "check_sample_weights_not_overwritten",
    "check_sample_weights_pandas_series",
}

OF_BOTH = {
    "check_dtype_object",
    "check_estimators_dtypes",
    "check_estimators_pickle",
    "check_fit_idempotent",
    "check_sample_weights_shape",
}


OF_SEARCH = {
    "check_classifiers_one_label",
    "check_do_not_raise_errors_in_init_or_set_param",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_sparse_tag",
    "check_estimator_tags_renamed",
    "check_estimators_unfitted",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_requires_y_none",
    "check_set_params",
    "check_supervised_y_2d",
    "check_valid_tag_types",
}

# One network each: of ensembles the checks would train twenty-four at a time.
ONE = {"n_trials": 1}
SEARCH = ShoalSearchCV(
    ShoalClassifier(**ONE), {"validation_fraction": [0.2]}, cv=2, error_score="raise"
)


@pytest.fixture(autouse=True)
def shared_programs(monkeypatch):
    share_programs()
    if os.environ.get("SHOAL_CHECKS") != "all":
        monkeypatch.setattr("shoal.defaults.tables.MOST_EPOCHS", 80)


def not_expected_to_pass(estimator):
    kinds = ("dense", "sparse")
    return {f"check_sample_weight_equivalence_on_{kind}_data": REPEATED for kind in kinds}


def left_out(estimator, check):
    if os.environ.get("SHOAL_CHECKS") == "all":
        return False
    if isinstance(estimator, ShoalSearchCV):
        return check.func.__name__ not in OF_SEARCH
    regressor = isinstance(estimator, ShoalRegressor)
    again = "readonly_memmap" in check.keywords  # the same check on data of another kind
    return check.func.__name__ in (LONG | OF_BOTH if regressor else LONG) or again


@pytest.mark.filterwarnings("ignore::shoal.errors.ShoalWarning")
@pytest.mark.filterwarnings("ignore:The least populated class:UserWarning")  # of check_cv's folds
@parametrize_with_checks(
    [ShoalClassifier(**ONE), ShoalRegressor(**ONE), SEARCH],
    expected_failed_checks=not_expected_to_pass,
)
def test_a_check_of_scikit_learn(estimator, check):
    if left_out(estimator, check):
        pytest.skip("with SHOAL_CHECKS=all")
    check(estimator)
