"""Files as people have them: what separates, quotes, encodes and surrounds their rows."""

import csv
import gzip
import zipfile

import numpy as np
import pytest

from shoal.data import load
from shoal.errors import DataError

ROWS = [("spam", "win a free prize now"), ("ham", "see you at dinner tonight")] * 6


def texts_of(path, **options):
    data = load(path, **options)
    assert data.kind == "text"
    return data, data.x.tolist()


def body(rows=ROWS, separator="\t"):
    return "".join(f"{label}{separator}{text} {i}\n" for i, (label, text) in enumerate(rows))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('text\n""\nNA\n\n   \nb c\n""\n', ["", "NA", "", "", "b c", ""]),
        ("text\n\n\na\n\n", ["", "", "a"]),
        ("text\na\n\nb", ["a", "", "b"]),
        ('text\na\n""', ["a", ""]),
        ('text\n"a\n\nb"\n""\n', ["a\n\nb", ""]),
    ],
)
def test_a_file_of_one_column_keeps_its_empty_rows(csv_file, text, read, end):
    path = csv_file(text.replace("\n", end))
    data = load(path, need_target=False, text="text")
    assert [found.replace("\r\n", "\n") for found in data.x.tolist()] == read
    as_table = load(path, need_target=False, text=False)
    assert len(as_table) == len(as_table.cells) == len(read)
    told = [note for note in data.notes if "empty" in note]
    assert bool(told) == ("\n\n" in text and '"a' not in text)


def test_empty_lines_among_several_columns_are_no_rows(csv_file):
    data = load(csv_file("a,b,y\n1,,2.5\n\n,,3.5\n   \n4,5,1.5\n\n"))
    assert data.cells["a"].tolist() == ["1", "", "4"]
    assert data.cells.index.tolist() == [2, 4, 6]


def test_what_is_written_in_one_column_needs_no_quotes_for_commas(csv_file):
    data = load(csv_file("text\nhello, world\nyes\n\na, b, c\n"), need_target=False, text="text")
    assert data.x.tolist() == ["hello, world", "yes", "", "a, b, c"]
    assert "the header names one column: each line is one cell" in data.notes
    with pytest.raises(DataError, match=r"line 3: .* 1 field; received 2. A text that holds"):
        load(csv_file('text\n"a, b"\nc, d\n'), need_target=False)


@pytest.mark.parametrize(
    ("name", "separator", "told"),
    [
        ("t.csv", ",", None),
        ("t.csv", ";", None),
        ("t.csv", "\t", "fields are separated by tabs"),
        ("t.csv", "|", "fields are separated by bars"),
        ("t.tsv", "\t", None),
        ("t.tsv", ",", "fields are separated by commas"),
        ("t.tsv", "|", "fields are separated by bars"),
    ],
)
def test_what_separates_fields_is_found(csv_file, name, separator, told):
    lines = [["a", "b b", "y"], ["1", "x", "0.5"], ["2", '"x, ; y"', "1.5"]]
    data = load(csv_file("\n".join(map(separator.join, lines)), name))
    assert data.column_names == ("a", "b b")
    assert data.cells["b b"].tolist() == ["x", "x, ; y"]
    assert [note for note in data.notes if "separated" in note] == ([told] if told else [])


def test_the_first_line_of_excel_names_the_separator(csv_file):
    data = load(csv_file('\ufeffsep=;\r\na;y\r\n"1,5";1\r\nx\r\n'[:-3] + "2,5;2\r\n"))
    assert data.x["a"].tolist() == [1.5, 2.5]
    with pytest.raises(DataError, match=r"line 3: .* expected 2 fields; received 1"):
        load(csv_file("sep=;\na;y\n1\n"))


def test_a_quote_that_is_never_closed_swallows_no_lines(csv_file):
    text = "label\ttext\n" + body() + 'spam\t"win now\nham\tshe said "later" and \'ok\n' + body()
    data, texts = texts_of(csv_file(text, "t.tsv"))
    assert len(texts) == 26
    assert texts[12:14] == ['"win now', 'she said "later" and \'ok']
    assert "a quote in line 14 is not closed: quotes are taken as letters" in data.notes


