"""A search scores ensembles of its trials beside the winner: chosen on validation, tested once."""

import numpy as np
import pytest
from small_problems import adamw, bars, blobs, filters, perceptrons
from test_interrupt import interrupted

import shoal
from shoal import Dense, Int, Model, Sequential, Study, losses, tanh
from shoal.engine import Objective
from shoal.errors import ModelError, StudyError
from shoal.models.ensemble import load_model
from shoal.store import TrialRecord
from shoal.tuning.test_results import fold_bias


@pytest.fixture(scope="module")
def study():
    return shoal.search(
        perceptrons(), adamw(), blobs(), trials=7, lanes=7, confirm_seeds=0,
        sampler=shoal.samplers.Random(),
    )  # fmt: skip


def test_both_are_told_with_members_and_metrics_of_each_split(study):
    parts = {
        "validation": blobs().rows(study.split().validation),
        "test": blobs().rows(study.split().test),
    }
    ranking = sorted(study.trials, key=lambda t: (t.objective, t.metrics["loss"]))
    best = study.ensembles["best"]
    assert [m["trial"] for m in best["members"]] == [t.id for t in ranking[:5]]
    both = {"best": study.ensemble(5), "greedy": study.best_ensemble}
    for name, ensemble in both.items():
        for split, data in parts.items():
            assert study.ensembles[name][split] == pytest.approx(ensemble.evaluate(data))
        assert ensemble.info["test"] == study.ensembles[name]["test"]


def test_the_search_chooses_what_is_chosen_again_from_the_data(study):
    again = study.greedy_ensemble(blobs())
    told = study.ensembles["greedy"]["members"]
    assert [m.info["trial"] for m in again.models] == [member["trial"] for member in told]
    assert again.shares == pytest.approx([member["share"] for member in told])


def test_an_interrupted_search_has_one_and_its_end_another(tmp_path, study):
    path = tmp_path / "s.study"
    broken = interrupted(path, lambda p: p.states.get("completed") == 4, trials=7, confirm_seeds=0)
    assert len(broken.ensembles["best"]["members"]) == 4
    broken.close()
    whole = shoal.resume(path, blobs())
    assert whole.ensembles == study.ensembles
    more = shoal.resume(path, blobs(), trials=9)
    assert more.ensembles["best"]["members"] != []


def test_a_study_that_goes_on_has_none_until_it_ends(tmp_path):
    path = tmp_path / "s.study"
    shoal.search(perceptrons(), adamw(), blobs(), trials=3, confirm_seeds=0, study=path).close()
    seen = []

    def watch(progress):
        if progress.phase == "training" and not seen:
            with_reader = Study.open(path)
            seen.append(with_reader.ensembles)
            with_reader.close()

    shoal.resume(path, blobs(), trials=5, callbacks=watch).close()
    assert seen == [{}]


def test_with_folds_the_best_are_scored_on_the_test_split_alone():
    study = shoal.search(
        perceptrons(), adamw(epochs=2), blobs(), trials=3, folds=2, confirm_seeds=0
    )
    assert list(study.ensembles) == ["best"]
    assert "validation" not in study.ensembles["best"]
    test = blobs().rows(study.split().test)
    assert study.ensembles["best"]["test"] == pytest.approx(study.best_ensemble.evaluate(test))
    assert study.winner["optimism"]["folds"]["accuracy"] >= 0


def test_there_is_none_of_one_trial_or_without_probabilities():
    alone = shoal.search(perceptrons(), adamw(epochs=1), blobs(), trials=1, confirm_seeds=0)
    family = Sequential(Dense(Int(3, 6)), tanh, Dense(3))
    scores = shoal.search(
        family, adamw(epochs=1, loss=losses.SquaredError()), blobs(), trials=2, confirm_seeds=0
    )
    for study in (alone, scores):
        assert study.ensembles == {}
        with pytest.raises(StudyError, match="makes an ensemble of two or more trials"):
            study.best_ensemble
    with pytest.raises(ModelError, match="probabilities come from cross entropy"):
        scores.greedy_ensemble(blobs())


