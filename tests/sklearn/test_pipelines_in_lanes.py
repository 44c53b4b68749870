"""`ShoalSearchCV` of a pipeline finds what `GridSearchCV` finds, and fits no more than it must."""

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils import get_tags

from shoal.errors import StudyError
from shoal.sklearn import ShoalClassifier, ShoalSearchCV, cross_fits
from shoal.sklearn.pipelines import innermost, innermost_name, with_innermost
from tests.sklearn.test_estimators import classifier, people, regressor, three_clouds
from tests.sklearn.test_search_cv import RATE, scores
from tests.small_problems import plane, share_programs

pytestmark = pytest.mark.bits


@pytest.fixture(autouse=True)
def shared_programs():
    share_programs()


class Counted(TransformerMixin, BaseEstimator):
    """Moves all numbers, and counts how often one of its kind was fitted."""

    fits = 0

    def __init__(self, by=0.0, broken=False):
        self.by = by
        self.broken = broken

    def fit(self, X, y=None, sample_weight=None):
        if self.broken:
            raise ArithmeticError("the transformer is broken")
        Counted.fits += 1
        self.mean_ = np.average(X, axis=0, weights=sample_weight)
        return self

    def transform(self, X):
        return X - self.mean_ + self.by


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch):
    monkeypatch.setattr(Counted, "fits", 0)


def years(frame):
    return frame.apply(lambda column: column.dt.year)


def same(ours, theirs):
    told, expected = scores(ours), scores(theirs)
    assert told.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(told[name], values, err_msg=name)


def test_every_score_is_that_of_the_grid_search_and_a_transformer_is_fitted_once_a_setting():
    X, y = three_clouds()
    pipeline = Pipeline([("move", Counted()), ("scale", StandardScaler()), ("net", classifier())])
    grid = {
        "move__by": [0.0, 1.0], "scale": ["passthrough", StandardScaler(with_std=False)],
        f"net__{RATE}": [0.03, 1e-5],
    }  # fmt: skip
    ours = ShoalSearchCV(pipeline, grid, cv=2, return_train_score=True).fit(X, y)
    assert Counted.fits == 2 * 2 * 2 + 1
    theirs = GridSearchCV(pipeline, grid, cv=2, return_train_score=True).fit(X, y)
    same(ours, theirs)
    assert isinstance(ours.best_estimator_, Pipeline)
    assert ours.best_params_[f"net__{RATE}"] == 0.03
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    assert ours.classes_.tolist() == [0, 1, 2]
    assert ours.best_estimator_.get_params()[f"net__{RATE}"] == 0.03
    assert not hasattr(pipeline[-1], "model_")
    assert not hasattr(pipeline[0], "mean_")


@pytest.mark.filterwarnings("ignore:missing values in:shoal.errors.ShoalWarning")
def test_columns_of_a_table(tmp_path):
    frame, y = people()
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer(
        [
            ("numbers", numbers, ["age"]),
            ("town", OneHotEncoder(handle_unknown="ignore"), ["town"]),
            ("years", FunctionTransformer(years), ["since"]),
        ]
    )
    pipeline = Pipeline([("columns", columns), ("net", classifier(2))], memory=str(tmp_path))
    grid = {"columns__town__sparse_output": [True, False], "net__recipe__epochs": [3, 8]}
    ours = ShoalSearchCV(pipeline, grid, cv=2).fit(frame, y)
    theirs = GridSearchCV(pipeline, grid, cv=2).fit(frame, y)
    same(ours, theirs)
    assert ours.best_score_ > 0.9
    assert ours.feature_names_in_.tolist() == list(frame.columns)
    np.testing.assert_array_equal(ours.predict(frame), theirs.predict(frame))


def test_whoever_has_a_grid_search_of_a_pipeline_changes_two_names():
    X, y = three_clouds()
    mlp = MLPClassifier((8,), max_iter=25, batch_size=32, learning_rate_init=0.03, random_state=0)
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", mlp)])
    grid = {"mlp__alpha": [1e-4, 1e3], "scale__with_mean": [True, False]}
    found = ShoalSearchCV(pipeline, grid, cv=2).fit(X, y)
    alone = ShoalSearchCV(mlp, {"alpha": [1e-4, 1e3]}, cv=2).fit(X, y)
    assert found.best_params_["mlp__alpha"] == 1e-4
    assert found.best_score_ == pytest.approx(alone.best_score_, abs=0.1)
    assert isinstance(found.best_estimator_["mlp"], ShoalClassifier)
    assert found.best_estimator_["mlp"].n_iter_ <= 25
    assert found.score(X, y) > 0.7
    scaled = found.best_estimator_[:-1].transform(X)
    np.testing.assert_array_equal(found.predict(X), found.best_estimator_["mlp"].predict(scaled))


def test_a_transformed_target():
    table, Y = np.asarray(plane().x), np.asarray(plane().y)[:, 0]
    inner = make_pipeline(StandardScaler(), regressor())
    target = TransformedTargetRegressor(inner, transformer=StandardScaler())
    name = "regressor__shoalregressor"
    assert innermost_name(target) == name
    grid = {f"{name}__{RATE}": [0.03, 1e-5], "transformer__with_mean": [True, False]}
    ours = ShoalSearchCV(target, grid, cv=2).fit(table, Y)
    theirs = GridSearchCV(target, grid, cv=2).fit(table, Y)
    same(ours, theirs)
    np.testing.assert_array_equal(ours.predict(table), theirs.predict(table))
    again = sklearn.clone(ours.best_estimator_).fit(table, Y)
    np.testing.assert_array_equal(again.predict(table), ours.predict(table))


