"""After a search on a table its best networks are trained on folds, and are an ensemble."""

import dataclasses

import numpy as np
import pytest
from small_problems import adamw, bars, blobs, contents, filters, perceptrons, plane
from test_interrupt import Impatient

import shoal
from shoal import Dense, Ensemble, Int, Model, Sequential, losses, tanh
from shoal.data import Dataset
from shoal.data.prepare import prepare
from shoal.data.splitting.folds import ensemble_folds
from shoal.data.splitting.split import split
from shoal.errors import RecipeError, StudyError

FOLDS, SIZE = 3, 2


class BreakError(Exception):
    """What breaks a search off."""


def options(**changes):
    return {
        "family": perceptrons(), "recipe": adamw(), "data": blobs(), "trials": 5, "lanes": 6,
        "sampler": shoal.samplers.Random(), "ensemble_folds": FOLDS, "ensemble_size": SIZE,
        "progress": False, **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return shoal.search(**options())


def networks(study):
    return [t for t in study.file.trials() if t.role == "fold"]


def prepared(study):
    return prepare(blobs(), study.split())


def test_each_of_the_best_has_a_network_on_each_fold(study):
    best = sorted(study.trials, key=lambda t: (t.objective, t.metrics["loss"]))[:SIZE]
    found = networks(study)
    assert [t.parent for t in found] == [t.id for t in best for _ in range(FOLDS)]
    assert [t.members[0]["fold"] for t in found] == [*range(FOLDS)] * SIZE
    seeds = {t.members[0]["fold"]: t.seed for t in found}
    assert len({*seeds.values(), 0}) == FOLDS + 1  # another seed for each fold, none the study's
    assert all(t.seed == seeds[t.members[0]["fold"]] for t in found)
    assert all(t.members[0]["metrics"] == t.metrics for t in found)
    assert study.counts()["completed"] == len(study.trials) == 5


def test_folds_are_of_all_rows_but_those_of_the_test(study):
    parts = study.split()
    plain = split(blobs(), seed=0)
    for name in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(plain, name))
    assert len(parts.ensemble) == len(parts.train) + len(parts.validation) == 128
    assert np.bincount(parts.ensemble).tolist() == [43, 43, 42]
    classes = blobs().y[np.concatenate([parts.train, parts.validation])]
    for kind in range(3):  # classes are dealt evenly
        assert np.ptp(np.bincount(parts.ensemble[classes == kind])) <= 1


def test_a_network_is_scored_on_the_rows_of_its_own_fold(study):
    whole, number = prepared(study).both, study.split().ensemble
    for trial in networks(study):
        rows = number == trial.members[0]["fold"]
        if study.file.weights(trial.id) is not None:
            score = study.model(trial.id).score(whole.x[rows], whole.y[rows])
            assert score["loss"] == pytest.approx(trial.metrics["loss"], rel=1e-4)
            assert score["accuracy"] == pytest.approx(trial.metrics["accuracy"])


def test_the_ensemble_is_scored_on_rows_that_its_networks_have_not_seen(study):
    """By hand: every row by the networks of its fold, these by what their trial counts."""
    told, found = study.ensembles["folds"], study.model()
    whole, number = prepared(study).both, study.split().ensemble
    assert study.product == "folds"
    assert isinstance(found, Ensemble)
    shares = {member["trial"]: member["share"] for member in told["members"]}
    answers = np.zeros((len(number), 3))
    for trial, share in shares.items():
        record = study.file.trial(trial)
        rows = number == record.members[0]["fold"]
        answers[rows] += FOLDS * share * study.model(trial).answers(whole.x[rows])
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)
    right = answers.argmax(axis=1) == whole.y
    assert told["out_of_fold"]["accuracy"] == pytest.approx(right.mean())
    validation = right[len(study.split().train) :]
    assert told["validation"]["accuracy"] == pytest.approx(validation.mean())
    log_loss = -np.log(answers[np.arange(len(number)), whole.y]).mean()
    assert told["out_of_fold"]["log_loss"] == pytest.approx(log_loss, rel=1e-4)
    test = blobs().rows(study.split().test)
    assert told["test"] == pytest.approx(found.evaluate(test))
    assert found.info["out_of_fold"] == told["out_of_fold"]
    assert len(found.models) == FOLDS * told["of"]["configurations"]