@pytest.fixture
def many(monkeypatch):
    """Few pictures are many: enough to be without folds."""
    monkeypatch.setattr("shoal.tuning.final_training.FEW_ROWS", 10)


def pictures(**changes):
    return shoal.search(
        filters(), adamw(epochs=2), bars(), trials=4, lanes=4, sampler=shoal.samplers.Random(),
        progress=False, **changes,
    )  # fmt: skip


def test_of_many_pictures_the_kept_trials_together_are_handed_over(many, tmp_path, monkeypatch):
    path = tmp_path / "s.study"
    study = pictures(study=path)
    assert study.header.plan["together"] is True
    assert study.header.plan["confirm_seeds"] == study.header.plan["ensemble"]["folds"] == 0
    assert study.product == "greedy"
    assert {t.role for t in study.file.trials()} == {"search"}  # nothing is trained again
    found, told = study.model(), study.ensembles["greedy"]
    test = bars().rows(study.split().test)
    shares = [member["share"] for member in told["members"]]
    each = [study.model(member["trial"]) for member in told["members"]]
    mean = np.tensordot(shares, [model.predict_proba(test.x) for model in each], 1)
    np.testing.assert_allclose(found.predict_proba(test.x), mean, rtol=1e-6, atol=1e-7)
    assert found.info["test"] == told["test"] == pytest.approx(found.evaluate(test))
    assert isinstance(study.model(single=True), Model)
    count = len(told["members"])
    assert f"Ensemble of {count} networks (chosen on validation): accuracy" in repr(study)
    found.save(tmp_path / "m.safetensors")
    again = load_model(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(again.predict_proba(test.x), found.predict_proba(test.x))
    study.report(tmp_path / "r.html")
    assert "test accuracy, ensemble" in (tmp_path / "r.html").read_text()
    study.close()
    with pytest.raises(StudyError, match="confirm_seeds that it began with"):
        pictures(study=path, resume=True, confirm_seeds=2)
    monkeypatch.setattr("shoal.tuning.run_search.not_worse", lambda *_: False)
    more = shoal.resume(path, bars(), trials=5)
    assert more.header.plan["together"] is True
    assert more.product == "single"  # alone it would be better on the validation rows
    assert isinstance(more.model(), Model)
    more.close()


@pytest.mark.parametrize(
    "changes", [{"confirm_seeds": 0}, {"folds": 2}, {"ensemble_folds": 0, "confirm_seeds": 0}]
)
def test_who_asks_for_something_else_gets_the_winner_alone(many, changes):
    study = pictures(**changes)
    assert "together" not in study.header.plan
    assert study.product == "single"
    assert isinstance(study.model(), Model)
    study.close()


def test_the_bias_of_choosing_by_folds_is_that_of_the_paper():
    r"""By hand: mean over folds of e_k(best on the mean) - e_k(best on the fold)."""
    errors = np.array([[0.1, 0.3, 0.2], [0.2, 0.1, 0.4], [0.5, 0.2, 0.1]])
    records = [
        TrialRecord(
            id=i, state="completed", hyperparams={}, point={}, seed=0, objective=float(row.mean()),
            members=[{"seed": 0, "fold": k, "metrics": {"accuracy": 1 - e}}
                     for k, e in enumerate(row)],
        )
        for i, row in enumerate(errors)
    ]  # fmt: skip
    failed = TrialRecord(id=9, state="diverged", hyperparams={}, point={}, seed=0)
    # The first is best on the mean (0.2); the folds' own best are 0.1, 0.1 and 0.1.
    found = fold_bias([*records, failed], 0, Objective.of("classification"))
    assert found == pytest.approx((0.0 + 0.2 + 0.1) / 3)
