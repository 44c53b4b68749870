"""Folders too large for memory: their pixels are decoded once and found again."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shoal.data import load
from shoal.data.encode import pixels as allocation
from shoal.data.encode.pixels import PixelInputs
from shoal.data.io import image_files
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.errors import DataError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache; no folder is small enough for memory."""
    monkeypatch.setenv("SHOAL_DATA_CACHE", f"{tmp_path}/cache")
    monkeypatch.setattr(allocation, "SHARE", 0.0)
    return tmp_path / "cache"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for number in range(12):
        folder = tmp_path / "photos" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (5, 4, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")
    return tmp_path / "photos"


def _decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of each time that files are decoded their number, as they are told to be counted."""
    counted, seen = image_files.counted, list[int]()
    monkeypatch.setattr(
        image_files, "counted", lambda things, total: seen.append(total) or counted(things, total)
    )
    return seen


def test_a_folder_is_decoded_once(
    photos: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOAL_DATA_CACHE", "off")
    wanted = load(str(photos))
    monkeypatch.setenv("SHOAL_DATA_CACHE", str(cache))
    seen = _decoded(monkeypatch)
    for _ in range(2):
        data = load(str(photos))
        assert np.array_equal(data.x, wanted.x)
        assert data.x.dtype == np.uint8
        assert not data.x.flags.writeable
        assert (data.y.tolist(), data.example_names) == (wanted.y.tolist(), wanted.example_names)  # type: ignore[union-attr]
        assert f"pixels are kept in {cache}" in data.notes[-1]
        assert data.notes[:-1] == wanted.notes
        assert seen == [12]
    assert len(list(cache.iterdir())) == 1
    train = prepare(data, split(data)).train.x
    assert isinstance(train, PixelInputs)
    assert train.pixels is data.x


def test_another_size_or_a_changed_file_is_read_anew(
    photos: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(str(photos))
    seen = _decoded(monkeypatch)
    assert load(str(photos), size=(3, 3)).x.shape == (12, 3, 3, 3)
    assert seen == [12]
    Image.new("RGB", (4, 5), "white").save(photos / "a" / "00.png")
    data = load(str(photos))
    assert seen == [12] * 2
    assert (data.x[0] == 255).all()
    again = load(str(photos), size=(3, 3))
    assert (again.x[0] == 255).all()
    assert again.resizing is not None
    assert seen == [12] * 3
    assert np.array_equal(load(str(photos), size=(3, 3)).x, again.x)
    assert seen == [12] * 3


def test_broken_files_that_are_left_out_stay_so(photos: Path, cache: Path) -> None:
    (photos / "b" / "01.png").write_bytes(b"none")
    with pytest.raises(DataError, match=r"01\.png"):
        load(str(photos))
    assert not cache.exists() or list(cache.iterdir()) == []
    first, second = (load(str(photos), skip_broken=True) for _ in range(2))
    assert len(first) == 11
    assert first.notes == second.notes
    assert any("left out" in note for note in second.notes)
    assert first.example_names == second.example_names
    assert np.array_equal(first.x, second.x)


def test_an_interrupt_leaves_no_half(
    photos: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(things: object, total: int) -> object:
        yield next(iter(things))  # type: ignore[call-overload]
        assert len(list(cache.iterdir())) == 1
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(image_files, "counted", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load(str(photos))
    assert list(cache.iterdir()) == []
    assert len(load(str(photos))) == 12


def test_a_damaged_cache_is_made_anew(photos: Path, cache: Path) -> None:
    wanted = np.array(load(str(photos)).x)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.unlink()
    kept.write_bytes(whole[:-30])
    assert np.array_equal(load(str(photos)).x, wanted)
    assert kept.read_bytes() == whole


def test_an_archive_is_known_by_what_it_holds(
    photos: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "photos.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(photos.rglob("*.png")):
            archive.write(file, file.relative_to(photos))
    seen = _decoded(monkeypatch)
    first = load(str(packed))
    second = load(str(packed))
    assert seen == [12]
    assert np.array_equal(first.x, second.x)
    os.utime(packed, (1, 1))
    load(str(packed))
    assert seen == [12] * 2


def test_a_small_folder_is_read_into_memory(
    photos: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocation, "SHARE", 0.25)
    data = load(str(photos))
    assert data.x.flags.writeable
    assert not cache.exists()
    assert not any("kept in" in note for note in data.notes)
