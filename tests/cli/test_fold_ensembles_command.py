"""Ensembles of networks on folds, and the limit of time, in the command."""

import csv
import json

import numpy as np
import pytest

import shoal as library

FOLDS = ("--ensemble-folds", 2, "--ensemble-size", 2)


@pytest.fixture(scope="module")
def found(files, tmp_path_factory):
    """What a search with such an ensemble prints, its study and its model."""
    from typer.testing import CliRunner

    from shoal.cli.main import app

    study = tmp_path_factory.mktemp("folds") / "f.study"
    model = study.with_suffix(".safetensors")
    arguments = ["search", files.table, "--network", files.family, "--trials", 2, *FOLDS,
                 "--study", study, "--out", model, "--json"]  # fmt: skip
    result = CliRunner().invoke(app, [str(arg) for arg in arguments])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    return told, study


def rows_of(path):
    with open(path, newline="") as file:
        return [{k: v for k, v in row.items() if k != "prediction"} for row in csv.DictReader(file)]


def numbers(rows):
    return np.array([[float(value) for value in row.values()] for row in rows])


def test_the_ensemble_is_what_a_search_on_a_table_hands_over(files, found, shoal, answer):
    told, study = found
    assert told["product"] == "folds"
    ensemble = told["ensembles"]["folds"]
    assert ensemble["of"]["folds"] == 2
    assert len(ensemble["members"]) == 2 * ensemble["of"]["configurations"]
    assert set(ensemble) == {"members", "of", "validation", "out_of_fold", "test"}
    assert told["best"]["cross_validated"]["folds"] == 2
    shown = " ".join(shoal("show", study).output.split())
    networks = f"{len(ensemble['members'])} networks ({ensemble['of']['configurations']} conf"
    assert f"Ensemble of {networks}" in shown
    assert "on test, single network" in shown
    assert "out-of-fold" in shown
    data = answer("show", study)
    assert (data["product"], data["ensembles"]) == ("folds", told["ensembles"])
    scored = answer("evaluate", study, files.table)
    assert scored["accuracy"] == pytest.approx(ensemble["test"]["accuracy"])
    alone = answer("evaluate", study, files.table, "--single")
    assert alone["log_loss"] == pytest.approx(told["best"]["test"]["log_loss"], rel=1e-4)


def test_a_study_predicts_as_its_ensemble_or_as_the_winner_alone(files, found, answer, tmp_path):
    _, study = found
    data = library.data.load(files.table)
    opened = library.Study.open(study)
    for options, model in (((), opened.best_ensemble), (("--single",), opened.best_model)):
        out = tmp_path / f"{len(options)}.csv"
        answer("predict", study, files.table, "--out", out, *options)
        assert numbers(rows_of(out)) == pytest.approx(model.predict_proba(data), abs=1e-6)
    opened.close()


def test_single_saves_the_winner_alone_and_is_of_studies(files, found, answer, refused, tmp_path):
    _, study = found
    answer("resume", study, "--out", tmp_path / "one.safetensors", "--single")
    assert isinstance(library.Model.load(tmp_path / "one.safetensors"), library.Model)
    answer("resume", study, "--out", tmp_path / "all.safetensors")
    assert isinstance(library.Ensemble.load(tmp_path / "all.safetensors"), library.Ensemble)
    message = refused("evaluate", tmp_path / "one.safetensors", files.table, "--single")
    assert "winner can be had alone" in message


def test_the_report_tells_which_it_is(found, shoal, tmp_path):
    _, study = found
    assert shoal("report", study, "--out", tmp_path / "r.html").exit_code == 0
    page = (tmp_path / "r.html").read_text()
    assert "Ensemble of " in page
    assert "the winner alone, one network" in page
    assert "trained again on folds" in page


def test_one_network_is_trained_on_folds(files, shoal, answer, tmp_path):
    arguments = ("train", files.prices, "--epochs", 2, "--ensemble-folds", 2)
    told = answer(*arguments, "--out", tmp_path / "m.safetensors")
    assert set(told["out_of_fold"]) >= {"rmse", "r2"}
    together = library.Ensemble.load(tmp_path / "m.safetensors")
    assert len(together.models) == 2
    assert together.info["test"] == pytest.approx(told["test"])
    shown = " ".join(shoal(*arguments).output.split())
    assert "Ensemble of 2 networks (1 configuration × 2 folds): rmse" in shown


def test_a_limit_of_time_is_kept_and_read(files, answer, shoal, tmp_path):
    """A second leaves no time: one network, as it is after its first epochs."""
    told = answer("search", files.data, "--network", files.family, "--time", "1s",
                  "--epochs", 100_000, "--patience", 0, "--study", "t.study")  # fmt: skip
    assert told["trials"]["stopped"] == 1
    assert told["best"]["test"]["accuracy"] >= 0
    assert (tmp_path / told["model"]).exists()
    study = library.Study.open(tmp_path / "t.study")
    assert study.header.plan["time_limit"] == 1
    study.close()
    wrong = shoal("search", files.data, "--time", "soon")
    assert wrong.exit_code == 2
    assert "90s, 10m or 1h30m" in " ".join(wrong.output.split())
