"""Pictures and masks from the files of a stranger, by command."""

import csv
import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from shoal.cli.main import app
from shoal.data import load

NETWORK = """
layers = [
  { kind = "conv", channels = 2, kernel_size = 3 },
  "flatten",
  { kind = "dense", units = 2 },
]
[recipe]
epochs = 2
"""

MASKS = """
layers = [{ kind = "conv", channels = 2, kernel_size = 1 }]
[recipe]
epochs = 2
"""


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """Bright cats and dark dogs, some odd files, and a model of them."""
    folder = tmp_path_factory.mktemp("pets")
    rng = np.random.default_rng(0)
    for name, low in (("cat", 150), ("dog", 0)):
        (folder / "data" / name).mkdir(parents=True)
        for i in range(12):
            pixels = rng.integers(low, low + 100, (6, 6, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "data" / name / f"{i}.png")
    (folder / "data" / "LICENSE.txt").write_text("free")
    (folder / "data" / "dog" / "notes.txt").write_text("dogs")
    (folder / "network.toml").write_text(NETWORK)
    done = run(
        "train", folder / "data", "--network", folder / "network.toml", "--out", folder / "m.safe",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = " ".join(done.output.split())
    assert "24 images of 6×6×3, classification into 2 classes" in told
    assert "left out, for they are not of the data: LICENSE.txt, notes.txt" in told
    return folder


def predictions(pets, folder):
    done = run("predict", pets / "m.safe", folder, "--out", pets / "out.csv", "--json", "--force")
    assert done.exit_code == 0, done.output
    with open(pets / "out.csv") as file:
        return [list(row.values())[-2:] for row in csv.DictReader(file)]


def test_a_picture_alone_is_predicted_as_among_others_whatever_its_file(pets, tmp_path):
    original = Image.open(pets / "data" / "cat" / "3.png")
    for place in ("many", "one", "gray", "indexed"):
        (tmp_path / place).mkdir()
    for i in range(5):
        Image.open(pets / "data" / "dog" / f"{i}.png").save(tmp_path / "many" / f"b{i}.png")
    original.save(tmp_path / "many" / "a.png")
    original.convert("L").save(tmp_path / "many" / "c.png")
    original.save(tmp_path / "one" / "a.tif")
    original.convert("L").save(tmp_path / "gray" / "c.png")
    original.quantize(256).save(tmp_path / "indexed" / "a.gif")
    (tmp_path / "many" / "notes.txt").write_text("a stray")
    many = predictions(pets, tmp_path / "many")
    assert len(many) == 7
    assert many[0] == predictions(pets, tmp_path / "one")[0]
    assert many[0] == predictions(pets, tmp_path / "indexed")[0]
    assert many[-1] == predictions(pets, tmp_path / "gray")[0]


def test_a_broken_picture_is_named(pets, tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    done = run("predict", pets / "m.safe", tmp_path, "--out", tmp_path / "out.csv")
    assert done.exit_code == 2
    assert "a.png: the file is a picture" in " ".join(done.output.split())


def test_channels_that_come_first_are_told_at_prediction(pets, tmp_path):
    x = load(pets / "data").x
    np.savez(tmp_path / "first.npz", x=x.transpose(0, 3, 1, 2))
    np.savez(tmp_path / "last.npz", x=x)
    assert predictions(pets, tmp_path / "first.npz") == predictions(pets, tmp_path / "last.npz")
    told = run("predict", pets / "m.safe", tmp_path / "first.npz", "--out", tmp_path / "o.csv")
    assert "the channels come first" in told.output


def test_masks_in_color_are_predicted_in_their_colors(tmp_path):
    rng = np.random.default_rng(0)
    colors = np.array([[128, 0, 0], [0, 128, 0]], np.uint8)
    for place in ("images", "masks"):
        (tmp_path / "data" / place).mkdir(parents=True)
    for i in range(12):
        inside = rng.random((6, 6)) > 0.5
        pixels = (inside * 200 + rng.integers(0, 40, (6, 6))).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "data" / "images" / f"p{i}.png")
        mask = colors[inside.astype(int)]
        Image.fromarray(mask).save(tmp_path / "data" / "masks" / f"p{i}.png")
    (tmp_path / "network.toml").write_text(MASKS)
    model = tmp_path / "m.safe"
    done = run(
        "train", tmp_path / "data", "--network", tmp_path / "network.toml", "--out", model,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "each color is a class: #008000 (" in " ".join(done.output.split())
    done = run("predict", model, tmp_path / "data", "--out", tmp_path / "data2")
    assert done.exit_code == 0, done.output
    (tmp_path / "again").mkdir()
    (tmp_path / "data2").rename(tmp_path / "again" / "masks")
    (tmp_path / "data" / "images").rename(tmp_path / "again" / "images")
    # What was predicted is what the model predicts: its own masks score 1.
    done = run("evaluate", model, tmp_path / "again", "--rows", "all", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["pixel_accuracy"] == 1.0
