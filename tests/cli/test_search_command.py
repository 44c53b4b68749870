import json
import sqlite3
from dataclasses import asdict

import numpy as np
import pytest
from safetensors import safe_open

import shoal as library
from shoal.samplers import TPE


def loaded(path):
    with np.load(path) as archive:
        return dict(archive)


def told_by(path):
    with sqlite3.connect(path) as db:
        return list(db.iterdump())


def test_json_has_every_key_that_is_promised(files):
    found = json.loads((files.folder / "search.json").read_text())
    assert set(found["trials"]) == {"completed", "stopped", "diverged", "failed"}
    assert sum(found["trials"].values()) == 4
    assert set(found["seconds"]) == {"compile", "train", "total"}
    assert 1 <= found["lanes"] <= 4
    assert found["compilations"] >= 1
    assert 0 < found["occupancy"] <= 1
    best = found["best"]
    assert set(best["hyperparams"]) == {"dense_1.units", "optimizer.learning_rate"}
    assert set(best["validation"]) == set(best["test"]) >= {"accuracy", "loss"}
    assert set(best["confirmed"]) == {"accuracy", "loss", "seeds"}
    assert set(best["confirmed"]["accuracy"]) == {"mean", "std"}
    assert (found["model"], found["study"]) == (str(files.model), str(files.study))


def test_the_saved_model_is_the_winner(files):
    best = json.loads((files.folder / "search.json").read_text())["best"]
    with safe_open(files.model, "np") as tensors:
        width = tensors.get_tensor("dense_1.weight").shape[1]
    assert width == best["hyperparams"]["dense_1.units"]
    rows = library.Study.open(files.study).split().test
    arrays = loaded(files.data)
    scored = library.Model.load(files.model).predict(arrays["x"][rows])
    assert np.mean(scored == arrays["y"][rows]) == pytest.approx(best["test"]["accuracy"])


def test_the_study_is_one_database_that_others_can_read(files):
    with sqlite3.connect(files.study) as db:
        (count,) = db.execute("SELECT count(*) FROM trial WHERE role = 'search'").fetchone()
    assert count == 4


def test_same_seed_gives_the_same_winner(files, answer):
    arguments = ("search", files.data, "--network", files.family, "--trials", 4, "--confirm", 5)
    again = answer(*arguments)["best"]
    assert again == json.loads((files.folder / "search.json").read_text())["best"]
    other = answer(*arguments, "--seed", 1)["best"]
    assert other["hyperparams"] != again["hyperparams"]


def test_default_names_are_new_and_are_told(files, shoal, tmp_path):
    (tmp_path / "blobs-1.safetensors").write_bytes(b"not mine")
    result = shoal("search", files.data, "--network", files.family, "--trials", 2)
    assert result.exit_code == 0
    assert (tmp_path / "blobs-1.safetensors").read_bytes() == b"not mine"
    assert (tmp_path / "blobs-2.study").is_file()
    assert (tmp_path / "blobs-2.safetensors").is_file()
    assert "blobs-2.study" in result.stdout
    assert "shoal report blobs-2.study" in result.stdout


def test_result_for_a_reader(files, shoal):
    result = shoal("search", files.data, "--network", files.family, "--trials", 2,
                   "--confirm", 5)  # fmt: skip
    for word in ("dense_1.units", "optimizer.learning_rate", "validation", "5 fresh seeds",
                 "test", "accuracy", "±", "2 completed"):  # fmt: skip
        assert word in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "training" in result.stderr
    assert "120" in result.stderr  # the data are described


def test_quiet_leaves_only_the_result(files, shoal):
    result = shoal("search", files.data, "--network", files.family, "--trials", 2, "--quiet")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "accuracy" in result.stdout


def test_options_reach_the_search(files, shoal, tmp_path):
    shoal(
        "search", files.data, "--network", files.family, "--trials", 3, "--lanes", 2, "--epochs", 4,
        "--batch-size", 16, "--patience", 1, "--objective", "loss", "--seed", 5,
        "--study", "mine.study",
    )  # fmt: skip
    study = library.Study.open(tmp_path / "mine.study")
    assert (study.header.trials, study.header.seed) == (3, 5)
    assert study.header.objective == {"metric": "loss", "direction": "minimize"}
    assert study.header.recipe["epochs"] == 4
    assert study.header.recipe["batch_size"] == 16
    assert study.header.recipe["early_stopping"]["patience"] == 1
    assert study.cost["lanes"] == 2
    study.close()


def test_patience_zero_never_stops_early(files, shoal, tmp_path):
    shoal("search", files.data, "--network", files.family, "--trials", 2, "--patience", 0)
    study = library.Study.open(tmp_path / "blobs-1.study")
    assert study.header.recipe["early_stopping"] is None
    study.close()


def test_default_family_of_a_table(files, answer):
    found = answer("search", files.table, "--trials", 2, "--epochs", 2)
    assert "dense_1.units" in found["best"]["hyperparams"]
    assert "optimizer.weight_decay" in found["best"]["hyperparams"]


