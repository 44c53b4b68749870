"""Pictures or texts in a folder for each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shoal.data.dataset import Dataset
from shoal.data.encode.tokens import Tokenization
from shoal.data.io.decoding import decoded
from shoal.data.io.files import table_suffix
from shoal.data.io.folder_entries import files_in, folders_in, image_files
from shoal.data.io.image_files import HowRead, left_out, listed, read_pictures
from shoal.data.io.other_formats import boxes_in
from shoal.data.io.picture_tree import (
    Layout,
    PictureTree,
    by_folder,
    class_layout,
    part_named,
    parts_note,
    pictures_below,
    unread_note,
)
from shoal.errors import DataError

_MASKS = {"mask", "masks", "label", "labels", "annotation", "annotations"}


def class_folders(folder: Path) -> list[Path]:
    """The folders in it that hold pictures, by name."""
    return [path for path in folders_in(folder) if image_files(path)]


def sorted_pictures(folder: Path) -> int:
    """How many pictures lie in folders of classes, below this one."""
    return len(class_layout(pictures_below(folder)).files)


def has_classes(folder: Path) -> bool:
    """Whether pictures lie in folders of several classes."""
    labels = set(class_layout(pictures_below(folder)).labels)
    return len(labels) > 1 and not all(map(part_named, labels))


def load_class_folder(root: Path, how: HowRead | None = None, *, several: bool = False) -> Dataset:
    """A classification of pictures; the folders' names are the classes.

    Files that are no pictures, and folders without any, are left out and told.

    Args:
        root: the folder or archive.
        how: how pictures are read.
        several: whether one class alone is refused, for nothing can be learned of it.

    Raises:
        DataError: no pictures in folders, or a file that is no picture.
    """
    found = pictures_below(root)
    layout = class_layout(found)
    if not layout.files:
        raise _without_classes(root, found)
    _check_are_classes(root, layout.labels, [place[-1] for place in layout.places])
    if several and len(set(layout.labels)) == 1:
        raise _one_class(root, layout.labels[0], found)
    pictures = read_pictures(layout.files, how or HowRead(), str(root))
    rows = pictures.rows
    parts = None if layout.parts is None else [layout.parts[i] for i in rows]
    data = Dataset.from_arrays(
        pictures.x, [layout.labels[i] for i in rows], parts=parts, name=str(root)
    )
    return replace(
        data,
        example_names=tuple("/".join(layout.places[i]) for i in rows),
        resizing=pictures.resizing,
        skip_broken=pictures.skipped,
        notes=(
            *data.notes,
            *layout.notes,
            *(() if parts is None else (parts_note(parts),)),
            *left_out([place[-1] for place in by_folder([*found.others, *layout.left])]),
            *([note] if (note := unread_note(found)) else []),
            *pictures.notes,
        ),
    )


def check_has_classes(folder: Path) -> None:
    """Refuse a folder of pictures to train on that tells neither classes nor masks.

    Raises:
        DataError: its pictures lie in it without a class, or it has files of other formats.
    """
    found = pictures_below(folder)
    if found.pictures or found.unread:
        raise _without_classes(folder, found)


def _without_classes(root: Path, found: PictureTree) -> DataError:
    where, places = str(root), [place for place, _ in found.pictures]
    if not places:
        names = listed([place[-1] for place in found.others])
        return DataError(
            "there are pictures",
            received=f"none, but {names}" if names else "none",
            where=where,
            hint=_hint(found),
        )
    folders = dict.fromkeys(place[-2] for place in places if len(place) > 1)
    if folders:
        return DataError(
            "pictures to train on lie in a folder for each class",
            expected=f"such as {next(iter(folders))}/cat/{places[0][-1]}",
            received=f"pictures without a class in {listed(list(folders))}",
            where=where,
            hint=_boxes(root),
        )
    return DataError(
        "pictures to train on lie in a folder for each class, or in images/ beside masks/",
        expected=f"such as {root / 'cat' / places[0][-1]}",
        received=f"{len(places)} pictures without a class, such as {places[0][-1]}",
        where=where,
        hint=_boxes(root),
    )


def _one_class(root: Path, label: str, found: PictureTree) -> DataError:
    tables = [place[-1] for place in found.others if table_suffix(place[-1])]
    told = f"If {tables[0]} tells the classes, give that file." if tables else None
    return DataError(
        "pictures to train on lie in a folder for each class",
        expected="two classes or more",
        received=f"one, {label!r}",
        where=str(root),
        hint=_boxes(root) or told,
    )


def _hint(found: PictureTree) -> str | None:
    note = unread_note(found)
    return None if note is None else f"{note}."


def _boxes(root: Path) -> str | None:
    """What to do with boxes of objects that lie beside the pictures, if there are any."""
    return boxes_in(root) if root.is_dir() else None


def _check_are_classes(root: Path, labels: Sequence[str], names: Sequence[str]) -> None:
    """Refuse folders whose names say that they are something else than classes."""
    classes = list(dict.fromkeys(labels))
    if all(map(part_named, classes)):
        raise DataError(
            "pictures lie in a folder for each class",
            expected=f"such as {classes[0]}/cat/{names[0]}, and a folder for training",
            received=f"pictures without a class in {listed(classes)}",
            where=str(root),
            hint=_boxes(root),
        )
    if len(classes) == 2 and {name.lower() for name in classes} & _MASKS:
        stems = [
            {Path(name).stem for name, label in zip(names, labels, strict=True) if label == one}
            for one in classes
        ]
        if stems[0] & stems[1]:
            raise DataError(
                "pictures with masks lie in images/ and masks/",
                received=f"{classes[0]}/ and {classes[1]}/ with files of the same names",
                where=str(root),
                hint="Rename the folders.",
            )


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
    _check_text_classes(layout, folder)
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


def _labeled(found: PictureTree) -> tuple[PictureTree, list[str]]:
    """What was found but texts without a class, by the name of their folder, and a remark."""
    gone = {p for p, _ in found.pictures if len(p) > 1 and p[-2].lower() in _UNLABELED}
    if not gone or len(gone) == len(found.pictures):
        return found, []
    kept = tuple((place, file) for place, file in found.pictures if place not in gone)
    folders = listed(sorted({"/".join(place[:-1]) for place in gone}))
    texts = "1 text" if len(gone) == 1 else f"{len(gone):,} texts"
    note = f"left out, without a class: {texts} in {folders}"
    return replace(found, pictures=kept), [note]


def _check_text_classes(layout: Layout, folder: Path) -> None:
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
