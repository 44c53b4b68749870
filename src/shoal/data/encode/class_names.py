"""Names of classes in a file beside the data, where labels or masks hold numbers or colors."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoal.data.io.image_files import left_out

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset

FILES = (
    "classes.txt", "classes.json", "class_names.txt", "class_names.json", "classnames.txt",
    "labels.txt", "labels.json", "label_names.txt", "names.txt", "obj.names", "classes.names",
    "id2label.json", "label_map.json", "labelmap.txt", "class_dict.csv", "classes.csv",
    "class_names.csv",
)  # fmt: skip
"""What such files are called, the most certain first."""

MOST_BYTES = 1 << 20

_WHOLE = re.compile("0|[1-9][0-9]{0,8}")

_COLOR = re.compile("#[0-9a-f]{6}")

_INDEXED = re.compile(r"(\d{1,9})\s*[,:;=\t ]\s*(\S.*)")

_COLORED = re.compile(r"(\d{1,3})[, \t]+(\d{1,3})[, \t]+(\d{1,3})[, \t]+(\S.*)")


def with_class_names(dataset: Dataset, source: Path) -> Dataset:
    """The data set with the names that a file beside it gives its classes, which is remarked on.

    Labels must be whole numbers, or colors of masks, and each of them must have a name there; of
    a table in a file there must be no more names than classes.

    Args:
        dataset: as it was read.
        source: the folder or file that it was read from.
    """
    labels = dataset.classes
    if dataset.task not in ("classification", "segmentation") or len(labels) < 2:
        return dataset
    if not all(_WHOLE.fullmatch(one) or _COLOR.fullmatch(one) for one in labels):
        return dataset
    if dataset.coding is not None and dataset.coding.instances:
        return dataset
    exact = dataset.kind != "image"
    for path in _files_beside(source):
        names = _read(path)
        chosen = _names_of(labels, names, exact=exact) if names is not None else None
        if chosen is not None:
            return _named(dataset, chosen, path)
    return dataset


def _named(dataset: Dataset, names: tuple[str, ...], path: Path) -> Dataset:
    shown = [f"{label} is {name}" for label, name in zip(dataset.classes, names, strict=True)]
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    note = f"classes are called as {path.name} says: {', '.join(shown[:4])}{more}"
    positive = dataset.positive
    if positive is not None:
        positive = names[dataset.classes.index(positive)]
    return replace(
        dataset, classes=names, class_labels=dataset.classes, label_type="str", guessed=False,
        positive=positive, notes=(*_still_right(dataset.notes, path.name), note),
    )  # fmt: skip


def _still_right(notes: Sequence[str], name: str) -> list[str]:
    """The remarks that hold where names of classes come from a file."""
    gone = left_out([name])
    return [note for note in notes if not note.startswith("taken as ") and note not in gone]


def _files_beside(source: Path) -> list[Path]:
    folder = source if source.is_dir() else source.parent
    below = [folder] if source.is_file() else [folder, *_inner(folder)]
    return [place / name for name in FILES for place in below if (place / name).is_file()]


def _inner(folder: Path) -> list[Path]:
    return [folder / name for name in ("data", "annotations", "masks", "labels")]


def _read(path: Path) -> Mapping[str, str] | Sequence[str] | None:
    """Names by label, or in the order of the labels; None: it holds something else."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        text = path.read_text("utf-8-sig")
        if path.suffix == ".json":
            return _of_json(json.loads(text))
        return _of_table(text) if path.suffix == ".csv" else _of_lines(text)
    except (OSError, ValueError, RecursionError, csv.Error):
        return None


