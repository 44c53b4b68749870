"""Many pictures and rows are predicted a piece at a time: the same numbers, and little memory."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from shoal import Conv, Dense, Flatten, Input, Model, Network, Recipe
from shoal.cli.main import app
from shoal.data import Dataset, load
from shoal.data.io import image_files, pieces
from shoal.data.preprocessing import Preprocessing
from shoal.errors import ShoalWarning
from shoal.losses import CrossEntropy

COUNT = 23
SIDE = 5


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pieces of some pictures, and how many were read at a time."""
    monkeypatch.setattr(pieces, "NUMBERS", 400)
    monkeypatch.setattr(pieces, "LEAST", 2)
    read: list[int] = []
    original = image_files.read_pictures

    def counting(files: Any, how: Any, where: str) -> Any:
        read.append(len(files))
        return original(files, how, where)

    monkeypatch.setattr(pieces, "read_pictures", counting)
    return read


def pictures(root: Path, *, unlike: bool = False) -> Path:
    root.mkdir()
    rng = np.random.default_rng(1)
    for i in range(COUNT):
        sides = (SIDE + 3 * (i % 2), SIDE + i % 2) if unlike else (SIDE, SIDE)
        pixels = rng.integers(0, 256, (*sides, 3)).astype(np.uint8)
        mode = ("RGB", "L", "RGBA", "P")[i % 4]
        Image.fromarray(pixels).convert(mode).save(root / f"p{i:02}.png")
    return root


@pytest.fixture(scope="module")
def classifier() -> Model:
    rng = np.random.default_rng(0)
    data = Dataset.from_arrays(
        rng.integers(0, 256, (6, SIDE, SIDE, 3)).astype(np.uint8), [*"abcabc"], name="six"
    )
    network = Network(Dense(3, name="scores")(Flatten()(Input((SIDE, SIDE, 3)))))
    weight = rng.normal(size=(SIDE * SIDE * 3, 3)).astype(np.float32)
    params = {"scores": {"weight": weight, "bias": np.zeros(3, np.float32)}}
    fitted = Preprocessing.fit(data, np.arange(6))
    return Model(network, Recipe(loss=CrossEntropy()), params, fitted)


@pytest.fixture(scope="module")
def segmenter() -> Model:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (4, SIDE, SIDE, 3)).astype(np.uint8)
    data = Dataset.from_arrays(x, (x[..., 0] > 100).astype(int), name="four")
    network = Network(Conv(2, kernel_size=1, name="scores")(Input((SIDE, SIDE, 3))))
    weight = rng.normal(size=(1, 1, 3, 2)).astype(np.float32)
    params = {"scores": {"weight": weight, "bias": np.zeros(2, np.float32)}}
    fitted = Preprocessing.fit(data, np.arange(4))
    return Model(network, Recipe(loss=CrossEntropy()), params, fitted)


def rows(path: Path) -> list[list[str]]:
    with open(path) as file:
        return list(csv.reader(file))


