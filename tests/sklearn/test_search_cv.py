"""`ShoalSearchCV` finds what `GridSearchCV` finds, fit by fit, and goes on after a break."""

import json
import signal

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, GroupKFold, PredefinedSplit
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

import shoal
from shoal import Dense, Float, Int, MemberDense, MemberMean, Members, Sequential, relu
from shoal.data import Dataset
from shoal.errors import ShoalWarning, StudyError
from shoal.sklearn import ShoalClassifier, ShoalRegressor, ShoalSearchCV, cross_fits
from shoal.sklearn.candidates import candidates
from shoal.sklearn.translated import parameters_of
from tests.sklearn.test_estimators import EPOCHS, classifier, people, three_clouds
from tests.small_problems import plane, share_programs

pytestmark = pytest.mark.bits

RATE = "recipe__optimizer__learning_rate"


@pytest.fixture(autouse=True)
def shared_programs():
    share_programs()


def search(grid, estimator=None, **options):
    estimator = classifier() if estimator is None else estimator
    return ShoalSearchCV(estimator, grid, **{"cv": 2, **options})


def scores(found):
    """All of the results that do not depend on the clock."""
    return {k: v for k, v in found.cv_results_.items() if "_time" not in k}


def test_every_score_is_that_of_the_grid_search_to_the_last_bit():
    X, y = three_clouds()
    narrow = Sequential(Dense(5), relu, Dense(3))
    grid = [{"network": [classifier().network, narrow], RATE: [0.03]}, {"recipe__epochs": [3]}]
    options = {"scoring": ["accuracy", "neg_log_loss"], "refit": False, "return_train_score": True}
    ours = search(grid, **options).fit(X, y)
    theirs = GridSearchCV(classifier(), grid, cv=2, **options).fit(X, y)
    told, expected = scores(ours), scores(theirs)
    assert told.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(told[name], values, err_msg=name)
    assert ours.cv_results_.keys() == theirs.cv_results_.keys()
    assert (ours.cv_results_["mean_fit_time"] > 0).all()
    assert ours.multimetric_
    assert ours.n_splits_ == 2


def test_members_of_a_network_are_one_ensemble():
    X, y = three_clouds()
    networks = [Sequential(Members(n), MemberDense(3), MemberMean()) for n in (2, 4)]
    options = {"scoring": "neg_log_loss", "refit": False}
    ours = search({"network": networks}, classifier(2), **options).fit(X, y)
    theirs = GridSearchCV(classifier(2), {"network": networks}, cv=2, **options).fit(X, y)
    for name, values in scores(theirs).items():
        np.testing.assert_array_equal(scores(ours)[name], values, err_msg=name)


def test_the_best_is_trained_again_on_all_rows():
    X, y = three_clouds()
    found = search({RATE: [1e-5, 0.03]}).fit(X, y)
    assert found.best_params_ == {RATE: 0.03}
    assert found.best_index_ == 1
    assert found.best_score_ == found.cv_results_["mean_test_score"][1] > 0.6
    alone = classifier().set_params(**{RATE: 0.03}).fit(X, y)
    np.testing.assert_array_equal(found.predict_proba(X), alone.predict_proba(X))
    assert found.classes_.tolist() == [0, 1, 2]
    assert found.score(X, y) == alone.score(X, y)
    assert found.refit_time_ > 0
    assert found.n_features_in_ == X.shape[1]


def test_splitters_groups_weights_and_a_refit_of_ones_own():
    X, y = three_clouds()
    groups = np.arange(len(y)) // 40
    seen = []

    def scorer(estimator, inputs, targets, sample_weight=None):
        seen.append(len(inputs))
        return accuracy_score(targets, estimator.predict(inputs), sample_weight=sample_weight)

    found = search(
        {RATE: [0.03, 1e-5]}, cv=GroupKFold(4), scoring=scorer,
        refit=lambda results: int(results["mean_test_score"].argmin()),
    ).fit(X, y, groups=groups, sample_weight=np.ones(len(y)))  # fmt: skip
    assert found.best_params_ == {RATE: 1e-5}
    assert seen == [40] * 8
    given = PredefinedSplit(np.where(np.arange(len(y)) < 50, 0, -1))
    by_hand = search({RATE: [0.03]}, cv=given, refit=False).fit(X, y)
    pairs = [(np.arange(50, len(y)), np.arange(50))]
    listed = search({RATE: [0.03]}, cv=iter(pairs), refit=False).fit(X, y)
    assert by_hand.best_score_ == listed.best_score_
    assert listed.n_splits_ == 1


@pytest.mark.filterwarnings("ignore::shoal.errors.ShoalWarning")
def test_a_table_is_read_anew_in_each_fold():
    frame, y = people()
    frame.loc[3, "town"] = "Thun"  # in one fold alone, so that encodings differ in width
    found = search({"recipe__epochs": [3, 8]}, classifier(2)).fit(frame, y)
    assert found.best_score_ > 0.8
    assert found.feature_names_in_.tolist() == list(frame.columns)


