import numpy as np
import pytest

import shoal as library


@pytest.fixture
def weighted(tmp_path):
    """Rows of which those of weight 0 say the opposite of the others."""
    rng = np.random.default_rng(0)
    x, counts = rng.normal(size=120), np.arange(120) % 2
    answer = np.where((x > 0) == (counts == 1), "yes", "no")
    path = tmp_path / "w.csv"
    rows = [f"{a:.3f},{c},{y}" for a, c, y in zip(x, counts, answer, strict=True)]
    path.write_text("x,times,answer\n" + "\n".join(rows) + "\n")
    return path


def test_rows_count_as_their_column_says(weighted, answer):
    found = answer("train", weighted, "--weight", "times", "--epochs", 60)
    assert found["test"]["accuracy"] > 0.9
    again = answer("evaluate", found["model"], weighted, "--weight", "times")
    assert again["accuracy"] > 0.9
    assert 0.3 < answer("evaluate", found["model"], weighted)["accuracy"] < 0.7
    assert library.Model.load(found["model"]).preprocessing.input_shape == (1,)


def test_a_search_goes_on_with_the_weights(weighted, files, answer, refused):
    options = ("--weight", "times", "--epochs", 1, "--study", "w.study", "--out", "w.safetensors")
    answer("search", weighted, *options, "--trials", 2)
    assert answer("resume", "w.study", "--trials", 3)["study"] == "w.study"
    assert "column of weights to name" in refused("train", files.data, "--weight", "times")
