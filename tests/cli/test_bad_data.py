"""What is wrong with the data is told in one message, whatever the command."""

import struct

import pytest


@pytest.mark.parametrize("command", ["train", "search"])
def test_no_such_file(refused, command):
    assert "nowhere.csv: no such file" in refused(command, "nowhere.csv")


def test_no_such_data_set(refused):
    message = refused("train", "digts")
    assert "expected digits, mnist-5k, mnist" in message
    assert "Did you mean 'digits'?" in message


def test_truncated_idx(refused, tmp_path):
    folder = tmp_path / "idx"
    folder.mkdir()
    (folder / "train-images-idx3-ubyte").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, 9, 4, 4))
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 9) + b"0" * 9)
    message = refused("train", folder)
    assert "an IDX file is as long as its header says" in message
    assert "The file is truncated" in message


def test_missing_targets(refused, tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,\n4,5\n")
    message = refused("train", "t.csv")
    assert "t.csv, column 'b': every row needs a target" in message
    assert "line 3" in message


def test_no_such_target(files, refused):
    message = refused("train", files.table, "--target", "specie")
    assert "the target is a column of the table" in message
    assert "Did you mean 'species'?" in message


def test_target_of_what_is_no_table(files, refused):
    assert "only a table in a file such as .csv" in refused("train", "digits", "--target", "y")
    assert "expected an array named 'z'" in refused("train", files.data, "--target", "z")


def test_message_is_no_markup_and_steers_no_terminal(refused):
    message = refused("train", "[red]\x1b]0;title\x07.csv")
    assert "[red]\\x1b]0;title\\x07.csv: no such file" in message