def _of_json(found: Any) -> Mapping[str, str] | Sequence[str] | None:
    if isinstance(found, dict):
        for inner in ("id2label", "names", "classes", "class_names", "labels", "categories"):
            if isinstance(found.get(inner), dict | list):
                return _of_json(found[inner])
        pairs = [(str(key), _last(value)) for key, value in found.items()]
        if all(_WHOLE.fullmatch(key) and isinstance(value, str) for key, value in pairs):
            return {key: str(value) for key, value in pairs}
        if all(type(value) is int for _, value in pairs):
            return _once((str(value), key) for key, value in pairs)
        return None
    if not isinstance(found, list):
        return None
    if all(isinstance(one, dict) and {"id", "name"} <= set(one) for one in found):
        return _once((str(one["id"]), str(one["name"])) for one in found)
    return found if all(isinstance(one, str) for one in found) else None


def _last(value: Any) -> Any:
    """A name; of a list such as that of a code and a name the last one."""
    return value[-1] if isinstance(value, list) and value else value


def _of_lines(text: str) -> Mapping[str, str] | Sequence[str] | None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    colored = [_COLORED.fullmatch(line) for line in lines]
    if lines and all(colored):
        return _once((_color(*m.group(1, 2, 3)), m[4].strip()) for m in colored if m)
    indexed = [_INDEXED.fullmatch(line) for line in lines]
    if lines and all(indexed):
        return _once((str(int(m[1])), m[2].strip().strip("\"'")) for m in indexed if m)
    return lines or None


def _of_table(text: str) -> Mapping[str, str] | None:
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if any(row)]
    header, body = [cell.lower() for cell in rows[0]], rows[1:]
    names = [i for i, cell in enumerate(header) if cell in ("name", "class", "class_name", "label")]
    if {"r", "g", "b"} <= set(header) and names:
        at = [header.index(one) for one in "rgb"]
        return _once((_color(*(row[i] for i in at)), row[names[0]]) for row in body)
    keys = [i for i, cell in enumerate(header) if cell in ("id", "index", "class_id", "classid",
            "label_id", "value", "number")]  # fmt: skip
    if keys and names:
        return _once((str(int(row[keys[0]])), row[names[0]]) for row in body)
    if all(len(row) == 2 and row[0].isdecimal() for row in rows):
        return _once((str(int(row[0])), row[1]) for row in rows)
    return None


def _color(*levels: str) -> str:
    return "#" + bytes(int(level) for level in levels).hex()


def _once(pairs: Any) -> dict[str, str]:
    """Names by label.

    Raises:
        ValueError: a label has two names.
    """
    found: dict[str, str] = {}
    for label, name in pairs:
        if found.setdefault(label, name) != name:
            raise ValueError("one name a label")
    return found


def _names_of(
    labels: Sequence[str], names: Mapping[str, str] | Sequence[str], *, exact: bool
) -> tuple[str, ...] | None:
    """The name of each label; None: one has none, or two have the same."""
    if exact and len(names) != len(labels):
        return None
    if not isinstance(names, Mapping):
        numbers = [int(label) for label in labels if _WHOLE.fullmatch(label)]
        if len(numbers) < len(labels):
            return None
        first = 1 if min(numbers) == 1 and max(numbers) == len(names) else 0
        names = {str(first + place): name for place, name in enumerate(names)}
    found = tuple(names.get(label, "").strip() for label in labels)
    clean = all(name and name.isprintable() and len(name) <= 200 for name in found)
    return found if clean and len(set(found)) == len(found) else None


def class_labels_from_json(data: Any, classes: tuple[str, ...]) -> tuple[str, ...]:
    """What a model's classes are called in the data, where they have names of their own.

    Raises:
        TypeError, ValueError: there is not one for each class.
    """
    if not isinstance(data, list) or not all(isinstance(one, str) for one in data):
        raise TypeError("labels of classes")
    if data and (len(data) != len(classes) or len(set(data)) != len(data)):
        raise ValueError("a label for each class")
    return tuple(data)


def unnamed_classes(dataset: Dataset) -> Dataset:
    """The data set with its classes as the labels that they are in the data."""
    if not dataset.class_labels:
        return dataset
    labels = dataset.class_labels
    positive = dataset.positive
    if positive is not None:
        positive = labels[dataset.classes.index(positive)]
    return replace(dataset, classes=labels, class_labels=(), label_type=None, positive=positive)
