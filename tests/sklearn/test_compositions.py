"""The estimators in scikit-learn's compositions, and pickled."""

import copy
import inspect
import io
import pickle
import subprocess
import sys
import textwrap

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import shoal
from shoal import Dense, Dropout, Float, Int, Recipe, Sequential, Space, relu
from shoal.errors import ModelError
from shoal.sklearn import ShoalClassifier, ShoalRegressor
from tests.sklearn.test_estimators import classifier, people, regressor, three_clouds
from tests.small_problems import plane, share_programs


@pytest.fixture(autouse=True)
def shared_programs():
    share_programs()


def test_in_a_pipeline():
    X, y = three_clouds()
    pipeline = make_pipeline(StandardScaler(), classifier()).fit(X, y)
    assert pipeline.score(X, y) > 0.7
    assert pipeline.predict_proba(X).shape == (160, 3)


def test_cross_validation_is_better_than_guessing():
    X, y = three_clouds()
    scores = cross_val_score(classifier(), X, y, cv=2, error_score="raise")
    assert scores.min() > 0.5
    table, Y = np.asarray(plane().x), np.asarray(plane().y)[:, 0]
    assert cross_val_score(regressor(), table, Y, cv=2, error_score="raise").min() > 0.5


def test_a_grid_over_trials_and_parts_of_the_recipe():
    X, y = three_clouds()
    family = Sequential(Dense(Int(4, 8)), relu, Dense(3))
    estimator = classifier(network=family, confirm_seeds=0)
    grid = [
        {"n_trials": [2], "recipe__epochs": [1]},
        {"n_trials": [1], "recipe__epochs": [8]},
    ]
    found = GridSearchCV(estimator, grid, cv=2, error_score="raise").fit(X, y)
    assert found.best_params_["recipe__epochs"] == 8
    assert found.best_estimator_.n_iter_ == 8
    assert estimator.recipe.epochs == 8
    assert len(found.cv_results_["mean_test_score"]) == 2


def test_a_clone_has_the_same_parameters_and_no_more():
    X, y = three_clouds()
    rate = Float(0.0, 0.3)
    shared = Recipe(
        optimizer=shoal.optimizers.SGD(learning_rate=0.1, momentum=rate), epochs=2, batch_size=32
    )
    network = Sequential(Dense(8), relu, Dropout(rate), Dense(3))
    estimator = classifier(network=network, recipe=shared).fit(X, y)
    for same in (clone(estimator), pickle.loads(pickle.dumps(estimator))):
        assert len(Space(network, shared)) == len(Space(same.network, same.recipe)) == 1
    assert not hasattr(clone(estimator), "model_")
    np.testing.assert_array_equal(clone(estimator).fit(X, y).predict(X), estimator.predict(X))


def test_calibrated():
    X, y = three_clouds()
    found = CalibratedClassifierCV(classifier(), cv=2).fit(X, y)
    assert found.score(X, y) > 0.7
    np.testing.assert_allclose(found.predict_proba(X).sum(axis=1), 1)


def test_voting():
    X, y = three_clouds()
    votes = [("network", classifier()), ("line", LogisticRegression())]
    assert VotingClassifier(votes, voting="soft").fit(X, y).score(X, y) > 0.7


def test_permutation_importance_finds_the_column_that_counts():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4))
    found = classifier(2).fit(X, X[:, 2] > 0)
    told = permutation_importance(found, X, X[:, 2] > 0, n_repeats=2, random_state=0)
    assert told.importances_mean.argmax() == 2
    assert told.importances_mean[2] > 0.2


class Plain(pickle.Unpickler):
    """Reads pickles that hold an estimator, arrays and plain data, and nothing else."""

    def find_class(self, module, name):
        allowed = {
            *((kind.__module__, kind.__name__) for kind in (ShoalClassifier, ShoalRegressor)),
            ("copyreg", "_reconstructor"),
            ("builtins", "object"),
            ("_codecs", "encode"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "scalar"),
            ("numpy._core.numeric", "_frombuffer"),
        }
        assert (module, name) in allowed
        return super().find_class(module, name)


def fitted(kind):
    frame, y = people()
    if kind is ShoalRegressor:
        return regressor().fit(frame, frame["age"].fillna(40)), frame
    network = Sequential(Dense(Int(2, 8)), relu, Dropout(Float(0, 0.5)), Dense(2))
    estimator = classifier(network=network, n_trials=2, confirm_seeds=0)
    return estimator.fit(frame, np.where(y, "yes", "no")), frame


@pytest.mark.parametrize("kind", [ShoalClassifier, ShoalRegressor])
def test_pickled_as_plain_data(kind):
    estimator, frame = fitted(kind)
    pickles = [pickle.dumps(estimator, protocol) for protocol in (2, pickle.HIGHEST_PROTOCOL)]
    read = [Plain(io.BytesIO(pickled)).load() for pickled in pickles]
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    for again in (*read, joblib.load(file), copy.deepcopy(estimator)):
        np.testing.assert_array_equal(again.predict(frame), estimator.predict(frame))
        assert again.loss_curve_ == estimator.loss_curve_
        assert again.study_ is None
        assert repr(again.network) == repr(estimator.network)
        assert again.recipe.to_json() == estimator.recipe.to_json()
        assert again.get_params(deep=False).keys() == estimator.get_params(deep=False).keys()
    if estimator.study_:
        estimator.study_.close()


def test_the_model_in_a_pickle_is_checked_like_a_file():
    estimator, _ = fitted(ShoalRegressor)
    state = estimator.__getstate__()
    state["model_"] = state["model_"][:-40]
    with pytest.raises(ModelError, match="cut off"):
        ShoalRegressor().__setstate__(state)


def test_what_was_never_fitted_is_pickled_too():
    again = pickle.loads(pickle.dumps(ShoalClassifier(n_trials=3)))
    assert again.n_trials == 3
    assert again.network is None


def test_importing_shoal_imports_no_estimator():
    code = "import shoal, sys; sys.exit('sklearn' in sys.modules or 'shoal.sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_here_too_sklearn_is_scikit_learn():
    import sklearn

    assert shoal.sklearn is not sklearn
    assert shoal.sklearn.ShoalClassifier is ShoalClassifier
    assert not sklearn.__name__.startswith("shoal")


@pytest.mark.filterwarnings("ignore::shoal.errors.ShoalWarning")
@pytest.mark.parametrize("kind", [ShoalClassifier, ShoalRegressor])
def test_the_example_of_its_documentation_runs(kind, few_epochs):
    example = inspect.getdoc(kind).partition("Example::\n")[2]
    code = textwrap.dedent(example).strip().splitlines()
    found = {}
    exec("\n".join([*code[:-1], f"found = {code[-1]}"]), found)
    assert found["found"].shape == (3,)
    if kind is ShoalClassifier:
        assert found["found"].tolist() == [0, 0, 0]
