"""Files that tell sums of their bytes: one wrong byte is an error, or changes nothing."""

from __future__ import annotations

import gzip
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from shoal.data import load
from shoal.data.io.mask_files import read_mask_file
from shoal.data.io.picture import read_picture
from shoal.errors import DataError

SMOOTH = np.add.outer(np.arange(24), np.arange(30)).astype(np.uint8)


def png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(SMOOTH).save(buffer, "PNG")
    return buffer.getvalue()


PNG = png()

TABLE = "a,b,y\n" + "".join(f"{i},{'uv'[i % 2]},{i / 4}\n" for i in range(40))


def damaged(whole: bytes, place: float, change: int) -> bytes:
    at = int(place * len(whole))
    return whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :]


damages = given(
    place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255)
)  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@damages
def test_a_wrong_byte_in_a_png(
    tmp_path_factory: pytest.TempPathFactory, place: float, change: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "wrong.png"
    path.write_bytes(damaged(PNG, place, change))
    for read in (lambda: read_picture(path).values[..., 0], lambda: read_mask_file(path).values):
        try:
            found = read()
        except DataError:
            continue
        np.testing.assert_array_equal(found, SMOOTH)


@settings(max_examples=60, deadline=None, derandomize=True)
@damages
def test_a_wrong_byte_in_a_packed_table(
    tmp_path_factory: pytest.TempPathFactory, place: float, change: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "wrong.csv.gz"
    path.write_bytes(damaged(gzip.compress(TABLE.encode(), mtime=0), place, change))
    try:
        data = load(path, progress=False)
    except DataError:
        return
    assert data.y is not None
    assert data.y.tolist() == [i / 4 for i in range(40)]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    root = tmp_path_factory.mktemp("classes")
    for label in "ab":
        (root / label).mkdir()
        (root / label / "1.png").write_bytes(PNG)
    return Path(shutil.make_archive(str(root), "zip", root)).read_bytes()


@settings(max_examples=60, deadline=None, derandomize=True)
@damages
def test_a_wrong_byte_in_an_archive(
    tmp_path_factory: pytest.TempPathFactory, archive: bytes, place: float, change: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "wrong.zip"
    path.write_bytes(damaged(archive, place, change))
    try:
        data = load(path, progress=False)
    except DataError:
        return
    assert isinstance(data.x, np.ndarray)
    for pixels in data.x[..., 0]:
        np.testing.assert_array_equal(pixels, SMOOTH)
