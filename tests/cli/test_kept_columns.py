"""What `shoal predict` writes beside predictions, and files that are not replaced."""

import csv

import pytest

from shoal.cli.predictions import carried_columns
from shoal.data import load


def written(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="session")
def trees(files):
    """A model of the table of trees."""
    from typer.testing import CliRunner

    from shoal.cli.main import app

    out = files.folder / "kept.safetensors"
    made = ["train", files.table, "--network", files.network, "--out", out, "--epochs", "1"]
    assert CliRunner().invoke(app, list(map(str, made))).exit_code == 0
    return out


@pytest.fixture
def new(files, tmp_path):
    """Trees with an identifier, some of them odd, in an order of their own."""
    rows = written(files.table)[1:8]
    ids = ["007", "1e3", "true", " a ", "5,5", "ü", ""]
    path = tmp_path / "new.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["girth", "tag", "height"])
        writer.writerows([[r[1], i, r[0]] for r, i in zip(rows, ids, strict=True)])
    return path


def test_columns_stand_beside_the_predictions_as_they_were(trees, new, shoal, tmp_path):
    out = tmp_path / "p.csv"
    result = shoal("predict", trees, new, "--keep", "tag", "--keep", "height", "--out", out)
    assert result.exit_code == 0, result.output
    found, given = written(out), written(new)
    assert found[0] == ["tag", "height", "prediction", "p_ash", "p_birch", "p_cedar"]
    assert [row[0].strip() for row in found[1:]] == [row[1].strip() for row in given[1:]]
    assert [row[1] for row in found[1:]] == [row[2] for row in given[1:]]
    plain = tmp_path / "plain.csv"
    assert shoal("predict", trees, new, "--out", plain).exit_code == 0
    assert [row[2:] for row in found] == written(plain)


def test_a_column_that_is_not_there(trees, new, refused, tmp_path):
    told = refused("predict", trees, new, "--keep", "Tag", "--out", "p.csv")
    assert "--keep" in told
    assert "expected girth, tag, height; received 'Tag'. Did you mean 'tag'?" in told
    assert not (tmp_path / "p.csv").exists()


def test_only_tables_have_columns(files, refused):
    told = refused("predict", files.model, files.data, "--keep", "x", "--out", "p.csv")
    assert "columns are kept of a table" in told


def test_texts_in_files_are_told_by_their_files(tmp_path):
    for name, text in (("b.txt", "one"), ("a.txt", "two")):
        (tmp_path / name).write_text(text)
    data = load(tmp_path, need_target=False)
    headings, columns = carried_columns(str(tmp_path), data, [])
    assert headings == ["file"]
    assert list(zip(columns[0], data.x, strict=True)) == [("a.txt", "two"), ("b.txt", "one")]


@pytest.mark.parametrize(
    "made",
    [
        lambda f: ("report", f.study, "--out"),
        lambda f: ("export", f.study, "--out"),
        lambda f: ("ensemble", f.study, "--out"),
        lambda f: ("predict", f.model, f.data, "--out"),
        lambda f: ("train", f.data, "--network", f.network, "--out"),
        lambda f: ("search", f.data, "--network", f.family, "--report"),
        lambda f: ("resume", f.study, "--report"),
        lambda f: ("curve", f.data, "--network", f.network, "--figure"),
    ],
)
def test_no_command_replaces_a_file_unasked(made, files, refused, tmp_path):
    args = made(files)
    name = {"--report": "r.html", "--figure": "f.svg"}.get(args[-1], "r.csv")
    (tmp_path / name).write_text("mine")
    told = refused(*args, name)
    assert f"a file that is there is not overwritten. Give another {args[-1]}" in told
    assert "--force" in told
    assert (tmp_path / name).read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_replaced_where_it_is_asked_for(files, shoal, tmp_path):
    for command, name in (("report", "r.html"), ("export", "t.csv")):
        (tmp_path / name).write_text("mine")
        assert shoal(command, files.study, "--out", name, "--force").exit_code == 0
        assert (tmp_path / name).read_text() != "mine"


# --- shapes of a network's file


def test_a_networks_shapes_come_of_the_inputs(files, answer, shoal):
    unknown = shoal("show", files.network).stdout
    assert "--input 28x28x1, or --data DATA" in unknown
    told = answer("show", files.network, "--input", "28")
    assert [layer["shape"] for layer in told["layers"]] == [[28], [4], [4], [3]]
    told = answer("show", files.network, "--data", files.table)
    assert told["layers"][0]["shape"] == [2]
    assert told["parameters"] == 2 * 4 + 4 + 4 * 3 + 3
    shown = shoal("show", files.family, "--input", "5").stdout
    assert "≤ 6" in shown
    assert "?" not in shown


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--input", "28by28"), "is no shape such as 28x28x1"),
        (("--input", "0x3"), "is no shape such as 28x28x1"),
        (("--input", "3", "--data", "digits"), "takes the place of --data"),
    ],
)
def test_shapes_that_are_none(args, told, files, shoal):
    result = shoal("show", files.network, *args)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())


def test_an_input_that_does_not_fit(refused, tmp_path):
    (tmp_path / "net.toml").write_text('layers = [{ kind = "conv", channels = 2 }]\n')
    assert "layer conv_1" in refused("show", "net.toml", "--input", "7")
