"""A folder is listed once while a data set is read, whatever asks what lies in it."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shoal.data import load
from shoal.data.io.folder_entries import entries, folders_listed_once


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counts: Counter[str] = Counter()
    scandir = os.scandir

    def counting(path: Any = ".") -> Any:
        counts[str(path)] += 1
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counting)
    return counts


def picture(path: Path, level: int = 0) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((6, 6), level, np.uint8)).save(path)


def classes(root: Path) -> None:
    for i, label in enumerate("ab"):
        picture(root / "train" / label / "1.png", i)
        picture(root / "test" / label / "2.png", i + 5)


def masks(root: Path) -> None:
    for name in ("1.png", "2.png"):
        picture(root / "data" / "images" / name)
        picture(root / "data" / "masks" / name, int(name[0]))


def texts(root: Path) -> None:
    for label in ("neg", "pos"):
        for number in range(2):
            path = root / "train" / label / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"a text of {label} {number}")


def table(root: Path) -> None:
    for number in range(3):
        picture(root / "pictures" / f"{number}.png", number)
    (root / "labels.csv").write_text("file,label\n0.png,a\n1.png,b\n2.png,a\n")


@pytest.mark.parametrize("make", [classes, masks, texts, table])
def test_each_folder_is_listed_once(make: Any, tmp_path: Path, listed: Counter[str]) -> None:
    make(tmp_path)
    listed.clear()
    load(tmp_path)
    mine = {path: count for path, count in listed.items() if path.startswith(str(tmp_path))}
    assert mine
    assert set(mine.values()) == {1}, mine


def test_nothing_is_remembered_for_the_next_time(tmp_path: Path) -> None:
    classes(tmp_path)
    assert len(load(tmp_path)) == 4
    picture(tmp_path / "train" / "a" / "3.png", 9)
    assert len(load(tmp_path)) == 5


def test_what_is_within_ends_with_what_is_around(tmp_path: Path) -> None:
    with folders_listed_once():
        assert entries(tmp_path) == ()
        (tmp_path / "a").touch()
        with folders_listed_once():
            assert entries(tmp_path) == ()
        assert entries(tmp_path) == ()
    assert [entry.name for entry in entries(tmp_path)] == ["a"]


def test_what_is_no_file_is_neither_file_nor_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert [(e.is_folder, e.is_file, e.is_link) for e in entries(tmp_path)] == [
        (False, False, False), (False, False, True),
    ]  # fmt: skip
