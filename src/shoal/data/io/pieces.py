"""Data to predict, a piece at a time, so that what is held of them does not grow with them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from shoal.data.dataset import Dataset
from shoal.data.encode.pictures import NamedFiles, how_read_for, named_files, wanted_by
from shoal.data.encode.unlike_sizes import file_sizes, sizes_of
from shoal.data.io.folder_kind import folder_kind
from shoal.data.io.image_files import HowRead, Pictures, check_headers, notes_of, read_pictures
from shoal.data.io.mask_folder import pictures_to_segment
from shoal.data.io.metadata import picture_tables
from shoal.data.io.picture import AnyFile
from shoal.data.io.picture_tree import is_picture_archive
from shoal.data.preprocessing import Preprocessing
from shoal.errors import DataError
from shoal.utils.counting import unheard

NUMBERS = 1 << 24
"""Numbers that a piece holds, inputs and answers together; 64 MB of them."""

LEAST = 16
"""Examples of a piece, at least."""

MOST = 4096


@dataclass(eq=False)
class PicturePieces:
    """Pictures in files, decoded a piece at a time.

    What a model says of a picture does not depend on those beside it, so it is what it would say
    of all at once. Files that cannot be read are an error before the first piece, as far as
    their first bytes tell.

    Attributes:
        files: what is read.
        like: what the model does with pictures.
        skip_broken: whether files that cannot be read are left out.
        done: what was read so far, with its files.
    """

    files: NamedFiles
    like: Preprocessing
    skip_broken: bool = False
    done: list[tuple[Sequence[AnyFile], Pictures | None]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.files.files)

    def __iter__(self) -> Iterator[Dataset]:
        """The pieces.

        Raises:
            DataError: a file that is no picture, unless such are left out.
        """
        how = how_read_for(self.like, HowRead(skip_broken=self.skip_broken))
        headers = check_headers(self.files.files, how, self.files.label)
        outputs = self.like.outputs if self.like.task == "segmentation" else 0
        fixed = int(np.prod(self.like.encoder.shape[:2])) if how.resizing else 0
        areas = [fixed or height * width for height, width in headers]
        for part in _parts(areas, 3 + outputs):
            dataset = self._read(part, how)
            if dataset is not None:
                yield dataset
        if not any(read for _, read in self.done):
            raise DataError(
                "some pictures can be read",
                received=f"{len(self):,} files, none of which can",
                where=self.files.label,
            )

    def _read(self, part: slice, how: HowRead) -> Dataset | None:
        files, called = self.files.files[part], self.files.called[part]
        try:
            with unheard():
                read = read_pictures(files, how, self.files.label)
        except OSError as error:
            raise DataError(
                "the file can be read", received=error.strerror or str(error),
                where=self.files.label,
            ) from None  # fmt: skip
        except DataError as error:
            if not (self.skip_broken and error.rule == "some pictures can be read"):
                raise
            self.done.append((files, None))
            return None
        self.done.append((files, replace(read, x=read.x[:0])))
        data = Dataset.from_arrays(read.x, name=self.files.label)
        return replace(
            data, example_names=tuple(called[i] for i in read.rows), resizing=read.resizing,
            skip_broken=self.skip_broken, sizes=sizes_of(read),
            file_sizes=file_sizes(read.sizes, read.resizing),
        )  # fmt: skip

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on all that was read."""
        return (*self.files.notes, *notes_of(self.done))


def _parts(areas: Sequence[int], numbers: int) -> Iterator[slice]:
    """Pictures one after another, so many that a piece's numbers are not too many."""
    start, held = 0, 0
    for place, area in enumerate(areas):
        count = place - start
        if count and (count >= MOST or (count >= LEAST and held + area * numbers > NUMBERS)):
            yield slice(start, place)
            start, held = place, 0
        held += area * numbers
    yield slice(start, len(areas))


@dataclass(frozen=True, eq=False)
class RowPieces:
    """The rows of a data set that was read, some at a time; few are one piece.

    Attributes:
        dataset: all of it.
        like: what the model does with it.
    """

    dataset: Dataset
    like: Preprocessing

    @property
    def size(self) -> int:
        """Rows of a piece."""
        each = int(np.prod(self.like.input_shape, dtype=np.float64)) + self.like.outputs
        return int(np.clip(NUMBERS // max(each, 1), LEAST, 1 << 16))

    @property
    def several(self) -> bool:
        """Whether there is more than one piece."""
        return len(self.dataset) > self.size

    def __len__(self) -> int:
        return len(self.dataset)

    def __iter__(self) -> Iterator[Dataset]:
        if not self.several:
            yield self.dataset
            return
        for start in range(0, len(self), self.size):
            end = min(start + self.size, len(self))
            yield self.dataset.rows(np.arange(start, end, dtype=np.int64))


def pictures_named(
    names: Sequence[str | os.PathLike[str]], like: Preprocessing, *, alone: bool
) -> NamedFiles | None:
    """The pictures that are to be predicted; None: what is named is read as a data set.

    Args:
        names: of files, folders and archives.
        like: what the model does with pictures.
        alone: whether one data set is named, which may be something else than pictures.

    Raises:
        DataError: what is not there, or a folder without pictures.
    """
    if not alone:
        return named_files(names).for_model(like)
    path = Path(names[0])
    segments = like.task == "segmentation"
    if like.kind != "image" or not (segments or wanted_by(like)):
        return None
    if is_picture_archive(path):
        return named_files(names).for_model(like)
    if not path.is_dir() or picture_tables(path, alone=False):
        return None
    kind = folder_kind(path, need_target=False)
    if segments and kind in ("masks", "pictures"):
        return pictures_to_segment(path)
    if kind in ("classes", "pictures"):
        return named_files(names).for_model(like)
    return None


def file_pieces(like: Preprocessing, named: Sequence[str | os.PathLike[str]]) -> list[list[str]]:
    """Names of pictures in files, also those in folders, in pieces; one piece: few, or archives.

    Raises:
        DataError: what is not there.
    """
    files = named_files(named).files
    paths = [str(file) for file in files if isinstance(file, Path)]
    if len(paths) < len(files) or len(files) <= LEAST:
        return [paths]
    how = how_read_for(like, HowRead())
    headers = check_headers(files, how, "pictures")
    outputs = like.outputs if like.task == "segmentation" else 0
    fixed = int(np.prod(like.encoder.shape[:2])) if how.resizing else 0
    areas = [fixed or height * width for height, width in headers]
    return [paths[part] for part in _parts(areas, 3 + outputs)]
