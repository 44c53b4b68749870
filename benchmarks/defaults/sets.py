"""The sets of the row `defaults`, and their splits.

Bundled ones come with shoal; the others are read from a folder (`DEFAULTS_FOLDER`), whose
files are as their publishers left them. Nothing is scaled before a method sees it; photos of
unlike sizes are resized to 64×64.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.defaults.problem import Array, Kind, Problem

FOLDER = "DEFAULTS_FOLDER"
"""The environment variable that names the folder."""

TEST = 0.2
"""Share of the rows that scores, where the set has no test rows of its own."""

SIDE = 64
"""Of photos, after resizing."""

NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Raw:
    """Examples; ``test`` and ``validation`` are rows that the set itself keeps for these."""

    kind: Kind
    x: Array
    y: Array
    test: Array | None = None
    validation: Array | None = None


def _bundled(name: str) -> Callable[[Path], Raw]:
    def read(_: Path) -> Raw:
        from shoal.data import load

        data = load(name)
        kind: Kind = "mask" if data.task == "segmentation" else "image"
        return Raw(kind, np.asarray(data.x), np.asarray(data.y))

    return read


def mnist(folder: Path) -> Raw:
    """All of it; the last 10,000 are for the test."""
    from shoal.data import load

    data = load(folder / "mnist")
    return Raw("image", np.asarray(data.x), np.asarray(data.y), np.asarray(data.fixed_test))


def flowers(folder: Path) -> Raw:
    """Photos, a folder a class, upright and resized."""
    from PIL import Image, ImageOps

    pictures, classes = [], []
    names = sorted(path for path in (folder / "flowers").iterdir() if path.is_dir())
    for number, of in enumerate(names):
        for path in sorted(of.iterdir()):
            with Image.open(path) as photo:
                upright = ImageOps.exif_transpose(photo).convert("RGB")
                small = upright.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
            pictures.append(np.asarray(small))
            classes.append(number)
    return Raw("image", np.stack(pictures), np.array(classes))


def nuclei(folder: Path) -> Raw:
    """Pictures of cells; a pixel is of a nucleus or is not."""
    with np.load(folder / "nuclei" / "dsb2018_256.npz", allow_pickle=False) as found:
        return Raw("mask", found["image"], (found["instance"] > 0).astype(np.int32))


def sms(folder: Path) -> Raw:
    """Messages, each once."""
    lines = (folder / "text" / "sms.tsv").read_text(encoding="utf-8").split("\n")
    pairs = [line.split("\t", 1) for line in lines if "\t" in line]
    each = {text: label for label, text in reversed(pairs)}  # the first of equal ones counts
    texts = list(dict.fromkeys(text for _, text in pairs))
    return Raw("text", np.array(texts), np.array([int(each[text] == "spam") for text in texts]))


def sst2(folder: Path) -> Raw:
    """Sentences of reviews, with the validation and the test part that everybody takes."""
    texts: list[str] = []
    classes: list[int] = []
    ends = []
    for part in ("train", "dev", "test"):
        lines = (folder / "text" / "sst2" / f"{part}.tsv").read_text(encoding="utf-8").split("\n")
        for line in filter(None, lines):
            text, label = line.rsplit("\t", 1)
            texts.append(text)
            classes.append(int(label))
        ends.append(len(texts))
    rows = np.arange(len(texts))
    return Raw("text", np.array(texts), np.array(classes), rows[ends[1] :], rows[ends[0] : ends[1]])


@dataclass(frozen=True)
class Source:
    """Where a set comes from.

    Attributes:
        read: from the folder to examples.
        kind: of its examples.
        splits: how many are told; where the test rows are the set's own, only seeds differ.
        folds: whether the splits are the folds of a cross-validation.
        bundled: whether no folder is needed.
    """

    read: Callable[[Path], Raw]
    kind: Kind
    splits: int
    folds: bool = False
    bundled: bool = False


SETS: Mapping[str, Source] = {
    "digits": Source(_bundled("digits"), "image", 3, bundled=True),
    "shapes": Source(_bundled("shapes"), "mask", 3, bundled=True),
    "mnist-5k": Source(_bundled("mnist-5k"), "image", 3, bundled=True),
    "flowers": Source(flowers, "image", 5, folds=True),
    "sms": Source(sms, "text", 3),
    "sst2": Source(sst2, "text", 3),
    "nuclei": Source(nuclei, "mask", 1),
    "mnist": Source(mnist, "image", 1),
}
"""Small ones first, the bundled ones ahead."""


def available(folder: str | None) -> tuple[str, ...]:
    """Names of the sets that can be read: all, or without the folder the bundled ones."""
    whole = bool(folder) and Path(folder or "").is_dir()
    return tuple(name for name, source in SETS.items() if whole or source.bundled)


def folder_asked() -> str | None:
    """What `DEFAULTS_FOLDER` says, as a whole path."""
    folder = os.environ.get(FOLDER, "")
    return str(Path(folder).resolve()) if folder else None


def problem(name: str, split: int, folder: str | None = None) -> Problem:
    """A set with one of its splits.

    Args:
        name: one of `SETS`.
        split: its number.
        folder: where the files are; of bundled sets it is not looked at.

    Raises:
        FileNotFoundError: the set is not bundled, and the folder does not have it.
    """
    source = SETS[name]
    raw = source.read(Path(folder or "."))
    test = raw.test if raw.test is not None else _drawn(raw, split, source)
    learn = np.setdiff1d(np.arange(len(raw.y)), test)
    validation = NONE if raw.validation is None else raw.validation
    return Problem(name, raw.kind, raw.x, raw.y, learn, np.sort(test), validation)


def _drawn(raw: Raw, split: int, source: Source) -> Array:
    """Test rows by the split's number, for classes stratified; or one fold of several."""
    random = np.random.RandomState(1700 if source.folds else 1700 + split)
    order = random.permutation(len(raw.y))
    if raw.kind == "mask":
        return order[: round(TEST * len(order))]
    every, at = (source.splits, split) if source.folds else (round(1 / TEST), 0)
    ranked = order[np.argsort(raw.y[order], kind="stable")]
    return ranked[at::every]
