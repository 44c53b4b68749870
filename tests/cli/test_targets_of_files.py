"""The task, the labels and the columns of a file, from training to the file of predictions."""

import csv
import gzip
import json

import numpy as np
import pytest
from PIL import Image

import shoal as library


def table(path, header, rows):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def ratings(tmp_path):
    """Ratings of 3 to 9, of which some are as rare as ratings are."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=150)
    y = np.clip(np.round(6 + 1.2 * x), 3, 9).astype(int)
    y[:2] = 3, 9
    return table(
        tmp_path / "r.csv", "x,quality", [f"{a:.3f},{b}" for a, b in zip(x, y, strict=True)]
    )


@pytest.fixture
def counts(tmp_path):
    """Few whole numbers, each of them often: as they come they are classes."""
    rng = np.random.default_rng(0)
    y = np.arange(90) % 4
    rows = [f"{b + a:.3f},{b}" for a, b in zip(0.1 * rng.normal(size=90), y, strict=True)]
    return table(tmp_path / "c.csv", "x,visits", rows)


NUMBERS = {"rmse", "mae", "r2", "loss"}


def test_ratings_are_numbers_and_it_is_told(ratings, shoal, answer):
    result = shoal("train", ratings, "--epochs", 1, "--json")
    assert set(json.loads(result.stdout)["test"]) == NUMBERS
    assert "taken as regression: the target 'quality' holds" in result.stderr
    assert "--task classification" in result.stderr


@pytest.mark.parametrize(
    "options", [("--task", "regression"), ("--objective", "rmse"), ("--objective", "r2")], ids=str
)
def test_counts_become_numbers_where_that_is_asked_for(counts, shoal, options):
    result = shoal("train", counts, "--epochs", 1, "--json", *options)
    assert result.exit_code == 0, result.output
    assert set(json.loads(result.stdout)["test"]) == NUMBERS
    told = "taken as regression: the objective" in result.stderr
    assert told == (options[0] == "--objective")


def test_counts_are_classes_otherwise_and_a_task_holds_against_an_objective(counts, shoal, refused):
    result = shoal("train", counts, "--epochs", 1, "--json")
    assert "accuracy" in json.loads(result.stdout)["test"]
    assert "taken as classification: the target 'visits' holds 4 different" in result.stderr
    message = refused("train", counts, "--task", "classification", "--objective", "rmse")
    assert "a metric of classification" in message
    words = counts.with_name("words.csv")
    table(words, "x,y", [f"{i},{'ab'[i % 2]}" for i in range(20)])
    assert "received rmse" in refused("train", words, "--objective", "rmse")


def test_a_loss_for_classes_takes_whole_numbers_for_classes(tmp_path, shoal):
    rows = [f"{i},{i % 25 + 2}" for i in range(100)]  # 25 numbers from 2: a regression
    data = table(tmp_path / "n.csv", "x,y", rows)
    file = tmp_path / "n.toml"
    file.write_text(
        'layers = [{ kind = "dense", units = 25 }]\n[recipe]\nepochs = 1\nloss = "cross_entropy"\n'
    )
    result = shoal("train", data, "--network", file, "--json")
    assert result.exit_code == 0, result.output
    assert "accuracy" in json.loads(result.stdout)["test"]
    assert "taken as classification: the loss is for classes" in result.stderr


def test_a_search_of_numbers_goes_on_as_one(counts, answer, shoal, tmp_path):
    options = ("--epochs", 1, "--study", "s.study", "--objective", "mae")
    found = answer("search", counts, "--trials", 2, *options, "--out", "s.safetensors")
    assert set(found["best"]["test"]) == NUMBERS
    again = answer("resume", "s.study", "--trials", 3)
    assert again["trials"]["completed"] + again["trials"]["stopped"] == 3
    # An ensemble's networks may have different losses.
    assert set(answer("evaluate", "s.safetensors", counts)) == NUMBERS - {"loss"}
    answer("search", counts, "--trials", 4, "--resume", *options)
    study = library.Study.open(tmp_path / "s.study")
    assert study.header.dataset["notes"][0].startswith("taken as regression: the objective mae")
    study.close()


@pytest.mark.parametrize(
    ("labels", "values"),
    [
        (("False", "True"), [False, True]),
        (("1.0", "2.0"), [1.0, 2.0]),
        (("007", "012"), ["007", "012"]),
        (("0", "1"), [0, 1]),
    ],
)
def test_labels_stand_in_the_predictions_as_they_are_written(labels, values, tmp_path, answer):
    rng = np.random.default_rng(0)
    rows = [f"{rng.normal() + 4 * (i % 2):.3f},{labels[i % 2]}" for i in range(60)]
    data = table(tmp_path / "d.csv", "x,y", rows)
    answer("train", data, "--task", "classification", "--epochs", 30, "--out", "m.safetensors")
    answer("predict", "m.safetensors", data, "--out", "p.csv")
    told = list(csv.DictReader((tmp_path / "p.csv").read_text().splitlines()))
    assert {row["prediction"] for row in told} == set(labels)
    assert [f"p_{label}" for label in labels] == [name for name in told[0] if name[:2] == "p_"]
    model = library.Model.load(tmp_path / "m.safetensors")
    right = np.array([values[i % 2] for i in range(60)])
    found = model.predict(library.data.load(data))
    assert found.dtype == right.dtype
    assert (found == right).mean() > 0.9


def test_what_was_said_of_columns_holds_to_the_end(tmp_path, answer, shoal):
    rows = [f"{i + 5},{i % 7},{i % 5 if i % 9 else 'lost'},{'ab'[i >= 40]}" for i in range(80)]
    data = tmp_path / "d.csv.gz"
    data.write_bytes(gzip.compress("\n".join(rows).encode()))
    said = ("--drop", "x0", "--categorical", "x1", "--numeric", "x2", "--no-header")
    options = ("--epochs", 1, "--trials", 1, "--study", "s.study", "--out", "m.safetensors")
    assert answer("search", data, *said, *options)["trials"]["completed"] == 1
    fitted = library.load_model(tmp_path / "m.safetensors").preprocessing
    assert [(column.name, column.kind) for column in fitted.encoder.columns] == [
        ("x1", "categorical"),
        ("x2", "numeric"),
    ]
    answer("resume", "s.study", "--trials", 2)
    study = library.Study.open(tmp_path / "s.study")
    told = study.file.header.dataset
    study.close()
    kept = [told[name] for name in ("drop", "categorical", "numeric", "header")]
    assert kept == [["x0"], ["x1"], ["x2"], False]
    assert answer("predict", "m.safetensors", data, "--out", "p.csv")["rows"] == 80
    assert "accuracy" in answer("evaluate", "m.safetensors", data)
    new = table(tmp_path / "new.csv", "8,3,3", ["9,4,4"])
    answer("predict", "m.safetensors", new, "--keep", "x0", "--out", "q.csv")
    found = list(csv.DictReader((tmp_path / "q.csv").read_text().splitlines()))
    before = list(csv.DictReader((tmp_path / "p.csv").read_text().splitlines()))
    assert [row.pop("x0") for row in found] == ["8", "9"]
    assert found == before[3:5]


def test_files_are_called_by_the_name_of_a_packed_table(tmp_path):
    from shoal.cli.files import stem_of

    names = ("a/prices.csv.gz", "prices.csv", "prices.tar.gz", "prices.parquet", "v1.2.csv.zst")
    assert [stem_of(name) for name in names] == [
        "prices", "prices", "prices.tar", "prices", "v1.2",
    ]  # fmt: skip


def test_the_positive_class_is_named_wherever_its_metrics_are(tmp_path, shoal, answer):
    rng = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (tmp_path / "cells" / folder).mkdir(parents=True)
    for i in range(15):
        mask = np.full((8, 8), 255, np.uint8)
        mask[2:4, i % 5 : i % 5 + 3] = 0  # the rarer label is the first
        noisy = (mask // 2 + rng.integers(0, 90, mask.shape)).astype(np.uint8)
        for folder, picture in (("images", noisy), ("masks", mask)):
            Image.fromarray(picture).save(tmp_path / "cells" / folder / f"{i}.png")
    network = tmp_path / "n.toml"
    network.write_text('layers = [{ kind = "conv", channels = 2, kernel_size = 1 }]\n')
    options = ("--network", network, "--epochs", 1)
    result = shoal("search", "cells", *options, "--trials", 1, "--study", "s.study",
                   "--report", "r.html")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "iou of '0'" in result.stdout
    assert "dice of '0'" in result.stdout
    assert "validation iou of '0'" in result.stderr
    page = (tmp_path / "r.html").read_text()
    assert "validation iou of &#x27;0&#x27;" in page
    assert "it is that of &#x27;0&#x27;" in page
    found = answer("evaluate", "cells-1.safetensors", "cells")
    assert found["positive"] == "0"
    assert found["iou"] == found["by_class"]["iou"]["0"]
    both = found["by_class"]["dice"].values()
    assert found["class_mean"]["dice"] == pytest.approx(sum(both) / 2)
    assert answer("show", "s.study")["best"]["positive"] == "0"
    other = answer("train", "cells", *options, "--positive", "255", "--out", "o.safetensors")
    assert other["positive"] == "255"
    again = answer("evaluate", "o.safetensors", "cells")
    assert again["dice"] == again["by_class"]["dice"]["255"]
    assert other["test"]["dice"] == pytest.approx(again["dice"])
    model = library.Model.load(tmp_path / "o.safetensors")
    assert model.preprocessing.positive_class == "255"
    assert "one of the two" in shoal("train", "cells", "--positive", "9").stderr


def test_repeated_rows_are_no_way_to_a_perfect_score(tmp_path, shoal):
    rng = np.random.default_rng(0)
    which = rng.permutation(np.arange(60).repeat(5))
    x, y = rng.normal(size=(60, 12))[which], rng.permutation(np.arange(60) % 2)[which]
    np.savez(tmp_path / "a.npz", x=x, y=y)
    rows = [",".join(f"{v:.3f}" for v in row) + f",{'ab'[b]}" for row, b in zip(x, y, strict=True)]
    table(tmp_path / "a.csv", ",".join([*(f"f{i}" for i in range(12)), "label"]), rows)
    for name in ("a.npz", "a.csv"):
        result = shoal("train", name, "--epochs", 60, "--patience", 0, "--json")
        assert "240 of 300 rows repeat another: equal rows stay on one side" in result.stderr
        assert json.loads(result.stdout)["test"]["accuracy"] < 0.9


def test_a_models_file_keeps_how_numbers_were_scaled(counts, shoal, tmp_path):
    model = tmp_path / "m.safetensors"
    options = ("--epochs", 1, "--out", model, "--scaling", "quantile")
    assert shoal("train", counts, *options).exit_code == 0
    preprocessing = library.Model.load(model).preprocessing
    (column,) = preprocessing.encoder.columns
    assert (column.scaling, len(column.quantiles)) == ("quantile", 54)
    found = preprocessing.transform(library.data.load(counts))
    assert -5.2 < found.min() < -2
    wrong = shoal("train", "digits", "--scaling", "robust")
    assert wrong.exit_code != 0
    assert "the numbers of a table are scaled" in wrong.output
