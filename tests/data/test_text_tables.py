"""Texts in files: which column they are in, files without a header, folders."""

import numpy as np
import pytest
from small_problems import written_messages

from shoal.data import Tokenization, load
from shoal.errors import DataError

TEXTS, LABELS = written_messages(30)


def table(*columns, header=None, sep=","):
    lines = [sep.join(row) for row in zip(*columns, strict=True)]
    return "\n".join([sep.join(header), *lines] if header else lines) + "\n"


@pytest.mark.parametrize("columns", [("label", "message"), ("message", "label")])
def test_the_texts_are_found_on_either_side(csv_file, columns):
    held = {"label": LABELS, "message": TEXTS}
    data = load(csv_file(table(*(held[name] for name in columns), header=columns)))
    assert (data.kind, data.text, data.target) == ("text", "message", "label")
    assert (data.x.tolist(), data.classes) == (TEXTS, ("ham", "spam"))
    assert data.tokenization == Tokenization()


def test_columns_can_be_named(csv_file):
    short = [f"s{i % 7}" for i in range(30)]
    path = csv_file(table(LABELS, short, TEXTS, header=("label", "from", "message")))
    named = load(path, text="message", target="label", tokenization=Tokenization(500))
    assert (named.text, named.target, named.tokenization.vocabulary) == ("message", "label", 500)
    assert named.notes[0] == "texts of 'message' are read; left out: 'from'"
    both = load(path, text="from")
    assert (both.target, both.kind, both.text) == ("message", "table", "from")
    assert load(path, target="label").kind == "table"
    with pytest.raises(DataError, match=r"texts are columns.*received 'mesage'. Did you mean 'me"):
        load(path, text="mesage")
    with pytest.raises(DataError, match="the texts and the target are different columns"):
        load(path, text="label", target="label")
    with pytest.raises(DataError, match=r"only texts become tokens.*--text"):
        load(path, target="label", text=False, tokenization=Tokenization())


def test_a_table_stays_one_where_it_is_asked_for(csv_file):
    path = csv_file(table(TEXTS, LABELS, header=("message", "label")))
    assert load(path, text=False).kind == "table"


def test_numbers_blanks_and_missing_marks_are_texts_in_a_column_of_texts(csv_file):
    said = ["NA", "", "?", "17", *TEXTS[4:]]
    data = load(csv_file(table(said, LABELS, header=("message", "label"))), text="message")
    assert data.x.tolist() == said


def test_a_file_that_begins_with_its_first_example(csv_file):
    path = csv_file(table(LABELS, TEXTS, sep="\t"), name="sms.tsv")
    data = load(path)
    assert (data.text, data.target, data.x.tolist()) == ("text", "label", TEXTS)
    assert data.notes[0] == "the first line is no header: columns are called 'label' and 'text'"
    alone = load(csv_file(table(TEXTS), name="new.csv"), need_target=False)
    assert (alone.kind, alone.x.tolist(), alone.y) == ("text", TEXTS, None)


def test_a_header_of_several_words_is_one(csv_file):
    path = csv_file(table(LABELS, TEXTS, header=("kind", "what the person has said")))
    assert load(path).text == "what the person has said"


def test_texts_need_a_target_to_be_learned(csv_file):
    path = csv_file(table(TEXTS, header=("message",)))
    assert load(path, need_target=False).kind == "text"
    with pytest.raises(DataError, match="a column to predict beside them; received only 'message'"):
        load(path, text="message")


@pytest.fixture
def folder(tmp_path):
    for i, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True)):
        place = tmp_path / "mails" / label
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{i:02}.txt").write_text(text + "\n", encoding="utf-8")
    return tmp_path / "mails"


def test_a_folder_of_texts_for_each_class(folder):
    data = load(folder, tokenization=Tokenization(length=9))
    assert (data.kind, data.classes, len(data)) == ("text", ("ham", "spam"), 30)
    assert (data.example_names[0], data.x[0]) == ("ham/01.txt", TEXTS[1])
    assert data.tokenization.length == 9
    assert [data.classes[i] for i in data.y] == sorted(LABELS)
    new = load(folder / "spam", need_target=False)
    assert (new.y, new.example_names[:2]) == (None, ("00.txt", "03.txt"))
    np.testing.assert_array_equal(new.x, data.x[data.y == 1])


def test_a_text_file_in_another_coding(folder):
    (folder / "ham" / "+a.txt").write_bytes(b"caf\xe9")
    (folder / "ham" / "+b.txt").write_bytes(b"\x93win\x94")
    data = load(folder)
    assert data.x[:2].tolist() == ["café", "“win”"]
    assert data.notes[0].startswith("ham/+a.txt: the file is not UTF-8: read as cp1252")
    assert data.notes[0].endswith("so it is with 1 more")
    assert load(folder, encoding="cp1250").x[0] == "café"
    with pytest.raises(
        DataError, match=r"\+a.txt, line 1: a text is written in utf-8; .*byte 0xe9"
    ):
        load(folder, encoding="utf-8")
    (folder / "ham" / "+a.txt").write_bytes("zwölf Bäume ".encode() + b"caf\xe9")
    with pytest.raises(
        DataError, match=r"\+a.txt, line 1: .* byte 0xe9 at position 18.* --encoding"
    ):
        load(folder)


@pytest.mark.parametrize("source", ["digits", "mails"])
def test_only_tables_have_a_column_of_texts(source, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    with pytest.raises(DataError, match="only a table in a file"):
        load(source, text="message")
