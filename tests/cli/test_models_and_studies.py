"""`evaluate`, `predict`, `report` and `show`, and what they are given by mistake."""

import csv
import json
import os

import numpy as np
import pytest

import shoal as library


def loaded(path):
    with np.load(path) as archive:
        return dict(archive)


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def trees(files):
    """A model of the table of trees."""
    return _trained(files, files.table, "trees")


@pytest.fixture(scope="session")
def prices(files):
    """A model of the table of prices."""
    return _trained(files, files.prices, "prices")


def _trained(files, data, name):
    from typer.testing import CliRunner

    from shoal.cli.main import app

    out = files.folder / f"{name}.safetensors"
    result = CliRunner().invoke(app, ["train", str(data), "--epochs", "8", "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


# --- evaluate


def metrics_of(found):
    """The metrics of all rows, without those of each class."""
    return {name: v for name, v in found.items() if isinstance(v, float | None)}


def test_evaluate_gives_the_metrics_and_those_of_each_class(files, answer, shoal):
    told = answer("evaluate", files.model, files.data, "--rows", "all")
    found = metrics_of(told)
    assert set(told) - set(found) == {"by_class", "class_mean"}
    arrays, model = loaded(files.data), library.Model.load(files.model)
    assert {"accuracy", "loss"} < set(found) == set(model.evaluate(arrays["x"], arrays["y"]))
    right = model.predict(arrays["x"]) == arrays["y"]
    assert found["accuracy"] == pytest.approx(right.mean())
    assert told["class_mean"]["f1"] == pytest.approx(found["f1"])
    assert told["class_mean"]["recall"] == pytest.approx(found["balanced_accuracy"])
    for label in range(3):
        mine = arrays["y"] == label
        assert told["by_class"]["recall"][str(label)] == pytest.approx(right[mine].mean())
        said = model.predict(arrays["x"]) == label
        assert told["by_class"]["precision"][str(label)] == pytest.approx(
            (mine & said).sum() / said.sum() if said.any() else None
        )
    shown = shoal("evaluate", files.model, files.data, "--rows", "all").stdout
    assert "precision" in shown
    assert "mean" in shown


def test_evaluate_scores_only_rows_that_the_model_has_never_seen(files, answer, shoal, tmp_path):
    renamed = tmp_path / "renamed.npz"
    renamed.write_bytes(files.data.read_bytes())
    told = json.loads((files.folder / "search.json").read_text())
    for data in (files.data, renamed):
        found = answer("evaluate", files.model, data)
        assert metrics_of(found) == pytest.approx(told["best"]["test"])
        result = shoal("evaluate", files.model, data)
        assert "its 24 test rows, which it has never seen" in result.stderr


def test_evaluate_says_when_training_rows_are_scored(files, shoal):
    result = shoal("evaluate", files.model, files.data, "--rows", "all", "--quiet")
    assert "the model was trained on part of these rows" in result.stderr
    assert "accuracy" in result.stdout


def test_evaluate_warns_of_changed_data_of_the_same_name(files, shoal):
    arrays, before = loaded(files.data), files.data.read_bytes()
    try:
        np.savez(files.data, x=arrays["x"][:50], y=arrays["y"][:50])
        result = shoal("evaluate", files.model, files.data)
    finally:
        files.data.write_bytes(before)
    assert "these rows may be among them" in result.stderr


def write_idx(folder, role, images, labels):
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
        (folder / f"{role}-{kind}-ubyte").write_bytes(head + array.astype(np.uint8).tobytes())


@pytest.mark.parametrize("trained_on", ["these", "others"])
def test_evaluate_scores_the_test_rows_that_data_come_with(trained_on, answer, shoal, tmp_path):
    rng, y = np.random.default_rng(3), np.arange(60) % 2
    images = rng.integers(0, 200, (60, 4, 4)) + 55 * y[:, None, None]
    write_idx(tmp_path, "train", images[:50], y[:50])
    write_idx(tmp_path, "t10k", images[50:], y[50:])
    source = "."
    if trained_on == "others":
        np.savez(tmp_path / "others.npz", x=images[:40].astype(np.uint8), y=y[:40])
        source = "others.npz"
    answer("train", source, "--epochs", "1", "--out", "m.safetensors")
    model = library.Model.load(tmp_path / "m.safetensors")
    expected = model.evaluate(images[50:].astype(np.uint8), y[50:])
    assert metrics_of(answer("evaluate", "m.safetensors", ".")) == pytest.approx(expected)
    told = shoal("evaluate", "m.safetensors", ".").stderr
    assert ("never seen" in told) == (trained_on == "these")
    assert "10 " in told


def test_evaluate_takes_the_targets_name_from_the_model(files, trees, answer, tmp_path):
    lines = files.table.read_text().splitlines()
    moved = [",".join(reversed(line.split(","))) for line in lines]
    (tmp_path / "moved.csv").write_text("\n".join(moved) + "\n")
    assert answer("evaluate", trees, "moved.csv") == answer("evaluate", trees, files.table)


def test_metric_that_is_no_number_is_null(files, prices, answer, tmp_path):
    (tmp_path / "one.csv").write_text("size,age,price\n1,2,3\n")
    found = answer("evaluate", prices, "one.csv")
    assert found["r2"] is None
    assert found["rmse"] >= 0


def test_unknown_class(trees, refused, tmp_path):
    (tmp_path / "new.csv").write_text("height,girth,species\n1,2,elm\n1,2,ash\n")
    assert "every target is a class of the model" in refused("evaluate", trees, "new.csv")


def test_data_that_do_not_fit_the_model(files, trees, refused, tmp_path):
    (tmp_path / "other.csv").write_text("height,species\n1,ash\n2,birch\n")
    assert "girth" in refused("evaluate", trees, "other.csv")
    np.savez(tmp_path / "wide.npz", x=np.zeros((4, 9)), y=np.arange(4) % 3)
    assert "shape" in refused("evaluate", files.model, "wide.npz")
    assert "expected a table; received images" in refused("evaluate", files.model, "digits")


# --- predict


def test_predict_classes_with_probabilities(files, trees, answer, tmp_path):
    found = answer("predict", trees, files.table, "--out", "p.csv")
    assert found == {"rows": 120, "out": "p.csv"}
    rows = rows_of(tmp_path / "p.csv")
    assert list(rows[0]) == ["prediction", "p_ash", "p_birch", "p_cedar"]
    assert len(rows) == 120
    for row in rows:
        shares = {name: float(row[f"p_{name}"]) for name in ("ash", "birch", "cedar")}
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert row["prediction"] == max(shares, key=shares.get)


def test_predict_needs_no_answers(files, trees, answer, tmp_path):
    lines = files.table.read_text().splitlines()
    (tmp_path / "new.csv").write_text("\n".join(line.rsplit(",", 1)[0] for line in lines) + "\n")
    answer("predict", trees, "new.csv", "--out", "p.csv")
    answer("predict", trees, files.table, "--out", "q.csv")
    assert (tmp_path / "p.csv").read_bytes() == (tmp_path / "q.csv").read_bytes()


def test_predict_numbers_in_their_units(files, prices, answer, tmp_path):
    answer("predict", prices, files.prices, "--out", "p.csv")
    found = [float(row["prediction"]) for row in rows_of(tmp_path / "p.csv")]
    expected = library.Model.load(prices).predict(library.data.load(files.prices, target="price"))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_predict_replaces_its_output_if_asked_but_never_its_input(
    files, trees, shoal, refused, tmp_path
):
    (tmp_path / "p.csv").write_text("old")
    assert "--force" in refused("predict", trees, files.table, "--out", "p.csv")
    assert (tmp_path / "p.csv").read_text() == "old"
    assert shoal("predict", trees, files.table, "--out", "p.csv", "--force").exit_code == 0
    assert len(rows_of(tmp_path / "p.csv")) == 120
    before = files.table.read_bytes()
    message = refused("predict", trees, files.table, "--out", files.table)
    assert "DATA and --out name the same file" in message
    assert files.table.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["p.csv"]


def test_predict_into_a_folder_that_is_not_there(files, trees, refused):
    message = refused("predict", trees, files.table, "--out", "nowhere/p.csv")
    assert "--out names a file in a folder that exists" in message


def test_output_that_cannot_be_written(files, trees, refused):
    folder = "/proc"
    if not os.path.isdir(folder):
        pytest.skip("no folder here that nobody can write")
    message = refused("predict", trees, files.table, "--out", f"{folder}/p.csv")
    assert "--out names a file in a folder that can be written" in message


# --- one file for another


def test_a_model_where_a_study_is_expected(files, refused):
    message = refused("report", files.model, "--out", "r.html")
    assert "a study is expected here; received a model" in message


def test_of_a_study_its_model_is_scored(files, answer):
    found = answer("evaluate", files.study, files.data)
    assert found == answer("evaluate", files.model, files.data)


def test_neither(files, refused, tmp_path):
    (tmp_path / "text").write_text("a text that is longer than sixteen bytes")
    assert "not a shoal study" in refused("report", "text", "--out", "r.html")
    assert "not a readable model file" in refused("evaluate", "text", files.data)
    assert "a study, a model or a network is shown" in refused("show", "text")
    assert "received a folder" in refused("show", tmp_path)


def test_no_such_files(files, refused):
    assert "no such study file" in refused("report", "none.study", "--out", "r.html")
    assert "no such model file" in refused("evaluate", "none.safetensors", files.data)
    assert "none: no such file" in refused("show", "none")


def test_damaged_model(files, refused, tmp_path):
    (tmp_path / "cut.safetensors").write_bytes(files.model.read_bytes()[:-20])
    assert "cut.safetensors: not a readable model file" in refused("show", "cut.safetensors")


# --- report


def test_report_is_one_page(files, answer, tmp_path):
    assert answer("report", files.study, "--out", "r.html") == {"report": "r.html"}
    assert "</html>" in (tmp_path / "r.html").read_text()


def test_report_never_replaces_its_study(files, refused):
    before = files.study.read_bytes()
    message = refused("report", files.study, "--out", files.study)
    assert "STUDY and --out name the same file" in message
    assert files.study.read_bytes() == before


# --- export


def test_export_writes_the_trials(files, answer, tmp_path):
    assert answer("export", files.study, "--out", "t.csv") == {"trials": 4, "table": "t.csv"}
    rows = rows_of(tmp_path / "t.csv")
    assert [row["trial"] for row in rows] == ["0", "1", "2", "3"]
    assert {row["state"] for row in rows} == {"completed"}
    assert all(2 <= int(row["hyperparams.dense_1.units"]) <= 6 for row in rows)


def test_export_says_what_it_can_write(files, refused):
    message = refused("export", files.study, "--out", "t.txt")
    assert "ends in .csv or .parquet; received t.txt" in message
    before = files.study.read_bytes()
    assert "name the same file" in refused("export", files.study, "--out", files.study)
    assert files.study.read_bytes() == before


@pytest.mark.parametrize("source", ["model", "study"])
def test_export_writes_a_model_as_onnx(source, files, answer, tmp_path):
    onnx = pytest.importorskip("onnx")
    told = answer("export", getattr(files, source), "--out", "m.onnx", "--opset", "19")
    assert told == {"model": "m.onnx"}
    model = onnx.load(str(tmp_path / "m.onnx"))
    assert model.opset_import[0].version == 19
    assert [output.name for output in model.graph.output] == ["label", "probabilities"]


def test_export_of_a_model_says_what_it_can_write(files, refused, tmp_path):
    assert "name ends in .onnx; received m.csv" in refused("export", files.model, "--out", "m.csv")
    for more in (["--single"], ["--opset", "18"]):
        told = refused("export", files.study, "--out", "t.csv", *more)
        assert f"{more[0]} is for a model as ONNX" in told
    (tmp_path / "m.onnx").write_text("mine")
    assert "is not overwritten" in refused("export", files.model, "--out", "m.onnx")


# --- show


def test_show_study(files, answer, shoal):
    found = answer("show", files.study)
    told = json.loads((files.folder / "search.json").read_text())
    assert found["asked"] == 4
    assert list(found["trials"]) == [
        "waiting",
        "running",
        "completed",
        "stopped",
        "diverged",
        "failed",
    ]
    assert {state: found["trials"][state] for state in told["trials"]} == told["trials"]
    assert found["best"] == told["best"]
    text = shoal("show", files.study).stdout
    for word in ("best epoch", "parameters", "dense_1.units", "fresh seeds", "seed 0"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 80


def test_show_model(files, answer, shoal):
    found = answer("show", files.model)
    assert (found["task"], found["classes"]) == ("classification", [0, 1, 2])
    assert found["parameters"] == library.Model.load(files.model).network.parameter_count()
    text = shoal("show", files.model).stdout
    for word in ("dense_1", "parameters", "validation", "accuracy"):
        assert word in text


def test_show_network(files, answer, shoal):
    found = answer("show", files.family)
    assert [row["kind"] for row in found["layers"]] == ["input", "dense", "relu", "dense"]
    assert found["parameters"] is None
    assert found["hyperparams"]["dense_1.units"] == "2 … 6"
    text = shoal("show", files.family).stdout
    assert "Dense(2…6)" in text
    assert "optimizer.learning_rate" in text


def test_show_network_counts_parameters_where_the_input_is_known(answer, tmp_path):
    (tmp_path / "n.toml").write_text(
        'input_shape = [5]\nlayers = [{ kind = "dense", units = 3 }]\n'
    )
    assert answer("show", "n.toml")["parameters"] == 5 * 3 + 3
