"""Several columns of texts, texts beside other columns, JSON lines, folders of parts."""

import json

import numpy as np
import pandas as pd
import pytest
from small_problems import written_messages

from shoal.data import Dataset, Preprocessing, Tokenization, load
from shoal.data.columns import texts as tfidf_column
from shoal.data.columns.texts import TfidfColumn, columns_named, joined_texts
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.errors import DataError

TEXTS, LABELS = written_messages(60)
TITLES = [f"{text.split()[-1]} {i} and so on" for i, text in enumerate(TEXTS)]
KINDS = [str(1 + (label == "spam")) for label in LABELS]


def table(*columns, header=None):
    quoted = [",".join(f'"{cell}"' for cell in row) for row in zip(*columns, strict=True)]
    return "\n".join([",".join(header), *quoted] if header else quoted) + "\n"


def both(i):
    return f"{TITLES[i]}\n {TEXTS[i]}"


def test_a_file_of_a_label_and_two_texts_has_them_joined(csv_file):
    data = load(csv_file(table(KINDS, TITLES, TEXTS, header=("label", "title", "body"))))
    assert (data.kind, data.text, data.target) == ("text", "title,body", "label")
    assert data.x[3] == both(3)
    assert data.notes[0] == "texts of 'title', 'body' are read, one after another"


@pytest.mark.parametrize("labels", [KINDS, LABELS], ids=["numbers", "names"])
def test_without_a_header_the_first_row_is_kept(csv_file, labels):
    path = csv_file(table(labels, TITLES, TEXTS))
    data = load(path)
    assert (len(data), data.text, data.target) == (60, "x1,x2", "x0")
    assert data.x[0] == both(0)
    assert data.classes[data.y[0]] == labels[0]
    fitted = Preprocessing.fit(data, np.arange(40))
    seen = fitted.transform(data)
    # With the labels, without them, and with names: the same texts.
    for cells in ((labels, TITLES, TEXTS), (TITLES, TEXTS)):
        new = load(csv_file(table(*cells), name="new.csv"), need_target=False, like=fitted)
        np.testing.assert_array_equal(fitted.transform(new), seen)
    frame = pd.DataFrame({"x2": TEXTS, "x1": TITLES})
    np.testing.assert_array_equal(fitted.transform(frame), seen)


def test_columns_are_named_together(csv_file):
    header = ("note", "label", "a, b", "body")
    path = csv_file(table(TEXTS, LABELS, TITLES, TEXTS, header=("note", "label", '"a, b"', "body")))
    data = load(path, text="a, b,body", target="label", drop=["note"])
    assert (data.kind, data.text, data.x[2]) == ("text", "a, b,body", both(2))
    assert load(path, text=["body", "note"], drop=["a, b"]).x[2] == f"{TEXTS[2]}\n {TEXTS[2]}"
    with pytest.raises(DataError, match=r"texts are columns of the table.*received 'bdy'. Did you"):
        load(path, text="note,bdy")
    assert columns_named("a, b, body", header) == ("a, b", "body")
    assert columns_named("body,body", header) == ()
    assert joined_texts([["a", ""], ["b", "c"], [None, "d"]]) == ["a\n b", "c\n d"]


def test_names_of_rows_are_no_inputs(csv_file):
    ids = [str(7 * i) for i in range(60)]
    data = load(csv_file(table(ids, LABELS, TEXTS, header=("id", "label", "text"))))
    assert (data.kind, data.target) == ("text", "label")
    assert data.notes[0].startswith("left out, for it names the rows: 'id'")
    kept = load(
        csv_file(table(ids, LABELS, TEXTS, header=("id", "label", "text"))),
        numeric=["id"], target="label",
    )  # fmt: skip
    assert (kept.kind, list(kept.x.columns)) == ("table", ["id", "text"])


def test_a_last_column_of_texts_is_no_target(csv_file):
    first, second = ["a", "b"] * 30, ["c", "d", "e"] * 20
    named = load(csv_file(table(first, LABELS, TEXTS, header=("who", "label", "text"))))
    assert (named.target, named.kind) == ("label", "table")
    with pytest.raises(DataError, match=r"is named where the last one holds texts; .*'who', 'how'"):
        load(csv_file(table(first, second, TEXTS, header=("who", "how", "text"))))


def mixed(csv_file, name="table.csv"):
    lengths = [str(len(text)) for text in TEXTS]
    return csv_file(table(TEXTS, lengths, LABELS, header=("said", "length", "kind")), name=name)


def test_texts_and_numbers_are_both_read(csv_file):
    data = load(mixed(csv_file))
    assert (data.kind, data.text, data.target) == ("table", "said", "kind")
    assert data.notes[0].startswith("texts of 'said' are read beside 'length': their frequent")
    assert "1 number, 1 column of texts" in data.describe()
    prepared = prepare(data, split(data))
    names = [column.kind for column in prepared.preprocessing.encoder.columns]
    assert names == ["tfidf", "numeric"]
    assert prepared.preprocessing.numeric == 1
    again = Preprocessing.from_json(json.loads(json.dumps(prepared.preprocessing.to_json())))
    assert again == prepared.preprocessing
    # From a file, as one of several columns or alone in its row, and from a DataFrame.
    whole = again.transform(load(mixed(csv_file, "new.csv"), need_target=False, like=again))
    frame = pd.DataFrame({"length": [float(len(TEXTS[4]))], "said": TEXTS[4:5]})
    np.testing.assert_array_equal(again.transform(frame), whole[4:5])