@pytest.mark.filterwarnings("ignore::shoal.errors.ShoalWarning")
def test_pictures_in_pieces_get_what_they_get_at_once(
    tmp_path: Path, classifier: Model, small_pieces: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = pictures(tmp_path / "new", unlike=True)
    classifier.save(tmp_path / "m.safe")
    done = run("predict", tmp_path / "m.safe", folder, "--out", tmp_path / "some.csv")
    assert done.exit_code == 0, done.output
    assert max(small_pieces) < COUNT == sum(small_pieces)
    by_file = classifier.predict(folder)
    proba = classifier.predict_proba([folder / f"p{i:02}.png" for i in range(COUNT)])
    monkeypatch.setattr(pieces, "NUMBERS", 1 << 24)
    again = run("predict", tmp_path / "m.safe", folder, "--out", tmp_path / "all.csv")
    assert small_pieces[-1] == COUNT
    assert (tmp_path / "some.csv").read_bytes() == (tmp_path / "all.csv").read_bytes()
    assert [row[0] for row in rows(tmp_path / "all.csv")[1:]] == [
        f"p{i:02}.png" for i in range(COUNT)
    ]
    notes = [line for line in again.output.splitlines() if line.startswith("note")]
    assert notes
    assert [line for line in done.output.splitlines() if line.startswith("note")] == notes
    np.testing.assert_array_equal(by_file, classifier.predict(folder))
    np.testing.assert_array_equal(proba, classifier.predict_proba(folder))
    assert by_file.tolist() == [row[1] for row in rows(tmp_path / "all.csv")[1:]]


@pytest.mark.filterwarnings("ignore::shoal.errors.ShoalWarning")
def test_masks_in_pieces(
    tmp_path: Path, segmenter: Model, small_pieces: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = pictures(tmp_path / "new", unlike=True)
    segmenter.save(tmp_path / "m.safe")
    done = run("predict", tmp_path / "m.safe", folder, "--out", tmp_path / "some", "--json")
    assert done.exit_code == 0, done.output
    assert max(small_pieces) < COUNT == sum(small_pieces)
    some = segmenter.predict(folder)
    monkeypatch.setattr(pieces, "NUMBERS", 1 << 24)
    assert run("predict", tmp_path / "m.safe", folder, "--out", tmp_path / "all").exit_code == 0
    np.testing.assert_array_equal(some, segmenter.predict(folder))
    names = sorted(path.name for path in (tmp_path / "all").iterdir())
    assert names == sorted(path.name for path in folder.iterdir())
    for i, name in enumerate(names):
        mask = np.asarray(Image.open(tmp_path / "some" / name))
        np.testing.assert_array_equal(mask, np.asarray(Image.open(tmp_path / "all" / name)))
        np.testing.assert_array_equal(mask, some[i, : mask.shape[0], : mask.shape[1]])


def test_broken_pictures_among_pieces(
    tmp_path: Path, classifier: Model, small_pieces: list[int]
) -> None:
    folder = pictures(tmp_path / "new")
    whole = (folder / "p00.png").read_bytes()
    for i in (5, 6, 7, 8, 9, 10):  # more than a piece
        (folder / f"p{i:02}.png").write_bytes(whole[:60])
    (folder / "p20.png").write_bytes(b"no picture")
    classifier.save(tmp_path / "m.safe")
    out = tmp_path / "out.csv"
    done = run("predict", tmp_path / "m.safe", folder, "--out", out)
    assert done.exit_code != 0
    assert "p20.png" in done.output
    assert small_pieces == []  # told before anything is predicted
    done = run("predict", tmp_path / "m.safe", folder, "--out", out, "--skip-broken")
    assert done.exit_code == 0, done.output
    assert len(rows(out)) == 1 + COUNT - 7
    assert "7 of 23 files cannot be read and are left out" in " ".join(done.output.split())


def test_an_interrupted_prediction_leaves_nothing(
    tmp_path: Path, classifier: Model, segmenter: Model, small_pieces: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = pictures(tmp_path / "new")
    original = pieces.read_pictures

    def stopped(files: Any, how: Any, where: str) -> Any:
        if len(small_pieces) >= 2:
            raise KeyboardInterrupt
        return original(files, how, where)

    monkeypatch.setattr(pieces, "read_pictures", stopped)
    for model, out in ((classifier, "out.csv"), (segmenter, "masks")):
        small_pieces.clear()
        model.save(tmp_path / "m.safe")
        done = run("predict", tmp_path / "m.safe", folder, "--out", tmp_path / out)
        assert done.exit_code != 0
        assert sorted(path.name for path in tmp_path.iterdir()) == ["m.safe", "new"]


def test_rows_of_a_table_in_pieces(tmp_path: Path, small_pieces: list[int]) -> None:
    lines = [f"{i * 0.5},{'uvw'[i % 3]},{i}" for i in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,y", *lines]) + "\n")
    data = load(tmp_path / "t.csv")
    fitted = Preprocessing.fit(data, np.arange(30))
    width = fitted.input_shape[0]
    network = Network(Dense(1, name="out")(Input((width,))))
    weight = np.linspace(-1, 1, width).astype(np.float32)[:, None]
    from shoal.losses import AbsoluteError

    model = Model(
        network, Recipe(loss=AbsoluteError()),
        {"out": {"weight": weight, "bias": np.zeros(1, np.float32)}}, fitted,
    )  # fmt: skip
    model.save(tmp_path / "m.safe")
    unseen = [f"{i * 9},{'uz'[i % 2]},{i}" for i in range(1000)]
    (tmp_path / "new.csv").write_text("\n".join(["a,b,y", *unseen]) + "\n")
    done = run("predict", tmp_path / "m.safe", tmp_path / "new.csv", "--out", tmp_path / "o.csv",
               "--keep", "y")  # fmt: skip
    assert done.exit_code == 0, done.output
    new = load(tmp_path / "new.csv", like=fitted, need_target=False)
    assert pieces.RowPieces(new, fitted).several
    with pytest.warns(ShoalWarning) as caught:
        expected = model.predict(new)
    found = rows(tmp_path / "o.csv")
    assert found[0] == ["y", "prediction"]
    assert [row[0] for row in found[1:]] == [str(i) for i in range(1000)]
    assert [row[1] for row in found[1:]] == [f"{value:.7g}" for value in expected.tolist()]
    told = " ".join(done.output.split())
    for warning in caught:
        assert told.count(str(warning.message)) == 1
