"""Trials for other programs: tables, CSV, Parquet, Optuna."""

import datetime
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shoal import Study
from shoal.errors import StudyError
from shoal.store import StudyFile
from tests.report import synthetic

STATES = {"completed": "COMPLETE", "stopped": "COMPLETE", "diverged": "FAIL"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    found = Study.open(synthetic.write_study(tmp_path_factory.mktemp("s") / "a.study", trials=40))
    yield found
    found.close()


@pytest.fixture
def empty(tmp_path):
    with StudyFile.create(tmp_path / "empty.study", synthetic.HEADER):
        pass
    found = Study.open(tmp_path / "empty.study")
    yield found
    found.close()


def test_a_csv_holds_the_table(study, tmp_path):
    study.export(tmp_path / "trials.csv")
    table = pd.read_csv(tmp_path / "trials.csv")
    pd.testing.assert_frame_equal(table, study.trials_dataframe(), check_dtype=False)
    assert table["trial"].tolist() == [t.id for t in study.trials]
    bad = table["state"] == "diverged"
    assert table.loc[bad, "objective"].isna().all()
    assert 0 < bad.sum() < len(table)
    off = table["hyperparams.activation"] != "relu"
    assert (table["hyperparams.dropout_1.rate"].isna() == off).all()


def test_hyperparameters_come_before_metrics(study):
    columns = list(study.trials_dataframe())
    kinds = [name.split(".")[0] for name in columns if "." in name]
    assert kinds == sorted(kinds)


def test_a_study_without_trials_is_a_table_without_rows(empty, tmp_path):
    empty.export(tmp_path / "trials.csv")
    assert pd.read_csv(tmp_path / "trials.csv").columns[:2].tolist() == ["trial", "state"]


def test_a_parquet_file_holds_the_table(study, tmp_path):
    pytest.importorskip("pyarrow")
    study.export(tmp_path / "trials.parquet")
    table = pd.read_parquet(tmp_path / "trials.parquet")
    pd.testing.assert_frame_equal(table, study.trials_dataframe(), check_dtype=False)


def test_parquet_without_its_package(study, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(StudyError, match=r"package pyarrow.*pip install 'shoal\[parquet\]'"):
        study.export(tmp_path / "trials.parquet")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written(study, tmp_path):
    with pytest.raises(StudyError, match=r"ends in \.csv or \.parquet; received trials\.xlsx"):
        study.export(tmp_path / "trials.xlsx")
    with pytest.raises(StudyError, match="cannot write the table of trials"):
        study.export(tmp_path / "none" / "trials.csv")


def test_a_table_that_cannot_be_written_leaves_the_old_one(study, tmp_path, monkeypatch):
    path = tmp_path / "trials.csv"
    path.write_text("old")

    def full(table, path, **options):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(StudyError, match="No space left on device"):
        study.export(path)
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


def test_optuna_has_the_same_trials(study):
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    other = study.to_optuna()
    assert other.direction == optuna.study.StudyDirection.MAXIMIZE
    assert len(other.trials) == len(study.trials)
    for ours, theirs in zip(study.trials, other.trials, strict=True):
        assert theirs.params == ours.hyperparams
        assert theirs.state.name == STATES[ours.state]
        assert theirs.value == (None if ours.objective is None else ours.metrics["accuracy"])
        history = {e.epoch: e.metrics["accuracy"] for e in study.file.history(ours.id)}
        assert theirs.intermediate_values == history
        assert theirs.user_attrs["shoal:state"] == ours.state
        assert theirs.duration.total_seconds() == pytest.approx(ours.ended - ours.started, abs=1e-5)
    assert other.best_value == max(t.metrics["accuracy"] for t in study.trials if t.objective)
    first = study.trials[0]
    began = datetime.datetime.fromisoformat(study.header.created).replace(tzinfo=None)
    assert (other.trials[0].datetime_start - began).total_seconds() == pytest.approx(first.started)


def test_optuna_goes_on_with_it(study):
    optuna = pytest.importorskip("optuna")
    other = study.to_optuna()
    other.sampler = optuna.samplers.TPESampler(seed=0)
    distributions = {**other.trials[0].distributions}
    trial = other.ask(distributions)
    assert set(trial.params) == set(distributions)
    assert trial.number == len(study.trials)
    importances = optuna.importance.get_param_importances(
        other,
        params=["optimizer.learning_rate", "optimizer.weight_decay"],
        evaluator=optuna.importance.PedAnovaImportanceEvaluator(),
    )
    assert set(importances) == {"optimizer.learning_rate", "optimizer.weight_decay"}


def test_optuna_has_open_and_failed_trials_too(tmp_path):
    optuna = pytest.importorskip("optuna")
    rng = np.random.default_rng(0)
    done, _ = synthetic.learn(rng, 0, synthetic.sample(rng), started=0.5, ended=2.0)
    base = {"objective": None, "metrics": {}, "epochs": 0, "best_epoch": None}
    records = [
        done,
        replace(done, id=1, state="running", **base, ended=None),
        replace(done, id=2, state="waiting", **base, started=None, ended=None),
        replace(done, id=3, state="failed", **base, started=None, message="does not fit"),
    ]
    with StudyFile.create(tmp_path / "a.study", synthetic.HEADER) as file:
        file.add_trials(records)
    study = Study.open(tmp_path / "a.study")
    states = [t.state.name for t in study.to_optuna().trials]
    assert states[1:] == ["RUNNING", "WAITING", "FAIL"]
    assert study.to_optuna().get_trials(states=[optuna.trial.TrialState.WAITING])[0].number == 2
    study.close()


def test_values_outside_their_range_are_read_and_become_optunas(tmp_path):
    """A sampler of the user's own may propose them."""
    pytest.importorskip("optuna")
    rng = np.random.default_rng(0)
    done, _ = synthetic.learn(rng, 0, synthetic.sample(rng), started=0.5, ended=2.0)
    entry = next(
        e
        for e in synthetic.HEADER.space["hyperparameters"]
        if e["range"]["kind"] == "float" and e["name"] in done.hyperparams
    )
    name, high = entry["name"], entry["range"]["high"]
    beyond = replace(done, id=1, hyperparams={**done.hyperparams, name: 10.0 * high})
    with StudyFile.create(tmp_path / "a.study", synthetic.HEADER) as file:
        file.add_trials([done, beyond])
    with Study.open(tmp_path / "a.study").file as file:
        other = Study(file).to_optuna()
        assert [t.params[name] for t in other.trials] == [done.hyperparams[name], 10.0 * high]
        assert other.trials[0].distributions[name].high == 10.0 * high


def test_without_optuna(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(StudyError, match=r"package optuna.*pip install 'shoal\[optuna\]'"):
        study.to_optuna()