@pytest.mark.parametrize(("options", "kind"), [
    ({"drop": ["length"]}, "text"), ({"text": False}, "table"), ({"text": "said"}, "table"),
    ({"tokenization": Tokenization(300)}, "text"), ({"categorical": ["said"]}, "table"),
])  # fmt: skip
def test_what_is_a_text_can_be_said(csv_file, options, kind):
    data = load(mixed(csv_file), **options)
    assert data.kind == kind
    reads = data.text is not None
    assert reads == (options.get("text") is not False and "categorical" not in options)


def test_a_data_frame_of_texts_is_one_of_texts():
    frame = pd.DataFrame({"title": TITLES, "body": TEXTS})
    data = Dataset.from_arrays(frame, LABELS)
    assert (data.kind, data.text, data.x[5]) == ("text", "title,body", both(5))
    more = Dataset.from_arrays(frame.assign(n=1.5), LABELS)
    assert (more.kind, more.text) == ("table", "title,body")


def test_weights_of_terms_are_those_of_tf_idf(monkeypatch):
    monkeypatch.setattr(tfidf_column, "MOST_TERMS", 3)
    texts = ["the red dog", "The red red fox!", "a dog", "the fox", "the red dog", None]
    column = TfidfColumn.fit("said", np.array([*(texts * 4), None], object)[:-1])
    assert column.terms == ("dog", "red", "the")  # the most frequent
    assert column.indicator
    idf = {t: 1 + np.log(25 / (1 + n)) for t, n in {"dog": 12, "red": 12, "the": 16}.items()}
    row = np.array([0.0, (1 + np.log(2)) * idf["red"], idf["the"]])
    found = column.encode(np.array(["the Red, red cat", "nothing known", ""], object))
    scale = np.sqrt((12 + 12 + 16) / 20)
    np.testing.assert_allclose(found[0], [*(scale * row / np.linalg.norm(row)), 0.0])
    np.testing.assert_array_equal(found[1:], [[0, 0, 0, 0], [0, 0, 0, 1]])


@pytest.mark.parametrize(
    ("change", "match"),
    [({"terms": ["a", "a"]}, "different terms"), ({"idf": [1.0]}, "each with a weight"),
     ({"scale": 0.0}, "something else"), ({"terms": "ab"}, "list")],
)  # fmt: skip
def test_json_that_is_no_column_of_texts(csv_file, change, match):
    told = Preprocessing.fit(load(mixed(csv_file)), np.arange(60)).to_json()
    told["encoder"]["columns"][0] |= change
    with pytest.raises(DataError, match=match):
        Preprocessing.from_json(told)


def test_json_lines(tmp_path):
    rows = [{"text": t, "label": int(k), "tags": ["a"]} for t, k in zip(TEXTS, KINDS, strict=True)]
    path = tmp_path / "m.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    data = load(path)
    assert (data.kind, data.text, data.target, data.classes) == (
        "text",
        "text",
        "label",
        ("1", "2"),
    )
    assert data.x.tolist() == TEXTS
    assert "left out, for lists and objects are no cells: 'tags'" in data.notes
    (tmp_path / "m.json").write_text(json.dumps(rows))
    assert load(tmp_path / "m.json").x.tolist() == TEXTS
    for text, match in (
        ('{"a": 1}\n[2]', r"m.jsonl, line 2: a row is an object .* received list"),
        ('{"a": 1}\n{2', r"m.jsonl, line 2: the file holds JSON"),
        ("[" * 99999, "the file holds JSON"),
        ("", "a table has rows"),
    ):
        path.write_text(text)
        with pytest.raises(DataError, match=match):
            load(path)


def test_folders_of_texts_below_train_and_test(tmp_path):
    root = tmp_path / "reviews"
    for i, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True)):
        place = root / ("train" if i % 4 else "test") / label
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{i:02}.txt").write_text(text)
    (root / "train" / "unsup").mkdir()
    (root / "train" / "unsup" / "1.txt").write_text("who knows")
    (root / "train" / "urls.txt").write_text("no text of a class")
    data = load(root)
    assert (data.kind, data.classes, len(data)) == ("text", ("ham", "spam"), 60)
    assert data.notes[0].startswith("the folders tell the split: 45 for training, 15 for the test")
    assert data.notes[1] == "left out, without a class: 1 text in train/unsup"
    assert "urls.txt" in data.notes[-1]
    parts = split(data)
    assert {data.example_names[i].split("/")[0] for i in parts.test} == {"test"}
    assert len(parts.test) == 15
    assert load(root / "test").classes == ("ham", "spam")
    flat = tmp_path / "flat"
    for part in ("train", "test"):
        (flat / part).mkdir(parents=True)
        (flat / part / "1.txt").write_text("a")
    with pytest.raises(DataError, match=r"texts lie in a folder for each class.*test, train"):
        load(flat)