def test_quotes_that_would_join_whole_lines_are_letters(csv_file):
    text = "label\ttext\n" + body() + 'spam\t"win now\nham\tok then\nham\tand he said bye"\n'
    data, texts = texts_of(csv_file(text, "t.tsv"))
    assert len(texts) == 15
    assert texts[-3:] == ['"win now', "ok then", 'and he said bye"']
    assert any("they would join whole lines" in note for note in data.notes)


@pytest.mark.parametrize(("name", "separator"), [("t.tsv", "\t"), ("t.csv", ",")])
def test_quoted_breaks_and_quotes_of_quotes(csv_file, name, separator):
    long = '"he wrote ""call now""\n\nand then:\nfree, free"'
    text = f"label{separator}text\n{body(separator=separator)}ham{separator}{long}\n"
    text += f'spam{separator}" ""all of it"" "\n'
    data, texts = texts_of(csv_file(text, name))
    assert texts[-2:] == ['he wrote "call now"\n\nand then:\nfree, free', '"all of it"']
    assert data.cells.index.tolist()[-2:] == [14, 18]


def test_a_backslash_before_a_quote(csv_file):
    text = 'label,text\n"ham","she said \\"yes, now\\" to him"\n"spam","win, win and win again"\n'
    assert texts_of(csv_file(text))[1][0] == 'she said "yes, now" to him'


def test_a_long_message_is_read_and_the_limit_of_the_reader_left_as_it_was(csv_file):
    before = csv.field_size_limit()
    long = "win " * 50_000
    _data, texts = texts_of(csv_file(f"label,text\nspam,{long}\nham,see you at home mum\n"))
    assert [len(text) for text in texts] == [199_999, 19]
    assert csv.field_size_limit() == before


TEXT = "label\ttext\n" + body() + "ham\t“café” – naïve, 5 €\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"])
def test_encodings_are_told_apart(csv_file, encoding):
    data, texts = texts_of(csv_file(TEXT.encode(encoding), "t.tsv"))
    assert texts[-1] == "“café” – naïve, 5 €"
    told = [note for note in data.notes if "read as" in note]
    assert len(told) == (encoding in ("cp1252", "utf-16-le"))


def test_an_encoding_can_be_named(csv_file):
    path = csv_file("label,text\nham,привет как дела у тебя\nspam,купи\n".encode("koi8-r"))
    data, texts = texts_of(path, encoding="koi8-r")
    assert (texts[1], data.encoding) == ("купи", "koi8-r")
    with pytest.raises(
        DataError, match=r"an encoding is one that Python knows.* received 'klingon'"
    ):
        load(path, encoding="klingon")
    with pytest.raises(DataError, match=r"encoding is one that Python knows.* received 'base64'"):
        load(path, encoding="base64")
    with pytest.raises(DataError, match=r"line 2: a table is written in utf-8; .* byte 0xd0"):
        load(path, encoding="utf-8")
    with pytest.raises(DataError, match="only a table in a file"):
        load("digits", encoding="utf-8")


def test_a_damaged_byte_among_letters_of_utf_8_is_not_guessed(csv_file):
    text = "Straße Köln Zürich".encode() + b" caf\xe9"
    with pytest.raises(DataError, match=r"line 2: .* received byte 0xe9 at position 26"):
        load(csv_file(b"a,y\n" + text + b",1\n"))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (gzip.compress(b"a,b\n1,2\n", mtime=0), r"a compressed file \(gzip\). Unpack it"),
        (b"PK\x03\x04rest", "a zip file, such as Excel writes"),
        (b"PAR1rest", "a Parquet file"),
    ],
    ids=["gzip", "zip", "parquet"],
)
def test_other_files_are_called_by_name(csv_file, data, what):
    with pytest.raises(DataError, match="a table is a file of text; received " + what):
        load(csv_file(data))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("t.npz.gz", "gunzip t.npz.gz"),
        ("t.ods", "as .xlsx or CSV first"),
    ],
)
def test_other_ends_of_names_are_told_what_to_do(csv_file, name, hint):
    with pytest.raises(DataError, match=hint):
        load(csv_file(b"", name))


@pytest.mark.parametrize(("inside", "read"), [("prices.csv", True), ("paper.docx", False)])
def test_the_only_file_of_an_archive_tells_what_it_is(tmp_path, inside, read):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr(inside, "a,y\n1,2.5\n2,3.5\n")
        archive.writestr("__MACOSX/._prices.csv", "x")
    if read:
        assert load(tmp_path / "t.zip").y.tolist() == [2.5, 3.5]
    else:
        with pytest.raises(DataError, match=r"unzip .*t\.zip"):
            load(tmp_path / "t.zip")


