"""A folder of texts: one .txt a text, in a folder for each class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shoal.data.class_layout import Layout, class_layout, part_named, parts_note
from shoal.data.dataset import Dataset
from shoal.data.decoding import decoded
from shoal.data.folder_entries import files_in
from shoal.data.image_files import left_out, listed
from shoal.data.picture_tree import Found, by_folder, pictures_below
from shoal.data.tokenization import Tokenization
from shoal.errors import DataError

SUFFIX = ".txt"

_UNLABELED = {"unsup", "unsupervised", "unlabeled", "unlabelled", "no_label"}
"""How folders of texts without a class are called."""


def text_files(folder: Path) -> list[Path]:
    """The texts that lie in a folder, by name; hidden files are none."""
    return [path for path in files_in(folder) if path.suffix.lower() == SUFFIX]


def texts_in_classes(folder: Path) -> int:
    """How many texts lie in folders of classes, below this one."""
    return len(class_layout(_labeled(pictures_below(folder, (SUFFIX,)))[0]).files)


def load_text_folder(
    folder: Path,
    *,
    need_target: bool,
    tokenization: Tokenization | None,
    encoding: str | None = None,
) -> Dataset:
    """A classification from ``class/name.txt``; without targets also from ``name.txt``.

    Folders of classes may lie below ``train/``, ``val/`` and ``test/``. Where no target is
    needed, and both are there, those that are more are read. What is not read is told.

    Raises:
        DataError: a file that is no text.
    """
    found, without = _labeled(pictures_below(folder, (SUFFIX,)))
    layout = class_layout(found)
    loose = [] if need_target else text_files(folder)
    if len(loose) > len(layout.files):
        places = tuple((path.name,) for path in loose)
        layout = Layout(places, tuple(loose), ("",) * len(loose), None, (), ())
        others = [p for p in by_folder([*found.others, *layout.left]) if p not in places]
        without = []
    else:
        others = by_folder([*found.others, *layout.left])
    _check_are_classes(layout, folder)
    read = [_read(Path(str(path)), encoding) for path in layout.files]
    labels = list(layout.labels) if any(layout.labels) else None
    data = Dataset.from_arrays(
        [text for text, _ in read], labels, tokenization=tokenization, parts=layout.parts,
        name=str(folder),
    )  # fmt: skip
    names = tuple("/".join(place) for place in layout.places)
    assumed = [(name, notes[0]) for name, (_, notes) in zip(names, read, strict=True) if notes]
    notes = [f"{assumed[0][0]}: {assumed[0][1]}"] if assumed else []
    if len(assumed) > 1:
        notes[0] += f"; so it is with {len(assumed) - 1} more"
    notes += [] if layout.parts is None else [parts_note(layout.parts)]
    notes += [*data.notes, *layout.notes, *without, *left_out([place[-1] for place in others])]
    return replace(data, example_names=names, notes=tuple(notes), encoding=encoding)


def _labeled(found: Found) -> tuple[Found, list[str]]:
    """What was found but texts without a class, by the name of their folder, and a remark."""
    gone = {p for p, _ in found.pictures if len(p) > 1 and p[-2].lower() in _UNLABELED}
    if not gone or len(gone) == len(found.pictures):
        return found, []
    kept = tuple((place, file) for place, file in found.pictures if place not in gone)
    folders = listed(sorted({"/".join(place[:-1]) for place in gone}))
    texts = "1 text" if len(gone) == 1 else f"{len(gone):,} texts"
    note = f"left out, without a class: {texts} in {folders}"
    return replace(found, pictures=kept), [note]


def _check_are_classes(layout: Layout, folder: Path) -> None:
    """Refuse folders whose names say that they are parts of the data and no classes.

    Raises:
        DataError: all of them do.
    """
    classes = sorted(set(layout.labels))
    if any(classes) and all(map(part_named, classes)):
        raise DataError(
            "texts lie in a folder for each class",
            expected=f"such as {classes[0]}/pos/{layout.places[0][-1]}, and a folder for training",
            received=f"texts without a class in {listed(classes)}",
            where=str(folder),
        )


def _read(path: Path, encoding: str | None) -> tuple[str, list[str]]:
    text, notes = decoded(path.read_bytes(), str(path), encoding, what="a text")
    return text.strip(), notes
