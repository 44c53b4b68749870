"""Pictures for validation of other sizes than those for training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from shoal.data import Dataset, load
from shoal.data.splitting.split import split


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def folder(root: Path, side: int, *, masks: bool, wider: int = 0) -> Path:
    rng = np.random.default_rng(side)
    for i in range(6):
        pixels = rng.integers(0, 255, (side, side + wider * (i % 2), 3)).astype(np.uint8)
        if masks:
            save(root / "images" / f"{i}.png", pixels)
            save(root / "masks" / f"{i}.png", ((pixels[..., 0] > 100) * 255).astype(np.uint8))
        else:
            save(root / "ab"[i % 2] / f"{i}.png", pixels)
    return root


@pytest.mark.parametrize("options", [{"size": 8}, {"size": "6x10", "resize": "pad"}, {}])
@pytest.mark.parametrize("masks", [False, True])
def test_they_get_the_size_of_training(tmp_path: Path, masks: bool, options: Any) -> None:
    own = folder(tmp_path / "own", 20, masks=masks)
    if not options and masks:
        return  # they keep their sizes; see below
    data = load(folder(tmp_path / "train", 12, masks=masks), **options)
    joined = data.with_parts(validation=str(own), test=str(own))
    assert joined.x.shape == (18, *data.x.shape[1:])
    some = joined.rows(np.arange(5, 15))
    assert len(some) == 10
    assert {len(split(joined).train), len(split(joined).validation)} == {6}
    if options:
        again = load(own, **options)
        np.testing.assert_array_equal(joined.x[6:12], again.x)
        np.testing.assert_array_equal(joined.y[6:12], again.y)


@pytest.mark.parametrize(("wide", "wider"), [(0, 0), (2, 0), (0, 2), (2, 2)])
def test_pictures_with_masks_keep_their_sizes(tmp_path: Path, wide: int, wider: int) -> None:
    data = load(folder(tmp_path / "train", 12, masks=True, wider=wide))
    own = load(folder(tmp_path / "own", 20, masks=True, wider=wider))
    joined = data.with_parts(validation=str(tmp_path / "own"))
    assert joined.sizes is not None
    assert joined.sizes[0].tolist() == [12, 12]
    assert joined.sizes[7].tolist() == [20, 20 + wider]
    for row, (source, place) in enumerate([*((data, i) for i in range(6)),
                                           *((own, i) for i in range(6))]):  # fmt: skip
        height, width = joined.sizes[row].tolist()
        one: Dataset = source
        np.testing.assert_array_equal(joined.x[row, :height, :width],
                                      one.x[place, :height, :width])  # fmt: skip
        np.testing.assert_array_equal(joined.y[row, :height, :width],
                                      one.y[place, :height, :width])  # fmt: skip
        outside = np.ones(joined.y.shape[1:], bool)
        outside[:height, :width] = False
        assert (joined.y[row][outside] == -1).all()