def test_a_candidate_that_cannot_be_trained():
    X, y = three_clouds()
    impossible = Sequential(Dense(8), relu, Dense(2))
    grid = {"network": [impossible, classifier().network], "recipe__epochs": [2]}
    failed = pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4")
    with failed, pytest.warns(UserWarning, match="non-finite"):
        found = search(grid, refit=False).fit(X, y)
    assert np.isnan(found.cv_results_["mean_test_score"][0])
    assert found.best_index_ == 1
    with pytest.raises(shoal.errors.ShoalError, match="one output for each class"):
        search(grid, error_score="raise").fit(X, y)
    with pytest.raises(ValueError, match="All the 2 fits failed"):
        search({"network": [impossible]}).fit(X, y)
    with pytest.raises(ValueError, match="Invalid parameter"):
        search({"rate": [1]}, error_score="raise").fit(X, y)


def test_a_candidate_that_is_a_search_of_its_own():
    X, y = three_clouds()
    family = Sequential(Dense(Int(4, 8)), relu, Dense(3))
    estimator = classifier(network=family, confirm_seeds=0, recipe=EPOCHS)
    found = search({"n_trials": [2]}, estimator, refit=False).fit(X, y)
    assert found.best_score_ > 0.5


def test_candidates_of_grids_distributions_and_ranges():
    assert candidates({"a": [1, 2], "b": ["x", "y"]}, None, 0) == [
        {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"},
    ]  # fmt: skip
    assert len(candidates({"a": range(50)}, 7, 0)) == 7
    space = {
        "rate": Float(1e-3, 1e-1, log=True), "units": Int(2, 5), "decay": loguniform(1e-5, 1e-2),
        "act": shoal.Choice("relu", "tanh"), "epochs": [3, 4],
    }  # fmt: skip
    drawn = candidates(space, None, 3)
    assert len(drawn) == 10
    assert drawn == candidates(space, 10, 3)
    rates = np.array([one["rate"] for one in candidates(space, 400, 0)])
    assert 1e-3 <= rates.min() < 2e-3 < 0.05 < rates.max() <= 1e-1
    assert 0.4 < (rates < 1e-2).mean() < 0.6
    assert {one["act"] for one in drawn} == {"relu", "tanh"}
    assert {type(one["units"]) for one in drawn} == {int}


def test_what_an_mlp_asks_for():
    X, y = three_clouds()
    data = Dataset.from_arrays(X, y, task="classification")
    mlp = MLPClassifier((7, 5), activation="tanh", alpha=0.4, max_iter=9, learning_rate_init=0.02)
    told = parameters_of(mlp, data)
    layers = [node.layer for node in told["network"].nodes]
    assert [layer.kind for layer in layers] == ["dense", "tanh", "dense", "tanh", "dense"]
    assert [layers[i].units for i in (0, 2, 4)] == [7, 5, 3]
    recipe = told["recipe"]
    assert (recipe.batch_size, recipe.epochs) == (160, 9)
    assert recipe.regularizers.strength == pytest.approx(0.4 / 160)
    assert (recipe.optimizer.kind, recipe.optimizer.learning_rate) == ("adam", 0.02)
    assert (recipe.early_stopping.patience, recipe.early_stopping.monitor) == (11, "train_loss")
    assert told["validation_fraction"] == 0
    stopped = MLPClassifier(5, early_stopping=True, batch_size=30, alpha=0)
    told = parameters_of(stopped, data)
    assert told["validation_fraction"] == 0.1
    assert told["recipe"].early_stopping.monitor is None
    assert told["recipe"].regularizers is None
    assert told["recipe"].batch_size == 30
    numbers = Dataset.from_arrays(X, y.astype(float), task="regression")
    slow = MLPRegressor(solver="sgd", learning_rate="adaptive", early_stopping=True, alpha=3.6)
    with pytest.warns(ShoalWarning, match="'adaptive' is constant here"):
        told = parameters_of(slow, numbers)
    assert told["objective"] == "r2"
    assert told["recipe"].optimizer.learning_rate == 0.0005  # of half the squared error
    assert told["recipe"].optimizer.nesterov
    assert told["recipe"].optimizer.weight_decay == pytest.approx(2 * 3.6 / 144)
    assert told["recipe"].regularizers is None
    with pytest.warns(ShoalWarning, match="it is 'adam' here"):
        parameters_of(MLPClassifier(solver="lbfgs"), data)
    with pytest.raises(ValueError, match="alpha"):
        parameters_of(MLPClassifier(alpha=-1), data)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_whoever_has_a_grid_search_of_an_mlp_changes_two_names():
    X, y = three_clouds()
    mlp = MLPClassifier((8,), max_iter=25, batch_size=32, learning_rate_init=0.03, random_state=0)
    grid = {"alpha": [1e-4, 1e3]}
    ours, theirs = (
        kind(mlp, grid, cv=2).fit(StandardScaler().fit_transform(X), y)
        for kind in (ShoalSearchCV, GridSearchCV)
    )
    assert ours.best_params_ == theirs.best_params_ == {"alpha": 1e-4}
    assert abs(ours.best_score_ - theirs.best_score_) < 0.1
    assert isinstance(ours.best_estimator_, ShoalClassifier)
    assert ours.best_estimator_.n_iter_ <= 25
    table, Y = np.asarray(plane().x), np.asarray(plane().y)
    plain = MLPRegressor(
        hidden_layer_sizes=(8,), max_iter=25, batch_size=16, learning_rate_init=0.03,
        random_state=0,
    )  # fmt: skip
    found = search({"alpha": [1e-4]}, plain).fit(table, Y)
    assert isinstance(found.best_estimator_, ShoalRegressor)
    assert found.best_score_ > 0.6


def test_a_perceptron_takes_the_steps_that_scikit_learns_takes():
    # One layer, all rows a batch, plain gradient descent, from weights of zero.
    table, Y = np.asarray(plane().x), np.asarray(plane().y)[:, 0]
    x, y = StandardScaler().fit_transform(table), (Y - Y.mean()) / Y.std()
    mlp = MLPRegressor(
        hidden_layer_sizes=(), solver="sgd", momentum=0, learning_rate_init=0.1, alpha=0.7,
        batch_size=len(y), max_iter=5, tol=0,
    )  # fmt: skip
    told = parameters_of(mlp, Dataset.from_arrays(table, Y, task="regression"))
    found = ShoalRegressor(**told).set_params(
        network=Sequential(Dense(1, initialization="zeros")), random_state=0
    ).fit(table, Y)  # fmt: skip
    weights, bias = np.zeros(x.shape[1]), 0.0
    for _ in range(5):  # scikit-learn's loss: half the mean square, and alpha / (2 n) of weights'
        wrong = x @ weights + bias - y
        bias -= 0.1 * wrong.mean()
        weights = weights - 0.1 * (x.T @ wrong + 0.7 * weights) / len(y)
    expected = (x @ weights + bias) * Y.std() + Y.mean()
    np.testing.assert_allclose(found.predict(table), expected, rtol=1e-4, atol=1e-4)


def interrupted_after(number, monkeypatch):
    """Let Ctrl-C be pressed once so many fits are scored."""
    scored = []
    score = cross_fits._score

    def counting(*args):
        scored.append(args)
        if len(scored) == number:
            signal.raise_signal(signal.SIGINT)
        return score(*args)

    monkeypatch.setattr(cross_fits, "_score", counting)
    return scored


def test_after_a_break_it_goes_on(tmp_path, monkeypatch):
    X, y = three_clouds()
    file = tmp_path / "search.jsonl"
    # The short ones end first.
    asked = search({"recipe__epochs": [8, 2]}, classifier(random_state=None), study=file)
    scored = interrupted_after(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        asked.fit(X, y)
    assert len(scored) == 2
    with file.open("ab") as cut:
        cut.write(b'{"fit": 0, "test_sc')
    found = asked.fit(X, y)
    assert len(scored) == 4
    assert np.isfinite(found.cv_results_["mean_fit_time"]).all()
    assert scores(asked.fit(X, y))["mean_test_score"].tolist() == (
        found.cv_results_["mean_test_score"].tolist()
    )
    assert len(scored) == 4
    seed = json.loads(file.read_bytes().split(b"\n")[0])["seed"]
    whole = search({"recipe__epochs": [8, 2]}, classifier(random_state=seed)).fit(X, y)
    np.testing.assert_array_equal(
        whole.cv_results_["mean_test_score"], found.cv_results_["mean_test_score"]
    )
    np.testing.assert_array_equal(whole.predict(X), found.predict(X))
    for changes, what in (
        ({"param_grid": {"recipe__epochs": [8, 3]}}, "candidates"), ({"cv": 4}, "folds"),
        ({"estimator": classifier(random_state=1)}, "estimator"),
        ({"scoring": "neg_log_loss"}, "scoring"),
    ):  # fmt: skip
        other = search({"recipe__epochs": [8, 2]}, classifier(random_state=None), study=file)
        with pytest.raises(StudyError, match=f"with the {what} that it began with"):
            other.set_params(**changes).fit(X, y)
    with pytest.raises(StudyError, match="with the data that it began with"):
        asked.fit(X + 1, y)


@pytest.mark.parametrize(
    "content",
    [b"SQLite format 3\0\n", b"[]\n", b'{"format": "shoal cross-validation", "version": 9}\n'],
)
def test_a_file_of_something_else_is_left_alone(tmp_path, content):
    X, y = three_clouds()
    file = tmp_path / "other"
    file.write_bytes(content)
    with pytest.raises(StudyError, match="holds nothing else"):
        search({"recipe__epochs": [2]}, study=file).fit(X, y)
    assert file.read_bytes() == content
