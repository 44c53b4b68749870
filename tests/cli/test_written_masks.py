"""Predicted masks are written as those of training were: kind of picture, numbers, colors, size."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from shoal import Conv, Input, Network, Recipe
from shoal.cli.main import app
from shoal.cli.mask_files import write_masks
from shoal.data import Dataset, load
from shoal.data.preprocessing import Preprocessing
from shoal.losses import CrossEntropy
from shoal.models.model import Model

SIDE = 8
BLOCKS = np.kron(np.array([[0, 1], [1, 0]]), np.ones((4, 4), int)).astype(bool)
INSIDE = np.stack([BLOCKS, ~BLOCKS, BLOCKS.T | BLOCKS])


def indexed(mask, palette):
    picture = Image.fromarray(mask.astype(np.uint8))
    picture.putpalette(palette)
    return picture


KINDS = {
    "gray, 0 and 255": lambda mask: Image.fromarray(mask.astype(np.uint8) * 255),
    "gray, 3 and 7": lambda mask: Image.fromarray(np.where(mask, 7, 3).astype(np.uint8)),
    "16 bits": lambda mask: Image.fromarray((mask * 300).astype(np.uint16)),
    "one bit": lambda mask: Image.fromarray(mask),
    "a palette": lambda mask: indexed(mask * 2, [9, 9, 9, 1, 2, 3, 200, 0, 50, 7, 7, 7]),
    "colors": lambda mask: Image.fromarray(
        np.where(mask[..., None], (10, 200, 30), (0, 0, 128)).astype(np.uint8)
    ),
}


def folder_of(root: Path, masks, times=1):
    """Pictures that are bright where the masks are true, each with its mask."""
    for place in ("images", "masks"):
        (root / place).mkdir(parents=True)
    for name, inside, mask in zip("abc", INSIDE, masks, strict=True):
        bright = np.kron(inside, np.ones((times, times), int)).astype(np.uint8) * 200
        Image.fromarray(bright).save(root / "images" / f"{name} 1.png")
        mask.resize((SIDE * times, SIDE * times), Image.Resampling.NEAREST).save(
            root / "masks" / f"{name} 1_mask.png"
        )
    return root


def model_of(data: Dataset) -> Model:
    """The class of a pixel is the one that a bright, or a dark, pixel has in these data."""
    fitted = Preprocessing.fit(data, np.arange(len(data)))
    x = Input((SIDE, SIDE, 1))
    network = Network(Conv(2, kernel_size=1, name="scores")(x))
    bright = data.y[0, 0, -1]
    weight = np.array([-1.0, 1.0] if bright else [1.0, -1.0], np.float32).reshape(1, 1, 1, 2)
    params = {"scores": {"weight": weight, "bias": np.zeros(2, np.float32)}}
    return Model(network, Recipe(loss=CrossEntropy()), params, fitted)


@pytest.mark.parametrize("kind", KINDS)
def test_masks_come_out_as_they_came_in(tmp_path, kind):
    folder = folder_of(tmp_path / "data", [KINDS[kind](inside) for inside in INSIDE])
    model = model_of(load(folder))
    model.save(tmp_path / "m.safetensors")
    again = Model.load(tmp_path / "m.safetensors")
    new = load(folder, like=again.preprocessing, need_target=False)
    write_masks(tmp_path / "out", again, [new])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"{name} 1.png" for name in "abc"
    ]
    for name in "abc":
        wanted = Image.open(folder / "masks" / f"{name} 1_mask.png")
        found = Image.open(tmp_path / "out" / f"{name} 1.png")
        assert (found.mode, found.size) == (wanted.mode, wanted.size)
        np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted))
        if wanted.mode == "P":
            assert found.getpalette()[:12] == wanted.getpalette()[:12]


@pytest.mark.parametrize("way", ["fit", "pad"])
def test_masks_are_as_large_as_their_pictures(tmp_path, way):
    masks = [KINDS["gray, 0 and 255"](inside) for inside in INSIDE]
    folder = folder_of(tmp_path / "data", masks, times=3)
    model = model_of(load(folder, size=SIDE, resize=way))
    data = load(folder, like=model.preprocessing, need_target=False)
    assert data.x.shape == (3, SIDE, SIDE, 1)
    write_masks(tmp_path / "out", model, [data])
    wanted = np.kron(INSIDE, np.ones((1, 3, 3), int)) * 255
    for name, mask in zip("abc", wanted, strict=True):
        np.testing.assert_array_equal(Image.open(tmp_path / "out" / f"{name} 1.png"), mask)
    paths = [folder / "images" / f"{name} 1.png" for name in "abc"]
    np.testing.assert_array_equal(model.predict(paths), wanted)
    np.testing.assert_array_equal(model.predict(str(paths[1])), wanted[1:2])
    bright = [np.asarray(Image.open(path)) for path in paths]
    np.testing.assert_array_equal(model.predict(bright), wanted)
    unlike = [bright[0], bright[1][:12]] if way == "fit" else [bright[0], bright[1]]
    found = model.predict(unlike)
    np.testing.assert_array_equal(found[1, : len(unlike[1])] >= 0, True)
    assert found.shape == (2, 3 * SIDE, 3 * SIDE)
    # Scored are pixels of the size that the network sees.
    metrics = model.evaluate(np.stack(bright), wanted)
    assert metrics["pixel_accuracy"] == 1.0
    assert model.predict_proba(bright).shape == (3, 3 * SIDE, 3 * SIDE, 2)


def test_the_command_writes_a_mask_of_a_picture(tmp_path):
    folder = folder_of(tmp_path / "data", [KINDS["a palette"](inside) for inside in INSIDE])
    model_of(load(folder)).save(tmp_path / "m.safetensors")
    picture = folder / "images" / "b 1.png"
    done = CliRunner().invoke(
        app, ["predict", str(tmp_path / "m.safetensors"), str(picture), "-o", str(tmp_path / "o")]
    )
    assert done.exit_code == 0, done.output
    (written,) = (tmp_path / "o").iterdir()
    np.testing.assert_array_equal(Image.open(written), INSIDE[1] * 2)