def test_one_trial_needs_no_confirmation(files, answer):
    found = answer("search", files.data, "--network", files.family, "--trials", 1)
    assert found["best"]["confirmed"] is None


def test_confirmation_can_be_shortened_and_switched_off_and_stays_so(files, answer, shoal):
    arguments = ["search", files.data, "--network", files.family, "--trials", 2]
    found = answer(*arguments, "--confirm", 0, "--study", "none.study")
    assert found["best"]["confirmed"] is found["best"]["confirmed_test"] is None
    assert found["best"]["test"] is not None
    assert found["test_scored"] == [2]
    more = answer("resume", "none.study", "--trials", 3)
    assert more["best"]["confirmed"] is None
    assert more["test_scored"] == [2, 3]
    assert "scored 2 times, after 2 and 3 trials" in shoal("show", "none.study").stdout
    few = answer(*arguments, "--confirm", 1)["best"]
    assert few["confirmed"]["seeds"] == few["confirmed_test"]["seeds"] == 1
    assert few["confirmed"]["loss"] != few["confirmed_test"]["loss"]


def test_every_column_of_metrics_says_its_split(files, shoal):
    """Validation and test, each of the winner itself and over fresh seeds."""
    shown = shoal("show", files.study).stdout
    lines = [line.split() for line in shown.splitlines()]
    at = lines.index(["validation,", "test,"])
    assert lines[at + 1] == ["metric", "validation", "5", "fresh", "seeds", "test", "5", "fresh",
                             "seeds"]  # fmt: skip


def test_a_network_without_ranges_is_trained_once_and_that_is_told(files, answer, shoal, tmp_path):
    fixed = files.network.read_text() + 'optimizer = { kind = "sgd", learning_rate = 0.05 }\n'
    (tmp_path / "fixed.toml").write_text(fixed)
    arguments = ["search", files.data, "--network", "fixed.toml", "--trials", 4]
    found = answer(*arguments, "--confirm", 2)
    assert found["trials"]["completed"] == 1
    assert found["best"]["confirmed_test"]["seeds"] == 2
    told = shoal(*arguments, "--confirm", 0)
    assert told.exit_code == 0
    assert "Nothing is left open to search" in told.stderr
    assert "The network has no ranges, and was trained once." in told.stderr


def test_report_is_written_too(files, answer, tmp_path):
    found = answer(
        "search", files.data, "--network", files.family, "--trials", 2, "--report", "r.html"
    )
    assert found["report"] == "r.html"
    assert "<html" in (tmp_path / "r.html").read_text()


def test_study_that_is_there_is_refused_before_any_training(files, refused, tmp_path):
    (tmp_path / "old.study").write_text("old")
    message = refused("search", files.data, "--study", "old.study")
    assert "old.study: a file that is there is not overwritten" in message
    assert (tmp_path / "old.study").read_text() == "old"


def test_force_replaces_a_study(files, answer, tmp_path):
    arguments = ("search", files.data, "--network", files.family, "--trials", 2,
                 "--study", "s.study", "--out", "m.safetensors", "--force")  # fmt: skip
    answer(*arguments)
    answer(*arguments, "--seed", 3)
    study = library.Study.open(tmp_path / "s.study")
    assert study.header.seed == 3
    study.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.safetensors", "s.study"]


def test_force_does_not_replace_what_is_no_study(files, refused, tmp_path):
    (tmp_path / "notes.txt").write_text("mine, and longer than a header of a database")
    message = refused("search", files.data, "--study", "notes.txt", "--force")
    assert "not a shoal study" in message
    assert (tmp_path / "notes.txt").read_text().startswith("mine")


def test_old_study_comes_back_when_the_new_search_never_began(files, shoal, refused, tmp_path):
    shoal("search", files.data, "--network", files.family, "--trials", 2, "--study", "s.study")
    before = told_by(tmp_path / "s.study")
    (tmp_path / "wrong.toml").write_text('layers = [{ kind = "dense", units = 9 }]')
    message = refused(
        "search", files.data, "--network", "wrong.toml", "--study", "s.study", "--force"
    )
    assert "one output for each class" in message
    assert told_by(tmp_path / "s.study") == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_search_that_never_began_leaves_no_files(files, refused, tmp_path):
    message = refused("search", files.data, "--objective", "iou")
    assert "a metric of classification; expected accuracy, " in message
    assert "received iou" in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sampler",
    ["random", "grid", "sobol", "swarm", "genetic", "tpe", "halving", "bohb", "pbt", "optuna-tpe"],
)
def test_points_come_from_the_sampler_that_was_asked_for(files, answer, tmp_path, sampler):
    if sampler.startswith("optuna"):
        pytest.importorskip("optuna")
    found = answer(
        "search", files.data, "--network", files.family, "--trials", 6, "--sampler", sampler,
        "--study", "s.study", "--report", "r.html",
    )  # fmt: skip
    assert sum(found["trials"].values()) == 6
    study = library.Study.open(tmp_path / "s.study")
    told = study.header.plan["sampler"]
    assert told["kind"] == {"bohb": "halving"}.get(sampler, sampler.partition("-")[0])
    within = {"bohb": {"kind": "tpe", **asdict(TPE())}, "halving": {"kind": "random"}}
    assert told.get("sampler") == within.get(sampler)
    points = [trial.point for trial in study.trials]
    study.close()
    assert len({json.dumps(point) for point in points}) == 6
    assert len({json.dumps(point["dense_1.units"]) for point in points}) > 1


