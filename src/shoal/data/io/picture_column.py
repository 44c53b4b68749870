"""A table's column that names pictures in files, and where these files are.

Names may lead to files beside the table, in a folder there, or in a folder that was named; they
may lack the suffix, have another one, or be paths of another machine, of which the end counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from shoal.data.io.folder_entries import SUFFIXES, entries, folders_in
from shoal.data.io.image_files import listed
from shoal.data.io.sheet import Sheet
from shoal.errors import DataError

KNOWN = {
    "filename", "file", "filepath", "path", "image", "images", "imagepath", "imagename", "imageid",
    "imagefile", "imageurl", "img", "imgpath", "imgname", "imgid", "picture", "photo", "photoid",
    "id", "name", "uuid", "key",
}  # fmt: skip
"""What such columns are called, without signs; only these may hold names without a suffix."""

_MASK_WORDS = {
    "mask", "label", "segmentation", "seg", "annotation", "gt", "truth", "groundtruth", "target",
    "matte", "trimap", "mapping",
}  # fmt: skip
"""Words that speak of masks."""

SAMPLE = 40
"""Cells by which a column is judged."""

ENOUGH = 0.5
"""A column names pictures if the files of this share of them are there."""

MOST_FOLDERS = 200
"""Folders beside a table that are looked into."""

_DEEPEST = 6
"""Folders at the end of a path that count, at most."""


@dataclass(frozen=True, eq=False)
class NamedPictures:
    """The pictures that a table names.

    Attributes:
        column: the column's name.
        files: of each row; None: there is no such file.
        notes: remarks on where they were found.
    """

    column: str
    files: list[Path | None]
    notes: tuple[str, ...]


@dataclass(eq=False)
class _Listings:
    """What lies in folders, read once each."""

    seen: dict[Path, dict[str, str]] = field(default_factory=dict)

    def find(self, path: Path) -> Path | None:
        """A picture of this name: as it is, in other letters, or with another suffix."""
        names = self._names(path.parent)
        low = path.name.lower()
        found = names.get(f"={path.name}") or names.get(low) or names.get(f"{low}.")
        if found is None and path.suffix.lower() in SUFFIXES:
            found = names.get(f"{path.stem.lower()}.")
        return None if found is None else path.parent / found

    def _names(self, folder: Path) -> dict[str, str]:
        if folder not in self.seen:
            self.seen[folder] = _names_in(folder)
        return self.seen[folder]


def _names_in(folder: Path) -> dict[str, str]:
    """The pictures in a folder, by name, by name in small letters, and by what is before a dot."""
    found: dict[str, str] = {}
    try:
        names = [one.name for one in entries(folder) if one.name.lower().endswith(SUFFIXES)]
    except OSError:
        return found
    for name in names:
        found[f"={name}"] = name
        found.setdefault(name.lower(), name)
        found.setdefault(f"{os.path.splitext(name)[0].lower()}.", name)
    return found


def find_pictures(
    sheet: Sheet, path: Path, images: Path | None, *, beside: Iterable[str] = ()
) -> NamedPictures | None:
    """The column of a table that names pictures; None: there is none.

    Args:
        sheet: the table.
        path: its file.
        images: the folder of the pictures, if it was named.
        beside: columns that are something else, such as the target.

    Raises:
        DataError: the pictures that the table names are not there, or a folder was named and
            nothing in the table names a picture there.
    """
    if images is not None and not images.is_dir():
        raise DataError("--images names a folder", received="none that is there", where=str(images))
    other = set(beside)
    names = [name for name in sheet.names if name not in other]
    samples = {name: _sample(sheet.column(name)) for name in names}
    by_suffix = [name for name in names if _end_as_pictures(samples[name])]
    by_name = [name for name in names if name not in by_suffix and _plain(name) in KNOWN]
    if not by_suffix and not by_name:
        if images is not None:
            raise _no_column(sheet, images)
        return None
    listings, roots = _Listings(), _roots(path, images)
    best: tuple[float, str, list[_Way]] = (0.0, "", [])
    for name in sorted(by_suffix, key=_doubt) + by_name:
        share, ways = _ways(samples[name], roots, listings)
        if share > best[0]:
            best = (share, name, ways)
    share, column, ways = best
    if share < ENOUGH:
        if by_suffix and not _has_numbers(sheet, names, by_suffix):
            raise _not_there(sheet, by_suffix[0], samples[by_suffix[0]], path, images)
        if images is not None:
            raise _no_column(sheet, images)
        return None
    files = [_resolved(cell, ways, listings) for cell in sheet.column(column)]
    return NamedPictures(column, files, _told(sheet, column, files, path))


def find_masks(
    sheet: Sheet, path: Path, images: Path | None, column: str, target: str | None = None
) -> NamedPictures | None:
    """The column of a table that names masks of its pictures; None: there is none.

    Cells of the column end as pictures do, and the files are there. It is the target; or its
    name speaks of masks, or it is the only column beside that of the pictures.

    Args:
        sheet: the table.
        path: its file.
        images: the folder of the pictures, if it was named; masks may also lie elsewhere.
        column: the column of the pictures.
        target: the column of the targets, if it was named.
    """
    others = [name for name in sheet.names if name != column]
    if target is not None:
        wanted = [name for name in others if name == target]
    else:
        wanted = sorted(filter(names_masks, others), key=others.index)
        wanted = wanted or (others if len(others) == 1 else [])
    listings, roots = _Listings(), _roots(path, None)
    roots += [] if images is None else [one for one in _roots(path, images) if one not in roots]
    for name in wanted:
        cells = sheet.column(name)
        if not _end_as_pictures(_sample(cells)):
            continue
        share, ways = _ways(_sample(cells), roots, listings)
        if share >= ENOUGH:
            files = [_resolved(cell, ways, listings) for cell in cells]
            return NamedPictures(name, files, (f"masks are those that column {name!r} names",))
    return None


def names_masks(name: str) -> bool:
    """Whether what a column is called speaks of masks."""
    words = re.findall("[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", name).lower())
    return any(word.removesuffix("s") in _MASK_WORDS for word in words)


_Way = tuple[Path, int]
"""A folder, and how many folders at the beginning of a name do not count."""


def _sample(cells: Sequence[str]) -> list[str]:
    step = max(len(cells) // SAMPLE, 1)
    return [cell for cell in islice(cells, 0, step * SAMPLE, step) if cell]


def _end_as_pictures(cells: Sequence[str]) -> bool:
    ends = sum(cell.lower().endswith(SUFFIXES) for cell in cells)
    return bool(cells) and ends >= 0.8 * len(cells)


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _doubt(name: str) -> tuple[bool, bool]:
    """The less, the more a column's name speaks of pictures."""
    return names_masks(name), _plain(name) not in KNOWN


