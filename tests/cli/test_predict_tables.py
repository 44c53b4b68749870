"""Predictions of tables and texts: one for each row, whatever the file looks like."""

import csv
import warnings

import numpy as np
import pandas as pd
import pytest

import shoal as library
from shoal.errors import ShoalWarning

CODES = ["007", "012", "1e3", "A10", "true", "B20"]

CHECKED = ("true", "unknown", "false")

PARTS = "code,checked,weight,batch,price\n" + "".join(
    f"{CODES[i % 6]},{CHECKED[i % 3]},{1 + i / 50:.2f},5,{i % 6 * 7 + i / 9:.3f}\n"
    for i in range(60)
)

LETTERS = "kind,text\n" + "".join(
    f"{('ham', 'spam')[i % 2]},{('see you at home', 'win a free prize')[i % 2]} no {i}\n"
    for i in range(40)
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A model of a table with a column of codes and one that never varied."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "parts.csv").write_text(PARTS)
    data = library.data.load(folder / "parts.csv", task="regression")
    network = library.Sequential(library.Dense(6), library.relu, library.Dense(1))
    recipe = library.Recipe(epochs=3, loss=library.losses.SquaredError())
    library.train(network, recipe, data, seed=1).save(folder / "parts.safetensors")
    return folder / "parts.safetensors"


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    """A model of texts."""
    folder = tmp_path_factory.mktemp("letters")
    (folder / "letters.csv").write_text(LETTERS)
    data = library.data.load(folder / "letters.csv", target="kind", text="text")
    network = library.Sequential(
        library.Embedding(300, 3), library.GlobalAvgPool(), library.Dense(2)
    )
    library.train(network, library.Recipe(epochs=2), data).save(folder / "letters.safetensors")
    return folder / "letters.safetensors"


def column(path, name="prediction"):
    with open(path, newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


@pytest.mark.parametrize("price", ["", "to be told", "2023-01-05", "inf", "7"])
def test_to_predict_it_does_not_matter_what_the_target_holds(parts, shoal, tmp_path, price):
    lines = [f"{code},true,1.5,5,{price}" for code in CODES]
    (tmp_path / "new.csv").write_text("code,checked,weight,batch,price\n" + "\n".join(lines))
    result = shoal("predict", parts, "new.csv", "--out", "p.csv")
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(column(tmp_path / "p.csv")) == 6


def test_a_row_alone_is_what_it_is_among_others(parts, answer, tmp_path):
    rows = [f"{code},{checked},1.5,5" for code in CODES for checked in ("true", "unknown")]
    head = "code,checked,weight,batch\n"
    (tmp_path / "all.csv").write_text(head + "\n".join(rows))
    answer("predict", parts, "all.csv", "--out", "all.out.csv")
    whole = column(tmp_path / "all.out.csv")
    assert len(set(whole)) == len(rows)
    for i in (0, 1, 4, 8):
        (tmp_path / "one.csv").write_text(head + rows[i])
        answer("predict", parts, "one.csv", "--out", "one.out.csv", "--force")
        assert column(tmp_path / "one.out.csv") == whole[i : i + 1]
    (tmp_path / "most.csv").write_text(head + f"{rows[0]}\n" * 9 + rows[6])
    answer("predict", parts, "most.csv", "--out", "most.out.csv")
    assert column(tmp_path / "most.out.csv") == whole[:1] * 9 + whole[6:7]


NEW = "batch,extra,weight,checked,code\n7,x,1.5,true,C99\n5,y,900,,007\n"


def test_what_training_did_not_have_is_told(parts, shoal, tmp_path):
    (tmp_path / "new.csv").write_text(NEW)
    result = shoal("predict", parts, "new.csv", "--out", "p.csv", "--json")
    assert result.stdout == '{"rows": 2, "out": "p.csv"}\n'
    assert [line for line in result.stderr.splitlines() if line.startswith("note: ")] == [
        "note: column 'code' has a value that training did not see, in 1 row: 'C99'",
        "note: column 'checked' is blank in 1 row, as it never was in training: it counts as "
        "none of its categories",
        "note: column 'weight' is far outside of its training values (1.02 to 2.18) in 1 row, such "
        "as 900",
        "note: column 'batch' never varied in training and has no effect: it differs in 1 row, "
        "such as 7",
        "note: a column that the model does not know, ignored: 'extra'",
    ]
    again = shoal("predict", parts, "new.csv", "--out", "p.csv", "--quiet", "--force")
    assert again.stderr == ""


def test_in_python_a_warning_tells_it(parts, tmp_path):
    (tmp_path / "new.csv").write_text(NEW)
    model = library.Model.load(parts)
    data = library.data.load(tmp_path / "new.csv", need_target=False)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = model.predict(data)
    assert [warning.category for warning in told] == [ShoalWarning] * 5
    assert "'C99'" in str(told[0].message)
    assert {warning.filename for warning in told} == {__file__}
    frame = pd.read_csv(tmp_path / "new.csv", dtype=str, keep_default_na=False)
    ensemble = library.Ensemble.of([model, model])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        np.testing.assert_allclose(ensemble.predict(frame), found, rtol=1e-6)
        model.evaluate(frame, [1.0, 2.0])
    assert len(told) == 10
    assert {warning.filename for warning in told} == {__file__}
    known = (
        data.rows(np.array([1])).cells.assign(weight="1.5", checked="true").drop(columns="extra")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(known)


def test_a_column_that_never_varied_moves_nothing(parts):
    model = library.Model.load(parts)
    frame = pd.DataFrame({"code": "007", "checked": "true", "weight": [1.5], "batch": [5]})
    with pytest.warns(ShoalWarning, match="'batch' never varied in training and has no effect"):
        moved = model.predict(frame.assign(batch=1e6))
    assert moved == model.predict(frame)


def test_what_cannot_be_read_is_named(parts, refused, tmp_path):
    (tmp_path / "bad.csv").write_text("code,checked,weight,batch\nA10,true,1.5,5\nA10,true,-,5\n")
    message = refused("predict", parts, "bad.csv", "--out", "p.csv")
    assert "bad.csv, column 'weight', line 3: the column holds numbers" in message
    assert message.endswith("received text: '-'")
    (tmp_path / "short.csv").write_text("code,batch\nA10,5\n")
    message = refused("predict", parts, "short.csv", "--out", "p.csv")
    assert "expected columns 'checked', 'weight'; received columns 'code', 'batch'" in message


def test_scoring_reads_as_predicting_does(parts, answer, tmp_path):
    lines = ["code,checked,weight,batch,price,other"]
    lines += [f"007,true,1.5,5,{i}.25,{i}" for i in range(19)] + ["A10,true,1.5,5,3.25,oops"]
    (tmp_path / "scored.csv").write_text("\n".join(lines))
    found = answer("evaluate", parts, "scored.csv")
    model = library.Model.load(parts)
    rows = pd.DataFrame(
        {"code": ["007"] * 19 + ["A10"], "checked": "true", "weight": 1.5, "batch": 5.0}
    )
    expected = model.evaluate(rows, [i + 0.25 for i in range(19)] + [3.25])
    assert found["rmse"] == pytest.approx(expected["rmse"], rel=1e-6)


def test_as_many_predictions_as_texts(letters, answer, tmp_path):
    (tmp_path / "new.csv").write_text('text\n""\n   \nNA\n\n"win, win"\n🎁\n""\n')
    found = answer("predict", letters, "new.csv", "--out", "p.csv")
    assert found["rows"] == 7
    texts = ["", "   ", "NA", "", "win, win", "🎁", ""]
    said = answer("predict", letters, *(part for text in texts for part in ("--message", text)))
    assert [row["text"] for row in said["predictions"]] == texts
    shares = [row["p_spam"] for row in said["predictions"]]
    assert shares == pytest.approx(
        [float(p) for p in column(tmp_path / "p.csv", "p_spam")], abs=1e-6
    )


def test_a_text_that_is_cut_far_before_its_end_is_told(letters, shoal, tmp_path):
    (tmp_path / "new.csv").write_text("text\nwin a prize\n" + "win " * 40_000 + "\n")
    result = shoal("predict", letters, "new.csv", "--out", "p.csv")
    assert len(column(tmp_path / "p.csv")) == 2
    assert "note: a text is far longer than what is read: the first " in result.stderr


def test_an_encoding_is_kept_with_the_study(shoal, answer, files, tmp_path):
    rows = [f"{i % 7},{('да', 'нет')[i % 2]}" for i in range(40)]
    (tmp_path / "words.csv").write_bytes(("x,y\n" + "\n".join(rows)).encode("koi8-r"))
    (tmp_path / "net.toml").write_text('layers = [{ kind = "dense", units = 2 }]')
    asked = ("words.csv", "--encoding", "koi8-r", "--epochs", 1)
    answer("search", *asked, "--network", "net.toml", "--trials", 1, "--study", "w.study", "--out",
           "w.safetensors")  # fmt: skip
    assert library.load_model(tmp_path / "w.safetensors").classes.tolist() == ["да", "нет"]
    result = shoal("resume", "w.study", "--trials", 1, "--quiet")
    assert result.exit_code == 0, result.output
    answer("evaluate", "w.safetensors", "words.csv", "--encoding", "koi8-r")
    result = shoal("predict", "w.safetensors", "words.csv", "--out", "p.csv")
    assert "note: the file is not UTF-8: read as cp1252" in result.stderr