def test_a_sampler_that_there_is_not(files, shoal):
    result = shoal("search", files.data, "--sampler", "guess")
    assert result.exit_code == 2
    told = " ".join(result.stderr.replace("│", " ").split())
    assert "'guess' is none of genetic, grid, halving, bohb, optuna-tpe, optuna-cma-es, " in told
    assert "pbt, random, sobol, swarm, tpe" in told


def test_a_sampler_of_a_package_that_is_not_installed(files, refused, monkeypatch, tmp_path):
    monkeypatch.setattr("shoal.samplers.optuna_sampler.find_spec", lambda name: None)
    message = refused("search", files.data, "--sampler", "optuna-cma-es")
    assert "need the package optuna; received it is not installed" in message
    assert "pip install 'shoal[optuna]'" in message
    assert list(tmp_path.iterdir()) == []


def test_fewer_points_than_trials_are_told(files, shoal, tmp_path):
    (tmp_path / "few.toml").write_text(
        "layers = [{ kind = 'dense', units = { range = 'int', low = 2, high = 4 } }, 'relu', "
        "{ kind = 'dense', units = 3 }]\n[recipe]\nepochs = 1\n"
        "optimizer = { kind = 'sgd', learning_rate = 0.1 }"
    )
    result = shoal("search", files.data, "--network", "few.toml", "--trials", 5)
    assert result.exit_code == 0
    assert "no more points than the 3 that were tried" in result.stderr


@pytest.mark.parametrize("lanes", ["0", "-1", "many", "1.5"])
def test_lanes_are_a_number_or_auto(files, shoal, lanes):
    result = shoal("search", files.data, f"--lanes={lanes}")
    assert result.exit_code == 2
    assert "neither auto nor a number of networks" in " ".join(result.stderr.split())


def test_two_options_never_name_one_file(files, refused):
    message = refused("search", files.data, "--study", "a.x", "--out", "./a.x")
    assert "--study and --out name the same file" in message


def test_output_folder_must_exist(files, refused):
    for option in ("--study", "--out", "--report"):
        message = refused("search", files.data, option, "nowhere/x")
        assert f"{option} names a file in a folder that exists" in message
        assert "mkdir -p nowhere" in message
    assert "received a folder" in refused("search", files.data, "--out", ".")


def test_search_where_every_trial_diverges_says_so_and_keeps_the_study(files, refused, tmp_path):
    (tmp_path / "wild.toml").write_text(
        'layers = [{ kind = "dense", units = 3 }]\n[recipe]\nloss = "squared_error"\n'
        'optimizer = { kind = "sgd", learning_rate = { range = "float", low = 1e30, high = 1e31 } }'
    )
    message = refused("search", files.data, "--network", "wild.toml", "--trials", 2)
    assert "at least one trial whose loss is finite" in message
    assert (tmp_path / "blobs-1.study").is_file()


def test_points_by_hand_are_tried_first(files, answer, refused):
    options = ("--network", files.family, "--trials", 4, "--study", "tried.study")
    by_hand = ("--try", "units=3,learning_rate=0.1", "--try", "dense_1.units=2")
    answer("search", files.data, *options, *by_hand)
    study = library.Study.open("tried.study")
    rate = study.trials[0].point["optimizer.learning_rate"]
    units = [trial.point["dense_1.units"] for trial in study.trials]
    study.close()
    assert units[:3] == [4, 3, 2], "the defaults come before them"
    told = answer("show", files.family)
    assert told["defaults"] == {"dense_1.units": 4, "optimizer.learning_rate": rate}
    wrong = refused("search", files.data, "--network", files.family, "--try", "unit=3")
    assert "--try: there is no hyperparameter of that name; expected dense_1.units" in wrong


def test_a_search_begins_from_an_earlier_study(files, answer, refused, shoal):
    options = (files.data, "--network", files.family, "--trials", 4, "--study", "new.study")
    told = answer("search", *options, "--warm-start", files.study)
    assert [point["from"] for point in told["first"]] == ["defaults", "prior"]
    shown = answer("show", "new.study")
    assert shown["first"] == told["first"]
    assert told["first"][1]["study"] == files.study.name
    text = shoal("show", "new.study").stdout
    assert f"One set of hyperparameters from {files.study.name}: rank" in " ".join(text.split())
    assert "The default hyperparameters: rank" in text
    assert "no such study" in refused("search", *options, "--force", "--warm-start", "none.study")
    same = refused("search", *options, "--force", "--warm-start", "new.study")
    assert "name the same file" in same
    assert answer("show", "new.study")["best"] == shown["best"], "it is still there"
