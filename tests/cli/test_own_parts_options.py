"""``--validation FILE`` and ``--test FILE``, from the first command to the resumed one."""

import numpy as np
import pytest

import shoal as library


@pytest.fixture
def parts(tmp_path):
    """Two more files like the table of trees, and none of their rows in it."""
    rng = np.random.default_rng(3)
    for name, rows in (("valid.csv", 21), ("later.csv", 30)):
        y = np.arange(rows) % 3
        x = rng.normal(size=(rows, 2)) + y[:, None]
        species = np.array(["ash", "birch", "cedar"])[y]
        lines = [f"{s},{b:.3f},{a:.3f}" for (a, b), s in zip(x, species, strict=True)]
        (tmp_path / name).write_text("species,girth,height\n" + "\n".join(lines) + "\n")
    return tmp_path


def test_a_search_with_files_of_its_own_goes_on_with_them(files, answer, refused, shoal, parts):
    options = ("--target", "species", "--network", files.network, "--epochs", 1)
    own = ("--validation", "valid.csv", "--test", "later.csv")
    told = shoal("search", files.table, *options, *own, "--trials", 1, "--study", "a.study",
                 "--out", "a.safetensors", "--report", "a.html")  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "note: for validation are the 21 rows of valid.csv" in told.stderr
    assert "note: for the test are the 30 rows of later.csv" in told.stderr
    study = library.Study.open("a.study")
    assert study.header.dataset["rows"] == {"train": 120, "validation": 21, "test": 30}
    assert study.header.dataset["parts"] == {"validation": "valid.csv", "test": "later.csv"}
    # Who names the rows that steer wants the model chosen by them: no folds of all rows.
    assert study.header.plan["ensemble"]["folds"] == 0
    study.close()
    shown = shoal("show", "a.study").stdout
    assert "validation rows: the 21 of valid.csv; test rows: the 30 of later.csv" in shown
    assert "those for validation are valid.csv; those for the test are later.csv" in (
        parts / "a.html"
    ).read_text(encoding="utf-8")
    scored = answer("evaluate", "a.safetensors", "later.csv")
    best = answer("show", "a.study")["best"]["test"]
    assert scored["accuracy"] == pytest.approx(best["accuracy"])
    (parts / "valid.csv").rename(parts / "moved.csv")
    assert "valid.csv: no such file. Give the validation rows" in refused("resume", "a.study")
    answer("resume", "a.study", "--validation", "moved.csv")
    other = refused("resume", "a.study", "--validation", "later.csv")
    assert "goes on with the data that it began with" in other


def test_train_and_curve_take_them_too(files, answer, parts):
    options = ("--target", "species", "--network", files.network, "--epochs", 1)
    found = answer("train", files.table, *options, "--test", "later.csv", "--out", "m.safetensors")
    assert answer("evaluate", "m.safetensors", "later.csv")["accuracy"] == pytest.approx(
        found["test"]["accuracy"]
    )
    curve = answer("curve", files.table, *options, "--seeds", 2, "--fractions", "0.25,0.5,1",
                   "--validation", "valid.csv", "--test", "later.csv")  # fmt: skip
    assert curve["sizes"] == [30, 60, 120]


def test_what_cannot_be_is_refused(files, refused, parts):
    table = ("train", files.table, "--target", "species")
    assert "nowhere.csv: no such file" in refused(*table, "--validation", "nowhere.csv")
    assert "name the same file" in refused(*table, "--test", files.table)
    assert "folds or by validation rows of their own" in refused(
        "search", files.table, "--target", "species", "--folds", 3, "--validation", "valid.csv"
    )
    (parts / "other.csv").write_text("species,girth,height\nyew,1,2\n")
    assert "other.csv: every target is a class" in refused(*table, "--test", "other.csv")