def test_r_names_its_rows_without_a_heading(csv_file):
    lines = [
        f'"{i}"\t{i / 7:.3f}\t{i * i % 5}\t"{"oak" if i % 2 else "elm"}"' for i in range(1, 21)
    ]
    data = load(csv_file('"height"\t"girth"\t"species"\n' + "\n".join(lines), "p.tsv"))
    assert data.column_names == ("height", "girth")
    assert (data.target, data.classes) == ("species", ("elm", "oak"))
    assert any("begin with names that the header leaves out" in note for note in data.notes)


def test_fields_that_are_no_row_names_are_not_dropped(csv_file):
    text = "temp,kind\n" + "".join(f"{i % 3 + 20},{i},x\n" for i in range(9))
    with pytest.raises(DataError, match=r"line 2: .* expected 2 fields; received 3"):
        load(csv_file(text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,y,,\n1,2,,\n3,4,,\n", "columns 3 to 4 have no name and are empty: left out"),
        ("a,y,\n1,2,\n3,4,\n", "column 3 has no name and is empty: left out"),
        ("a,y,\n" + "1,2,\n" * 10 + "3,4,z\n", "column 3 has no name and holds something in 1 row"),
        ("a,y\n1,2,\n3,4,\n", None),
    ],
)
def test_empty_last_columns_are_left_out(csv_file, text, told):
    data = load(csv_file(text), task="regression")
    assert (data.column_names, data.target) == (("a",), "y")
    assert [note for note in data.notes if "no name" in note and note.startswith(told or "?")] == [
        note for note in data.notes if "no name" in note
    ]
    assert bool(told) == any("no name" in note for note in data.notes)


def test_comments_above_the_header_are_left_out(csv_file):
    data = load(csv_file("# made by hand\n# in 2023\na,y\n1,2.5\n3,4.5\n"))
    assert data.column_names == ("a",)
    assert "2 lines of comment were left out, above the header" in data.notes
    assert load(csv_file("#a,y\n1,2.5\n3,4.5\n")).column_names == ("#a",)
    with pytest.raises(DataError, match=r"line 3: .* received 1. Remove comments"):
        load(csv_file("a,y\n1,2.5\n# later\n3,4.5\n"))


def test_a_line_of_totals_is_remarked_on(csv_file):
    notes = load(csv_file("town,y\nBonn,2.5\nUlm,4.5\nTotal,7\n")).notes
    assert "the last row begins with 'Total': remove it if it sums up those above" in notes


def test_row_numbers_without_a_name_are_no_input_of_predictions(csv_file):
    data = load(csv_file(",a\n0,1\n1,2\n0,3\n"), need_target=False)
    assert data.cells.columns.tolist() == ["a"]
    assert len(data) == 3


def test_very_many_columns(csv_file):
    names = [f"c{i}" for i in range(3000)]
    row = ",".join(["1"] * 3000)
    data = load(csv_file(",".join(names) + "\n" + f"{row}\n" * 3), need_target=False)
    assert data.x.shape == (3, 3000)


@pytest.mark.parametrize("junk", [b"\r", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"sep=", b"#", b"\0"])
def test_whatever_is_no_table_is_refused_by_name(csv_file, junk):
    for data in (junk, junk * 3, junk + b"\na,b\n"):
        with pytest.raises(DataError, match=r"table\.csv"):
            load(csv_file(data))


def test_texts_that_are_all_empty_are_nothing_to_learn_from(csv_file):
    path = csv_file("label,text\nspam,\nham,\n")
    with pytest.raises(DataError, match="some text holds something; received only empty ones"):
        load(path, text="text", target="label")
    assert load(path, text="text", need_target=False).x.tolist() == ["", ""]
    some = load(csv_file("label,text\nspam,\nham,a\nham,\n"), text="text", target="label")
    assert "2 of 3 texts are empty" in some.notes


def test_rows_of_a_data_set_keep_their_cells(csv_file):
    data = load(csv_file("a,y\n007,1.5\n8,2.5\n09,3.5\n"))
    part = data.rows(np.array([2, 0]))
    assert part.cells["a"].tolist() == ["09", "007"]
    assert part.cells.index.tolist() == [4, 2]