def test_weights_reach_the_step_that_asks_for_them():
    X, y = three_clouds()
    weight = np.linspace(0.1, 2.0, len(y))
    pipeline = Pipeline([("move", Counted()), ("net", classifier())])
    grid = {"net__recipe__epochs": [3]}
    given = {"net__sample_weight": weight, "move__sample_weight": weight[::-1]}
    ours = ShoalSearchCV(pipeline, grid, cv=2).fit(X, y, **given)
    theirs = GridSearchCV(pipeline, grid, cv=2).fit(X, y, **given)
    same(ours, theirs)
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    with sklearn.config_context(enable_metadata_routing=True):
        asking = Pipeline([
            ("move", Counted().set_fit_request(sample_weight=False)),
            ("net", classifier().set_fit_request(sample_weight=True)
             .set_score_request(sample_weight=True)),
        ])  # fmt: skip
        ours = ShoalSearchCV(asking, grid, cv=2).fit(X, y, sample_weight=weight)
        theirs = GridSearchCV(asking, grid, cv=2).fit(X, y, sample_weight=weight)
    same(ours, theirs)


def test_what_does_not_train_in_lanes_is_refused_before_anything_is_fitted():
    X, y = three_clouds()
    pipeline = Pipeline([("move", Counted()), ("net", classifier())])
    line = LogisticRegression()
    for estimator, grid, word in (
        (make_pipeline(Counted(), line), {}, "not for LogisticRegression at the end of a Pipeline"),
        (make_pipeline(Counted(), "passthrough"), {}, "not for 'passthrough' at the end"),
        (TransformedTargetRegressor(), {}, "not for None at the end of a TransformedTarget"),
        (line, {}, r"not for LogisticRegression\."),
        (pipeline, {"net": [classifier(), line]}, "not for LogisticRegression at the end"),
    ):
        with pytest.raises(TypeError, match=word):
            ShoalSearchCV(estimator, grid, cv=2).fit(X, y)
        get_tags(ShoalSearchCV(estimator, grid))  # without an error
    assert Counted.fits == 0


def test_a_transformer_that_fails_is_a_fit_that_fails():
    X, y = three_clouds()
    pipeline = Pipeline([("move", Counted()), ("net", classifier())])
    grid = {"move__broken": [True, False], "net__recipe__epochs": [3]}
    failed = pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4")
    with failed, pytest.warns(UserWarning, match="non-finite"):
        found = ShoalSearchCV(pipeline, grid, cv=2, refit=False).fit(X, y)
    assert np.isnan(found.cv_results_["mean_test_score"][0])
    assert found.best_index_ == 1
    with pytest.raises(ArithmeticError, match="broken"):
        ShoalSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)


def test_little_memory_means_more_programs_and_the_same_scores(monkeypatch):
    X, y = three_clouds()
    pipeline = Pipeline([("move", Counted()), ("net", classifier())])
    grid = {"net__recipe__epochs": [3, 8], "move__by": [0.0, 1.0, 2.0]}
    together = ShoalSearchCV(pipeline, grid, cv=2, refit=False).fit(X, y)
    trained = []
    train_fits = cross_fits.train_fits

    def counting(fits, *args, **options):
        trained.append(len(fits))
        return train_fits(fits, *args, **options)

    monkeypatch.setattr(cross_fits, "train_fits", counting)
    monkeypatch.setattr(cross_fits, "MOST_PREPARED", 0)
    same(ShoalSearchCV(pipeline, grid, cv=2, refit=False).fit(X, y), together)
    assert trained == [4, 4, 4]


def test_a_file_goes_on_with_the_same_transformers_only(tmp_path):
    X, y = three_clouds()
    file = tmp_path / "search.jsonl"
    pipeline = Pipeline([("move", Counted()), ("net", classifier())])
    asked = ShoalSearchCV(pipeline, {"net__recipe__epochs": [3]}, cv=2, refit=False, study=file)
    found = asked.fit(X, y)
    fits = Counted.fits
    same(asked.fit(X, y), found)
    assert Counted.fits == fits
    with pytest.raises(StudyError, match="with the estimator that it began with"):
        asked.set_params(estimator__move__by=3.0).fit(X, y)
    asked.set_params(estimator__move__by=0.0)
    with pytest.raises(StudyError, match="with the data that it began with"):
        asked.fit(X + 1, y)


def test_the_innermost_estimator_of_pipelines_in_pipelines():
    net = classifier()
    inner = Pipeline([("scale", StandardScaler()), ("net", net)])
    outer = Pipeline([("move", Counted()), ("rest", inner)])
    assert innermost(outer) is net
    assert innermost_name(outer) == "rest__net"
    assert (innermost(net), innermost_name(net)) == (net, "")
    other = classifier(2)
    changed = with_innermost(outer, other)
    assert innermost(changed) is other
    assert innermost(outer) is net
    assert changed["rest"]["scale"] is inner["scale"]
