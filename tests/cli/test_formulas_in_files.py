"""Labels that a spreadsheet would run, in the files that the command writes."""

import csv

import numpy as np
import pandas as pd
import pytest
from small_problems import written_messages

from shoal.analysis.trials_table import trials_table, write_trials
from shoal.store import TrialRecord

EVIL = "=cmd|' /C calc'!A0"


@pytest.fixture
def trained(shoal, tmp_path):
    x = np.random.default_rng(0).normal(size=(60, 2))
    y = np.where(x[:, 0] > 0, EVIL, "-ve")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    result = shoal("train", "data.npz", "--out", "m.safetensors", "--epochs", "5")
    assert result.exit_code == 0, result.output
    return y


def predictions(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_label_that_is_a_formula_is_written_as_a_text_and_that_is_told(shoal, trained, tmp_path):
    result = shoal("predict", "m.safetensors", "data.npz", "--out", "p.csv")
    assert result.exit_code == 0, result.output
    assert "--raw writes them as they are" in result.stderr
    rows = predictions(tmp_path / "p.csv")
    labels = {row[0] for row in rows[1:]}
    assert labels == {"'" + EVIL, "-ve"}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@"))]


def test_raw_labels_are_those_of_training(shoal, trained, tmp_path):
    result = shoal("predict", "m.safetensors", "data.npz", "--out", "p.csv", "--raw")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert set(pd.read_csv(tmp_path / "p.csv")["prediction"]) == set(trained)


def test_a_message_that_is_a_formula(shoal, tmp_path):
    texts, labels = written_messages(60)
    lines = [f"{label},{text}" for label, text in zip(labels, texts, strict=True)]
    (tmp_path / "m.csv").write_text("label,text\n" + "\n".join(lines) + "\n")
    assert shoal("train", "m.csv", "--out", "m.safetensors", "--epochs", "1").exit_code == 0
    result = shoal("predict", "m.safetensors", "--message", "=1+1", "--out", "p.csv")
    assert result.exit_code == 0, result.output
    assert predictions(tmp_path / "p.csv")[1][0] == "'=1+1"


def test_options_in_the_table_of_trials(tmp_path):
    trial = TrialRecord(0, "completed", {"a": EVIL, "=b": -3}, {"a": 0}, 0, objective=-0.5)
    write_trials(trials_table([trial]), tmp_path / "t.csv")
    row = pd.read_csv(tmp_path / "t.csv").iloc[0]
    assert row["hyperparams.a"] == "'" + EVIL
    assert (row["hyperparams.=b"], row["objective"]) == (-3, -0.5)
