"""Data to predict as a command takes them: a piece at a time, with progress and remarks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shoal.cli.arguments import check_are_pictures, one_by_one
from shoal.cli.reading import print_notes, printing_remarks
from shoal.cli.terminal import Terminal
from shoal.errors import ShoalWarning

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.data.io.pieces import PicturePieces, RowPieces
    from shoal.models.ensemble import Ensemble
    from shoal.models.model import Model


def picture_pieces(
    model: Model | Ensemble, names: Sequence[str], *, skip_broken: bool
) -> PicturePieces | None:
    """The pictures of these names, if that is what they are; else one data set is named.

    Raises:
        DataError: what is not there, or is no picture.
    """
    from shoal.data.io.folder_entries import folders_listed_once
    from shoal.data.io.pieces import PicturePieces, pictures_named

    like = model.preprocessing
    if one_by_one(names):
        check_are_pictures(names)
    with folders_listed_once():
        found = pictures_named(names, like, alone=not one_by_one(names))
    return None if found is None else PicturePieces(found, like, skip_broken)


def row_pieces(model: Model | Ensemble, dataset: Dataset) -> RowPieces:
    """The rows of a data set that was read."""
    from shoal.data.io.pieces import RowPieces

    return RowPieces(dataset, model.preprocessing)


def reported(pieces: PicturePieces | RowPieces) -> Iterator[Dataset]:
    """The pieces; after each, the listener is called with the number of examples done."""
    from shoal.utils.counting import report

    done = 0
    for piece in pieces:
        yield piece
        done += len(piece)
        report(done, len(pieces))


@contextmanager
def piece_remarks_told(
    terminal: Terminal, model: Model | Ensemble, pieces: PicturePieces | RowPieces
) -> Iterator[None]:
    """Tell remarks on all pieces together, once."""
    from shoal.data.io.pieces import PicturePieces

    if isinstance(pieces, PicturePieces):
        with printing_remarks(terminal):
            yield
        print_notes(terminal, pieces.notes)
        return
    with printing_remarks(terminal, pieces.dataset.notes):
        if not pieces.several:
            yield
            return
        for remark in model.preprocessing.remarks(pieces.dataset):
            warnings.warn(remark, ShoalWarning, stacklevel=2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ShoalWarning)
            yield
