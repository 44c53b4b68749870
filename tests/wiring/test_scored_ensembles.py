"""A search scores ensembles of its trials beside the winner: chosen on validation, tested once."""

import numpy as np
import pytest
from small_problems import adamw, blobs, perceptrons
from test_interrupt import interrupted

import shoal
from shoal import Dense, Int, Sequential, Study, losses, tanh
from shoal.errors import ModelError, StudyError
from shoal.store import TrialRecord
from shoal.training import Objective
from shoal.wiring.optimism import fold_bias


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

    shoal.resume(path, blobs(), trials=5, watch=watch).close()
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