def _has_numbers(sheet: Sheet, names: Sequence[str], named: Sequence[str]) -> bool:
    """Whether a table has several columns beside names of files, and can be read without these."""
    return len([name for name in names if name not in named]) > 2


def _roots(path: Path, images: Path | None) -> list[Path]:
    """Folders where pictures may be, those that are called like the table first."""
    if images is not None:
        return [images, *_folders_in(images)]
    inner = _folders_in(path.parent)
    words = path.name.lower().split(".")[0]
    near = sorted(inner, key=lambda folder: not folder.name.lower().startswith(words))
    deeper = [one for folder in inner[:20] for one in _folders_in(folder)]
    return [path.parent, *near, *deeper][:MOST_FOLDERS]


def _folders_in(folder: Path) -> list[Path]:
    try:
        return folders_in(folder)[:MOST_FOLDERS]
    except OSError:
        return []


def _ways(
    cells: Sequence[str], roots: Sequence[Path], found: _Listings
) -> tuple[float, list[_Way]]:
    """The share of these names whose files are there, and how they are found."""
    hits: dict[_Way, int] = {}
    for cell in cells:
        parts = _parts(cell)
        for root in roots:
            for without in range(min(len(parts), _DEEPEST)):
                if found.find(root.joinpath(*parts[without:])) is not None:
                    hits[root, without] = hits.get((root, without), 0) + 1
                    break
    ways = sorted(hits, key=lambda way: (-hits[way], way[1], roots.index(way[0])))
    there = sum(_resolved(cell, ways, found) is not None for cell in cells)
    return there / max(len(cells), 1), ways


def _parts(cell: str) -> list[str]:
    """The folders and the name of a path, of whatever system."""
    text = cell.strip().removeprefix("file://").replace("\\", "/")
    return [part for part in text.split("/") if part not in ("", ".") and not part.endswith(":")]


def _resolved(cell: str, ways: Sequence[_Way], found: _Listings) -> Path | None:
    """The file of a name; None: there is none."""
    if not cell.strip():
        return None
    if os.path.isabs(cell) and (file := found.find(Path(cell))) is not None:
        return file
    parts = _parts(cell)
    for root, without in ways:
        if parts[without:] and ".." not in parts[without:]:
            file = found.find(root.joinpath(*parts[without:]))
            if file is not None:
                return file
    return None


def _told(sheet: Sheet, column: str, files: Sequence[Path | None], path: Path) -> tuple[str, ...]:
    """Remarks on names that are not as the files', and on files that no row names."""
    there = [file for file in files if file is not None]
    folders = sorted({file.parent for file in there})
    used = set(there)
    idle = [
        folder / name
        for folder in folders
        for name in sorted(set(_names_in(folder).values()))
        if folder / name not in used
    ]
    shown = listed([_short(folder, path) for folder in folders])
    notes = [f"pictures are those that column {column!r} names, in {shown}"]
    other = [cell for cell, file in zip(sheet.column(column), files, strict=True)
             if file is not None and file.name != _parts(cell)[-1]]  # fmt: skip
    if other:
        notes.append(f"names in {column!r} lack the suffix or have another one, as {other[0]!r}")
    if idle:
        told = listed([file.name for file in idle])
        notes.append(f"left out, for no row names them: {len(idle):,} pictures: {told}")
    return tuple(notes)


def _short(folder: Path, path: Path) -> str:
    try:
        return f"{folder.relative_to(path.parent).as_posix()}/".replace("./", "the table's folder")
    except ValueError:
        return str(folder)


def _not_there(
    sheet: Sheet, column: str, sample: Sequence[str], path: Path, images: Path | None
) -> DataError:
    where = path.parent if images is None else images
    return DataError(
        "the pictures that a table names are there",
        expected=f"files such as {where / Path(*_parts(sample[0]))}",
        received="hardly any of them",
        where=f"{sheet.where}, column {column!r}",
        hint="Name their folder: --images, or images=. To read the table without them, leave "
        f"the column out: --drop {column}, or drop=.",
    )


def _no_column(sheet: Sheet, images: Path) -> DataError:
    return DataError(
        "a column of the table names the pictures",
        expected=f"names of files in {images}",
        received=f"columns {', '.join(map(repr, sheet.names[:20]))}",
        where=sheet.where,
    )
