"""``load``: a data set by name or by path."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from shoal.data.bundled import load_digits, load_mnist_5k
from shoal.data.dataset import Dataset, Task
from shoal.data.idx_folder import load_idx_folder
from shoal.data.mask_folder import is_mask_folder, load_mask_folder
from shoal.data.mnist import load_mnist
from shoal.data.npz import load_npz
from shoal.data.shapes import load_shapes
from shoal.data.shows_reading import shows_reading
from shoal.data.text_folder import is_text_folder, load_text_folder
from shoal.data.tokenization import Tokenization
from shoal.errors import DataError

NAMES = ("digits", "mnist-5k", "mnist", "shapes")
"""The data sets that have a name."""

SUFFIXES = (".npz", ".csv", ".tsv")


@shows_reading
def load(
    source: str | os.PathLike[str],
    *,
    target: str | None = None,
    groups: str | None = None,
    need_target: bool = True,
    task: Task | None = None,
    text: str | bool | None = None,
    tokenization: Tokenization | None = None,
    weight: str | None = None,
    cache: Path | None = None,
    progress: bool = True,
) -> Dataset:
    """Read a data set.

    Args:
        source: ``digits`` (1,797 digits, 8×8), ``mnist-5k`` (5,000 digits, 28×28),
            ``mnist`` (70,000, downloaded once), ``shapes`` (400 pictures with masks);
            or a path: a folder with IDX files, with ``images/`` and ``masks/``, or with
            a folder of ``.txt`` for each class; an ``.npz`` with arrays ``x`` and ``y``;
            a ``.csv`` or ``.tsv`` with a header.
        target: for tables, the name of the target column, or names of several that hold
            0 and 1, with commas between; the last when None.
        groups: for tables, the name of the column that tells which rows belong
            together, such as a patient's; it is no input, and splits keep them whole.
        need_target: whether targets must be there. When False they may be
            missing, and for a table all columns are inputs unless ``target`` is one.
        task: classification, regression or segmentation; guessed from the targets when None.
        text: for tables, the name of the column of texts to be read; None: found where
            one column of free text stands beside the target; False: there is none.
        tokenization: how texts become tokens; the usual way when None.
        weight: for tables, the name of a column that says how much each row counts, in
            training and in every metric.
        cache: shoal's cache folder; the user's own when None.
        progress: whether standard error, where it is a terminal, shows that data are read,
            and a bar as they are downloaded.

    Raises:
        DataError: if there is no such data set or file, or it cannot be used.
    """
    if source in NAMES or not _is_table(source):
        _refuse(source, "target column to name", target)
        _refuse(source, "column of groups to name", groups)
        _refuse(source, "column of texts to name", text or None)
        _refuse(source, "column of weights to name", weight)
    if source in NAMES:
        _refuse(source, "column of texts that become tokens", tokenization)
    if source == "digits":
        return load_digits()
    if source == "mnist-5k":
        return load_mnist_5k()
    if source == "shapes":
        return load_shapes()
    if source == "mnist":
        return load_mnist(cache, progress=progress)
    path = Path(source)
    try:
        if path.is_dir():
            return _load_folder(path, need_target, task, tokenization)
        if not path.exists():
            raise _not_there(path, named=isinstance(source, str))
        if _is_table(path):
            from shoal.data.csv_table import load_csv

            return load_csv(
                path, target=target, groups=groups, need_target=need_target, task=task,
                text=text, tokenization=tokenization, weight=weight,
            )  # fmt: skip
        _refuse(path, "column of texts that become tokens", tokenization)
        return _load_file(path, need_target=need_target, task=task)
    except OSError as error:
        raise DataError(
            "the file can be read", received=error.strerror or str(error), where=str(path)
        ) from None


def _load_folder(
    path: Path, need_target: bool, task: Task | None, tokenization: Tokenization | None
) -> Dataset:
    if is_text_folder(path, need_target=need_target):
        return load_text_folder(path, need_target=need_target, tokenization=tokenization)
    _refuse(path, "column of texts that become tokens", tokenization)
    if is_mask_folder(path, need_target=need_target):
        return load_mask_folder(path, need_target=need_target)
    return load_idx_folder(path, need_target=need_target, task=task)


def _load_file(path: Path, *, need_target: bool, task: Task | None) -> Dataset:
    if path.suffix.lower() == ".npz":
        return load_npz(path, need_target=need_target, task=task)
    raise DataError(
        "the end of a file's name tells its format",
        expected=f"{', '.join(SUFFIXES)}, or a folder with IDX files, with images/ and masks/, "
        "or with texts",
        received=repr(path.suffix),
        where=str(path),
    )


def _is_table(source: str | os.PathLike[str]) -> bool:
    return Path(source).suffix.lower() in (".csv", ".tsv")


def _refuse(source: str | os.PathLike[str], what: str, given: object) -> None:
    if given is not None and (source in NAMES or Path(source).exists()):
        raise DataError(
            f"only a CSV or TSV table has a {what}", received=repr(given), where=str(source)
        )


def _not_there(path: Path, *, named: bool) -> DataError:
    """No such file; or, for a bare word, no such data set."""
    text = str(path)
    if named and path.suffix == "" and len(path.parts) == 1:
        near = difflib.get_close_matches(text, NAMES, 1, 0.5)
        return DataError(
            "a data set is a known name or a path",
            expected=f"{', '.join(NAMES)}, or a file or folder",
            received=repr(text),
            hint=f"Did you mean {near[0]!r}?" if near else None,
        )
    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, 1, 0.7)
    return DataError(
        "no such file",
        where=text,
        hint=f"Did you mean {str(path.with_name(near[0]))!r}?" if near else None,
    )
