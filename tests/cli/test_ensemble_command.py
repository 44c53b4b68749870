"""`shoal ensemble`: trials of a study as one model, which every other command takes."""

import csv
import json

import pytest


@pytest.fixture
def together(files, answer, tmp_path):
    path = tmp_path / "together.safetensors"
    answer("ensemble", files.study, "--out", path)
    return path


def test_a_search_tells_its_ensembles(files, answer, shoal):
    told = json.loads((files.folder / "search.json").read_text())["ensembles"]
    assert told == answer("show", files.study)["ensembles"]
    assert set(told) == {"best", "greedy"}
    assert set(told["best"]) == {"members", "validation", "test"}
    assert sum(member["share"] for member in told["greedy"]["members"]) == pytest.approx(1)
    shown = shoal("show", files.study).output
    assert "mean of the 4 best" in shown
    assert "Optimism of the search: accuracy" in " ".join(shown.split())


def test_what_was_scored_is_what_is_saved(files, answer, together):
    scored = answer("show", files.study)["ensembles"]["greedy"]
    shown = answer("show", together)
    assert shown["test"] == scored["test"]
    assert [m["trial"] for m in shown["members"]] == [m["trial"] for m in scored["members"]]
    assert all(member["parameters"] > 0 for member in shown["members"])


def test_the_best_alike(files, answer, tmp_path):
    told = answer("ensemble", files.study, "--best", 2, "--out", tmp_path / "two.safetensors")
    assert [member["share"] for member in told["members"]] == [0.5, 0.5]
    assert "test" not in told  # only what the search has scored has metrics
    every = answer("ensemble", files.study, "--best", 4, "--out", tmp_path / "four.safetensors")
    assert every["test"] == answer("show", files.study)["ensembles"]["best"]["test"]


def test_it_predicts_and_is_evaluated_as_a_model(files, answer, shoal, together, tmp_path):
    told = answer("evaluate", together, files.data)
    assert list(told.pop("by_class")) == ["precision", "recall", "f1"]
    metrics = {name: value for name, value in told.items() if name != "class_mean"}
    # Of the data of its search, the test rows alone: what the search itself scored.
    scored = answer("show", together)["test"]
    assert metrics == pytest.approx({name: scored[name] for name in metrics}, abs=1e-6)
    assert "loss" not in metrics
    out = tmp_path / "p.csv"
    assert answer("predict", together, files.data, "--out", out)["rows"] == 120
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert list(rows[0]) == ["prediction", "p_0", "p_1", "p_2"]
    assert sum(float(rows[0][f"p_{i}"]) for i in range(3)) == pytest.approx(1, abs=1e-5)


def test_what_it_refuses(files, refused, together, tmp_path):
    assert "not overwritten" in refused("ensemble", files.study, "--out", together)
    told = refused("ensemble", files.study, "--best", 9, "--out", tmp_path / "x.safetensors")
    assert "expected 1 to 4; received 9" in told
    assert "a study is expected here" in refused("ensemble", files.model, "--out", tmp_path / "x")
    assert "a study is expected here" in refused("ensemble", together, "--out", tmp_path / "x")
    assert not (tmp_path / "x.safetensors").exists()
