"""From a data set and a split to arrays that a network can be trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset, Kind, Task
from shoal.data.encode.character_ngrams import CharacterNGrams
from shoal.data.encode.compact_inputs import AnyInputs, part_of
from shoal.data.encode.pixels import taken
from shoal.data.encode.weights import mean_weight
from shoal.data.preprocessing import Preprocessing, take
from shoal.data.splitting.split import Split
from shoal.errors import DataError
from shoal.utils.text import short_repr


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs and targets, ready for training.

    Attributes:
        x: float32 of shape ``(n, *input_shape)``; int32 where texts are tokens. Of a large
            table it may be compact, of pictures with 8 or 16 bits it is the pixels of the
            data set; rows of these are float32 too.
        y: int32 of shape (n,), of masks (n, height, width), of labels (n, labels); or
            float32 of shape (n, targets).
        weight: how much each counts, float32 of shape (n,), of mean 1 over the
            training part; None: all the same.
        sizes: height and width of each picture in ``x``, int32 of shape (n, 2); None: all
            are as large as the array.
    """

    __repr__ = short_repr

    x: AnyInputs
    y: npt.NDArray[Any]
    weight: npt.NDArray[np.float32] | None = None
    sizes: npt.NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.x)

    def parted(self, at: int) -> tuple[Examples, Examples]:
        """The examples before this place, and those from there on: views."""
        return self._part(slice(None, at)), self._part(slice(at, None))

    def _part(self, rows: slice) -> Examples:
        weight = None if self.weight is None else self.weight[rows]
        sizes = None if self.sizes is None else self.sizes[rows]
        return Examples(part_of(self.x, rows), self.y[rows], weight, sizes)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set, split and preprocessed.

    Attributes:
        train, validation, test: the three parts.
        both: training and validation rows, in this order, where an ensemble's folds are of
            them; then these parts are views of it.
        preprocessing: what was fitted on the training part.
        split: which rows went where.
        name: the data set's name.
    """

    __repr__ = short_repr

    train: Examples
    validation: Examples
    test: Examples
    preprocessing: Preprocessing
    split: Split
    name: str
    both: Examples | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self.preprocessing.input_shape

    @property
    def outputs(self) -> int:
        """Number of classes or targets."""
        return self.preprocessing.outputs

    @property
    def task(self) -> Task:
        """What is predicted."""
        return self.preprocessing.task

    @property
    def kind(self) -> Kind:
        """Images, a table or texts."""
        return self.preprocessing.kind

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; empty for a regression."""
        return self.preprocessing.classes


def prepare(
    dataset: Dataset,
    split: Split,
    *,
    standardize: bool = True,
    second_is_positive: bool = False,
    tile: int | None = None,
    ngrams: CharacterNGrams | None = None,
    fitted: Preprocessing | None = None,
) -> Prepared:
    """Fit the preprocessing on the training rows, and apply it to all three parts.

    Where an ensemble's folds are of the training and validation rows, it is fitted on both.

    Args:
        dataset: with targets.
        split: of its rows.
        standardize: whether the targets of a regression are standardized.
        second_is_positive: see `Preprocessing.fit`.
        tile: see `Preprocessing.fit`.
        ngrams: see `Preprocessing.fit`.
        fitted: what was fitted on these rows before, if it was.

    Raises:
        DataError: if the split is of another data set, or leaves nothing to train on.
    """
    rows = np.concatenate([split.train, split.validation, split.test])
    if len(split.train) == 0 or rows.max() >= len(dataset):
        raise DataError(
            "a split names rows of the data set, some of them for training",
            expected=f"rows 0 to {len(dataset) - 1}",
            received=f"{len(split.train)} for training, up to row {rows.max(initial=-1)}",
            where=dataset.name,
        )
    fits = split.train
    if split.ensemble is not None:
        fits = np.concatenate([split.train, split.validation])
    preprocessing = fitted or Preprocessing.fit(
        dataset, fits, standardize=standardize, second_is_positive=second_is_positive, tile=tile,
        ngrams=ngrams,
    )  # fmt: skip
    if preprocessing.task in ("classification", "segmentation") and preprocessing.outputs < 2:
        raise DataError(
            f"{preprocessing.task} needs at least two classes",
            received=f"{preprocessing.outputs}",
            where=dataset.name,
        )
    unit = 1.0 if dataset.weight is None else mean_weight(dataset.weight, fits, dataset.name)
    test = _examples(dataset, split.test, preprocessing, unit)
    if split.ensemble is not None:
        both = _examples(dataset, fits, preprocessing, unit)
        train, validation = both.parted(len(split.train))
        return Prepared(train, validation, test, preprocessing, split, dataset.name, both)
    train, validation = (
        _examples(dataset, part, preprocessing, unit) for part in (split.train, split.validation)
    )
    return Prepared(train, validation, test, preprocessing, split, dataset.name)


def _examples(
    dataset: Dataset, rows: npt.NDArray[np.int64], preprocessing: Preprocessing, unit: float
) -> Examples:
    """These rows, their weights divided by the unit; of pictures no pixel is copied."""
    pictures = dataset.kind == "image"
    names = dataset.example_names
    part = Dataset(
        dataset.name,
        dataset.kind,
        dataset.task,
        dataset.x if pictures else take(dataset.x, rows),
        None if dataset.y is None else taken(dataset.y, rows),
        dataset.classes,
        dataset.target,
        label_type=dataset.label_type,
        example_names=names if pictures or not names else tuple(names[i] for i in rows),
    )
    weight = None if dataset.weight is None else (dataset.weight[rows] / unit).astype(np.float32)
    x = preprocessing.compact(part, rows if pictures else None)
    sizes = None if dataset.sizes is None else dataset.sizes[rows]
    return Examples(x, preprocessing.transform_targets(part), weight, sizes)
