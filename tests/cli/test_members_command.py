"""`shoal search` with several seeds or folds for every trial."""

import numpy as np
import pytest

import shoal as library


def test_repeats(files, answer, shoal):
    found = answer(
        "search", files.data, "--network", files.family, "--trials", 3, "--repeats", 3,
        "--study", "three.study",
    )  # fmt: skip
    members = found["best"]["members"]
    assert (members["repeats"], members["folds"], members["model"]) == (3, 0, "best member")
    assert set(members["std"]) == {"accuracy", "loss"}
    assert sum(found["trials"].values()) == 3
    shown = shoal("show", "three.study").stdout
    assert "validation, 3 seeds" in shown
    assert "its model is the best of its members" in shown
    assert " ± " in shown


def test_folds(files, answer, shoal):
    found = answer(
        "search", files.data, "--network", files.family, "--trials", 3, "--folds", 5,
        "--study", "five.study",
    )  # fmt: skip
    members = found["best"]["members"]
    assert (members["count"], members["folds"], members["model"]) == (5, 5, "refit")
    shown = shoal("show", "five.study").stdout
    assert "5 folds" in shown
    assert "its model was then trained on the rows of all folds" in shown
    assert shoal("report", "five.study", "--out", "five.html").exit_code == 0


def test_groups(answer, refused, tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"p{i // 6},{rng.normal():.3f},{i % 7},{'ab'[i % 2]}" for i in range(90)]
    (tmp_path / "visits.csv").write_text("patient,pulse,age,ill\n" + "\n".join(rows) + "\n")
    answer(
        "search", "visits.csv", "--groups", "patient", "--folds", 3, "--trials", 2,
        "--epochs", 1, "--study", "visits.study",
    )  # fmt: skip
    study = library.Study.open("visits.study")
    parts = study.split()
    patients = np.arange(90) // 6
    assert not set(patients[parts.train]) & set(patients[parts.test])
    assert study.best_model.network.input_shape == (2,)
    answer("resume", "visits.study", "--trials", 3)
    assert "column of groups" in refused("search", "visits.csv", "--groups", "doctor")


@pytest.mark.parametrize("option", ["--repeats", "--folds"])
def test_none_at_all_is_refused(files, shoal, option):
    assert shoal("search", files.data, option, 0).exit_code == 2