def test_networks_of_one_trial_count_alike(study):
    by_trial = {}
    for member in study.ensembles["folds"]["members"]:
        record = study.file.trial(member["trial"])
        by_trial.setdefault(record.parent, []).append(member["share"])
    assert all(len(set(shares)) == 1 and len(shares) == FOLDS for shares in by_trial.values())
    assert sum(map(sum, by_trial.values())) == pytest.approx(1)


def test_the_winner_did_best_on_folds_and_can_be_had_alone(study):
    by_parent = {}
    for trial in networks(study):
        by_parent.setdefault(trial.parent, []).append((trial.objective, trial.metrics["loss"]))
    means = {parent: tuple(np.mean(own, axis=0)) for parent, own in by_parent.items()}
    winner = study.winner
    assert winner["trial"] == min(means, key=means.get)
    told = winner["cross_validated"]
    own = [t.metrics["loss"] for t in networks(study) if t.parent == winner["trial"]]
    assert told["loss"]["mean"] == pytest.approx(np.mean(own))
    assert told["loss"]["std"] == pytest.approx(np.std(own, ddof=1))
    assert (told["folds"], told["networks"]) == (FOLDS, FOLDS)
    assert "confirmed" not in winner
    alone = study.model(single=True)
    assert isinstance(alone, Model)
    assert alone.info["trial"] == winner["trial"]


def test_only_weights_that_are_of_use_stay(study):
    members = {member["trial"] for member in study.ensembles["folds"]["members"]}
    kept = {t.id for t in networks(study) if study.file.weights(t.id) is not None}
    assert kept == members


