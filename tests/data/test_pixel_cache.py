"""Pixels of large folders in the user's cache: whole or not there, and found by their key."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import jax
import numpy as np
import pytest

from shoal.data.io import pixel_cache
from shoal.data.io.pixel_cache import (
    Builder,
    cache_folder,
    cache_remark,
    find,
    key_of,
    worth_keeping,
)
from shoal.errors import DataError

FILES = [("/a/cat.png", 12, 5), ("/a/dog.png", 13, 6)]
READING = {"size": [2, 3], "way": "fit"}
PIXELS = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(4, 2, 3, 1)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOAL_DATA_CACHE", f"{tmp_path}/cache/pixels")
    monkeypatch.setattr(pixel_cache, "BLOCK", 16)
    return tmp_path / "cache" / "pixels"


def _build(key: str = "k", pixels: np.ndarray = PIXELS, more: int = 0) -> pixel_cache.CachedPixels:
    with Builder(key) as builder:
        x = builder.allocate((len(pixels) + more, *pixels.shape[1:]), pixels.dtype)
        assert x is not None
        x[: len(pixels)] = pixels
        return builder.finish(x[: len(pixels)], {"notes": ["one"]})


def test_what_is_built_is_found_again(folder: Path) -> None:
    assert find("k") is None
    built = _build()
    found = find("k")
    assert found is not None
    for one in (built, found):
        assert np.array_equal(one.x, PIXELS)
        assert not one.x.flags.writeable
        assert one.told == {"notes": ["one"]}
        assert one.path == folder / "k.pixels"
    assert [path.name for path in folder.iterdir()] == ["k.pixels"]
    assert folder.stat().st_mode & 0o077 == 0
    assert find("other") is None


def test_a_device_takes_the_map_as_it_lies() -> None:
    x = _build().x
    assert jax.device_put(x).unsafe_buffer_pointer() == x.ctypes.data


def test_only_rows_that_were_read_are_kept() -> None:
    assert np.array_equal(_build(more=3).x, PIXELS)
    found = find("k")
    assert found is not None
    assert found.x.shape == PIXELS.shape


@pytest.mark.parametrize("dtype", ["uint16", "int32", "float32"])
def test_pixels_of_every_depth_come_back(dtype: str) -> None:
    pixels = (PIXELS * 100.5).astype(dtype)
    _build(pixels=pixels)
    found = find("k")
    assert found is not None
    assert (found.x.dtype, found.x.tolist()) == (np.dtype(dtype), pixels.tolist())


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"",
        lambda whole: whole + b"\0",
        lambda whole: bytes([whole[0] ^ 1]) + whole[1:],
        lambda whole: whole[:23] + bytes([whole[23] ^ 128]) + whole[24:],
        lambda whole: whole.replace(b'"uint8"', b'"uint9"'),
        lambda whole: whole.replace(b"[4, 2, 3, 1]", b"[9, 2, 3, 1]"),
        lambda whole: whole[:-20] + b"\xff" * 12 + whole[-8:],
    ],
    ids=["last byte", "half", "empty", "longer", "pixel", "last pixel", "type", "shape", "tail"],
)
def test_a_damaged_file_is_as_none_and_goes(folder: Path, damage: object) -> None:
    path = _build().path
    whole = path.read_bytes()
    path.unlink()  # others may still read it
    path.write_bytes(damage(whole))  # type: ignore[operator]
    assert find("k") is None
    assert not path.exists()
    assert np.array_equal(_build().x, PIXELS)


def test_a_file_of_another_kind_is_as_none(folder: Path) -> None:
    path = _build().path
    text = json.dumps(["no footer"]).encode()
    tail = len(text).to_bytes(8, "little") + zlib.crc32(text).to_bytes(4, "little")
    path.unlink()
    path.write_bytes(text + tail + pixel_cache.MAGIC)
    assert find("k") is None
    assert not path.exists()


def test_an_interrupt_leaves_nothing(folder: Path) -> None:
    def interrupted() -> None:
        with Builder("k") as builder:
            assert builder.allocate(PIXELS.shape, PIXELS.dtype) is not None
            assert [path.suffix for path in folder.iterdir()] == [".part"]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(folder.iterdir()) == []
    assert find("k") is None


def test_what_a_killed_run_left_goes_and_what_another_writes_stays(folder: Path) -> None:
    with Builder("other") as writing:
        assert writing.allocate(PIXELS.shape, PIXELS.dtype) is not None
        (folder / "killed.part").write_bytes(b"half")
        _build()
        names = sorted(path.name.split(".")[0] for path in folder.iterdir())
        assert names == ["k", "other"]


def test_the_oldest_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, key in enumerate("abc"):
        os.utime(_build(key).path, (number, number))
    size = (folder / "a.pixels").stat().st_size
    assert find("a") is not None  # used: now the youngest
    monkeypatch.setenv("SHOAL_DATA_CACHE_GB", f"{(2 * size + PIXELS.nbytes) / 1e9:.12f}")
    _build("d")
    assert sorted(path.stem for path in folder.iterdir()) == ["a", "c", "d"]


def test_the_key_is_of_files_and_of_how_they_are_read() -> None:
    key = key_of(FILES, READING)
    assert key == key_of(list(FILES), dict(reversed(READING.items())))
    others = [
        key_of(FILES[:1], READING),
        key_of(FILES[::-1], READING),
        key_of([FILES[0], ("/a/dog.png", 14, 6)], READING),
        key_of([FILES[0], ("/a/dog.png", 13, 7)], READING),
        key_of([FILES[0], ("/b/dog.png", 13, 6)], READING),
        key_of(FILES, {**READING, "way": "pad"}),
    ]
    assert len({key, *others}) == 7


def test_what_memory_holds_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOAL_MAX_GB", "1")
    assert [worth_keeping(size) for size in (10**8, 3 * 10**8)] == [False, True]
    monkeypatch.setenv("SHOAL_DATA_CACHE_GB", "0.2")
    assert not worth_keeping(3 * 10**8)
    monkeypatch.setenv("SHOAL_DATA_CACHE_GB", "inf")
    monkeypatch.setenv("SHOAL_DATA_CACHE", "off")
    assert not worth_keeping(3 * 10**8)
    with Builder("k") as builder:
        assert builder.allocate(PIXELS.shape, PIXELS.dtype) is None


def test_a_folder_of_others_is_refused_where_it_was_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with pytest.raises(DataError, match="only the user writes to"):
        cache_folder(make=True)
    monkeypatch.delenv("SHOAL_DATA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parent.parent))
    own = folder.parent.parent / "shoal" / "pictures"
    assert cache_folder(make=True) == own
    own.chmod(0o777)
    assert cache_folder(make=True) is None


def test_a_place_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SHOAL_DATA_CACHE", f"{tmp_path}/file/cache")
    with pytest.raises(DataError, match="SHOAL_DATA_CACHE names another folder"):
        cache_folder(make=True)


def test_where_pixels_lie_and_how_much_they_are_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_cache, "BLOCK", 1 << 20)
    found = _build(pixels=np.zeros((3, 1000, 1000, 1), np.uint8))
    told = cache_remark(found)
    assert str(found.path) in told
    monkeypatch.setenv("HOME", str(found.path.parent.parent))
    assert "kept in ~/pixels/k.pixels (" in cache_remark(found)
    assert "(0.003 GB; all that is kept there: 0.003 GB of 50 GB)" in told


def test_nothing_in_a_file_is_more_than_data(folder: Path) -> None:
    """What is kept is JSON behind the pixels."""
    raw = _build().path.read_bytes()
    assert raw[: PIXELS.size] == PIXELS.tobytes()
    assert json.loads(raw[PIXELS.size : -20])["told"] == {"notes": ["one"]}