MOMENTS = {
    "in the search": lambda p: p.epochs == 10,
    "before the folds": lambda p: p.phase == "folding" and p.epochs == 20,
    "in the midst of the folds": lambda p: p.phase == "folding" and p.epochs == 32,
    "before the winner is known": lambda p: p.phase == "scoring",
    "while it is averaged": lambda p: p.phase == "averaging",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_it_ends_as_if_it_had_not_been_broken_off(study, tmp_path, moment):
    path = tmp_path / "a.study"

    def watch(progress):
        if MOMENTS[moment](progress):
            raise BreakError

    with pytest.raises(BreakError):
        shoal.search(**options(), study=path, callbacks=watch, checkpoint=0.0)
    again = shoal.resume(path, blobs())
    assert contents(again) == contents(study)
    assert again.ensembles == study.ensembles
    again.close()


def test_an_interrupt_among_the_folds_leaves_the_winner_and_resume_ends_it(study, tmp_path):
    path = tmp_path / "a.study"
    watch = Impatient(lambda p: p.phase == "folding" and p.epochs == 26)
    broken = shoal.search(**options(), study=path, callbacks=watch)
    assert broken.product == "single"
    assert "test" not in broken.winner
    assert isinstance(broken.model(), Model)
    broken.close()
    again = shoal.resume(path, blobs())
    assert contents(again) == contents(study)
    again.close()


def test_more_trials_have_their_networks_trained_anew(study, tmp_path):
    path = tmp_path / "a.study"
    shoal.search(**options(trials=3), study=path).close()
    more = shoal.search(**options(), study=path, resume=True)
    assert [t.metrics for t in networks(more)] == [t.metrics for t in networks(study)]
    assert more.ensembles == study.ensembles
    more.close()
    with pytest.raises(StudyError, match=r"split that it began with"):
        shoal.search(**options(trials=6, ensemble_folds=4), study=path, resume=True)
    with pytest.raises(StudyError, match=r"ensemble of folds that it began with"):
        shoal.search(**options(trials=6, ensemble_size=1), study=path, resume=True)


def test_one_network_is_trained_on_folds_beside_itself():
    family, recipe = Sequential(Dense(5), tanh, Dense(2)), adamw(loss=losses.SquaredError())
    recipe = dataclasses.replace(recipe, optimizer=shoal.optimizers.AdamW(0.02))
    model = shoal.train(
        family, recipe, plane(), ensemble_folds=FOLDS, ensemble_seeds=2, progress=False
    )
    assert isinstance(model, Ensemble)
    assert len(model.models) == 2 * FOLDS
    assert model.info["of"] == {"configurations": 1, "folds": FOLDS, "seeds": 2}
    assert set(model.info["out_of_fold"]) >= {"rmse", "r2"}
    assert model.info["single"]["test"].keys() >= {"rmse", "r2"}
    alone = shoal.train(family, recipe, plane(), progress=False)
    assert isinstance(alone, Model)
    test = plane().rows(split(plane(), seed=0).test)
    assert model.info["test"] == pytest.approx(model.evaluate(test))


def test_what_is_taken_where_nothing_is_said():
    """There is an ensemble of folds, unless fresh seeds or folds are asked for."""
    few = {"trials": 1, "progress": False}
    table = shoal.search(Sequential(Dense(3)), shoal.Recipe(epochs=1), blobs(), **few)
    assert table.header.plan["ensemble"] == {"folds": 5, "size": 4, "seeds": 1}
    assert table.header.plan["confirm_seeds"] == 0
    assert table.cost["lanes"] == 6  # the network and its five on folds, side by side
    for changes in ({"confirm_seeds": 0}, {"folds": 2}, {"ensemble_folds": 0}):
        plain = shoal.search(
            Sequential(Dense(3)), shoal.Recipe(epochs=1), blobs(), **few, **changes
        )
        assert plain.header.plan["ensemble"]["folds"] == 0
        assert plain.product == "single"
    pictures = shoal.search(filters(), adamw(epochs=1), bars(), **few)
    assert pictures.header.plan["ensemble"] == {"folds": 5, "size": 1, "seeds": 1}  # they are few
    assert pictures.header.plan["confirm_seeds"] == 0
    plain = shoal.search(
        filters(), adamw(epochs=1), bars(), **few | {"trials": 9}, ensemble_folds=0
    )
    assert plain.header.plan["confirm_seeds"] == 1  # a third of the trials, of three finalists
    assert plain.product == "single"


def test_groups_stay_whole_and_there_are_no_more_folds_than_groups():
    groups = np.repeat(np.arange(8), 4)
    x = np.random.default_rng(0).normal(size=(32, 2))
    data = Dataset.from_arrays(x, x[:, 0], task="regression", groups=groups.tolist(), name="g")
    family = Sequential(Dense(Int(2, 3)), tanh, Dense(1))
    recipe = adamw(loss=losses.SquaredError(), epochs=2)
    study = shoal.search(family, recipe, data, trials=2, ensemble_folds=20, progress=False)
    parts = study.split()
    own = groups[np.concatenate([parts.train, parts.validation])]
    left = len(set(own))
    assert left < 8
    assert study.header.plan["ensemble"]["folds"] == left
    assert all(len(set(parts.ensemble[own == group])) == 1 for group in set(own))


def test_equal_rows_go_to_one_fold():
    x = np.repeat(np.random.default_rng(1).normal(size=(20, 3)), 3, axis=0)
    data = Dataset.from_arrays(x, np.arange(60.0), task="regression", name="thrice")
    parts = split(data, seed=3)
    dealt = ensemble_folds(data, parts, 4)
    rows = np.concatenate([parts.train, parts.validation])
    for first in range(20):
        assert len(set(dealt.ensemble[rows // 3 == first])) <= 1


def test_what_cannot_be_is_refused():
    with pytest.raises(RecipeError, match="folds and ensemble_folds"):
        shoal.search(**options(folds=2))
    with pytest.raises(RecipeError, match=r"ensemble_folds is a whole number.*at least 2"):
        shoal.search(**options(ensemble_folds=1))
    with pytest.raises(RecipeError, match=r"at most 1000; received 1500"):
        shoal.search(**options(ensemble_seeds=250))
    hinge = adamw(loss=losses.MulticlassHinge())
    with pytest.raises(RecipeError, match="averages probabilities"):
        shoal.search(**options(recipe=hinge))
