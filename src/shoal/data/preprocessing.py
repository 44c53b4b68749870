"""Everything between a data set and a network's inputs and outputs, kept with the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_format import PLAIN, CellFormat
from shoal.data.columns.fit import listed
from shoal.data.columns.number_scaling import mean_and_scale
from shoal.data.dataset import Dataset, Kind, Task
from shoal.data.encode.any_encoder import Encoder, encoder_from_json, encoder_to_json, fit_encoder
from shoal.data.encode.character_ngrams import CharacterNGrams
from shoal.data.encode.class_names import class_labels_from_json, unnamed_classes
from shoal.data.encode.classes import class_values, keys, matched, places_of, rarer
from shoal.data.encode.compact_inputs import AnyInputs, CompactInputs
from shoal.data.encode.encoders import ArrayEncoder, TableEncoder
from shoal.data.encode.image import ImageEncoder
from shoal.data.encode.mask_coding import MaskCoding
from shoal.data.encode.masks import recoded
from shoal.data.encode.pictures import at_size, files_named, load_picture_files, size_remark
from shoal.data.encode.pixels import PixelInputs, scaled
from shoal.data.encode.tokens import TextEncoder
from shoal.data.io.arrays import is_frame
from shoal.data.io.in_memory import as_pandas_or_array
from shoal.data.io.instances import MaskNumbers
from shoal.errors import DataError, ShoalError
from shoal.utils.schema import finite, positive
from shoal.utils.text import short_repr

Array = npt.NDArray[Any]

MOST_COLUMNS = 10**7
"""Of a table without a header."""

MOST_REMARKS = 8
"""On inputs, at most; the others are counted."""


@dataclass(frozen=True)
class Preprocessing:
    """Fitted once on training rows; the same for every later input.

    Attributes:
        task: ``classification``, ``regression``, ``segmentation`` or ``multi-label``.
        encoder: turns inputs into float32, texts into tokens.
        classes: names of the classes; empty for a regression.
        target: name of the target column, if the training data had one.
        target_mean, target_std: of each target of a regression in the training
            rows; empty for classification.
        label_type: what the classes are beside their names; see `Dataset`.
        positive: of two classes the one that IoU, Dice and F1 are of; None: the second.
        target_written: how the target's numbers are written in files.
        unnamed: how many columns the training file had, if it had no header.
        coding: what the masks of training are in files; None: nothing is known of it.
        tile: height and width of what the network of a segmentation sees at a time, where
            these are not whole pictures.
        class_labels: of each class what stands for it in the data, where it is called otherwise;
            see `Dataset.class_labels`.
    """

    __repr__ = short_repr

    task: Task
    encoder: Encoder
    classes: tuple[str, ...] = ()
    target: str | None = None
    target_mean: tuple[float, ...] = ()
    target_std: tuple[float, ...] = ()
    label_type: str | None = None
    positive: str | None = None
    target_written: CellFormat = PLAIN
    unnamed: int | None = None
    coding: MaskCoding | None = None
    tile: tuple[int, int] | None = None
    class_labels: tuple[str, ...] = ()

    @classmethod
    def fit(
        cls,
        dataset: Dataset,
        rows: npt.NDArray[np.int64],
        *,
        standardize: bool = True,
        second_is_positive: bool = False,
        tile: int | None = None,
        ngrams: CharacterNGrams | None = None,
    ) -> Preprocessing:
        """Fit on these rows of a data set, and on nothing else of it.

        Args:
            dataset: with targets.
            rows: of it.
            standardize: whether the targets of a regression are standardized, or
                taken as they are, because a loss wants counts or shares.
            second_is_positive: whether of two classes the second is the positive one,
                because a loss takes the first for the background; else it is the rarer
                one of these rows. What the data set says goes before both.
            tile: of a segmentation the side of the tiles that its network sees; None: whole
                pictures.
            ngrams: the character n-grams that a network for texts reads; None: none.

        Raises:
            DataError: if the data set has no targets.
        """
        if dataset.y is None:
            raise DataError("training needs targets", received="inputs only", where=dataset.name)
        if dataset.kind == "image" and isinstance(dataset.x, np.ndarray):
            encoder: Encoder = replace(ImageEncoder.fit(dataset.x, rows), resizing=dataset.resizing)
        else:
            encoder = fit_encoder(
                take(dataset.x, rows), dataset.text, dataset.tokenization, dataset.written,
                dataset.scaling, ngrams,
            )  # fmt: skip
        if dataset.task != "regression":
            positive = dataset.positive
            if positive is None and not second_is_positive:
                positive = _rarer_class(dataset, rows)
            return cls(
                dataset.task, encoder, dataset.classes, dataset.target,
                label_type=dataset.label_type, positive=positive, unnamed=dataset.unnamed,
                coding=dataset.coding,
                tile=_tile(dataset, encoder, tile), class_labels=dataset.class_labels,
            )  # fmt: skip
        columns = _as_columns(dataset.y[rows])
        mean, std = mean_and_scale(columns)
        if not standardize:
            mean, std = np.zeros_like(mean), np.ones_like(std)
        written = dataset.written.get(dataset.target or "", PLAIN)
        scaling = tuple(mean.tolist()), tuple(std.tolist())
        return cls(
            "regression", encoder, (), dataset.target, *scaling, target_written=written,
            unnamed=dataset.unnamed,
        )  # fmt: skip

    @property
    def kind(self) -> Kind:
        """Whether inputs are images, texts or the rows of a table."""
        if isinstance(self.encoder, TextEncoder):
            return "text"
        return "image" if isinstance(self.encoder, ImageEncoder) else "table"

    @property
    def text(self) -> str | None:
        """The name of the column of texts, if the training data had one."""
        return self.encoder.column if isinstance(self.encoder, TextEncoder) else None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of a table's columns; empty where they have none."""
        encoder = self.encoder
        return tuple(c.name for c in encoder.columns) if isinstance(encoder, TableEncoder) else ()

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example as the network sees it."""
        if self.tile is not None:
            return (*self.tile, self.encoder.shape[-1])
        return self.encoder.shape

    @property
    def any_size(self) -> bool:
        """Whether pictures may be of another size than in training: masks grow with them."""
        return self.task == "segmentation"

    @property
    def numeric(self) -> int | None:
        """How many of a table's features are numbers, the first ones; None where nobody knows."""
        if isinstance(self.encoder, ArrayEncoder):
            return self.input_shape[0]
        return self.encoder.numeric if isinstance(self.encoder, TableEncoder) else None

    @property
    def categories(self) -> tuple[int, ...]:
        """How many features each of a table's columns of categories has, the last ones."""
        return self.encoder.categories if isinstance(self.encoder, TableEncoder) else ()

    @property
    def outputs(self) -> int:
        """How many numbers the network gives: classes, or targets."""
        return len(self.target_mean) if self.task == "regression" else len(self.classes)

    @property
    def target_scale(self) -> npt.NDArray[np.float64]:
        """What one unit of the network's output is in units of the target, of shape (outputs,).

        Ones for classification.
        """
        return np.array(self.target_std if self.task == "regression" else [1.0] * self.outputs)

    @property
    def class_values(self) -> Array:
        """The classes as they were given, of shape (classes,): names, booleans or numbers."""
        return class_values(self.classes, self.label_type)

    @property
    def mask_labels(self) -> npt.NDArray[np.int32]:
        """The label of each class in a mask: the number that it is called by, or else its place.

        Shape (classes,). Masks of 0 and 255 have the labels 0 and 255.
        """
        values = self.class_values
        if self.class_labels:
            values = class_values(self.class_labels, None)
        if values.dtype.kind not in "iu" or np.abs(values.astype(np.float64)).max() >= 2**31:
            return np.arange(len(self.classes), dtype=np.int32)
        return values.astype(np.int32)

    @property
    def mask_numbers(self) -> MaskNumbers | None:
        """Whether the numbers of masks are classes or objects; None: there are no masks."""
        if self.task != "segmentation":
            return None
        return "instance" if self.coding is not None and self.coding.instances else "semantic"

    @property
    def positive_index(self) -> int:
        """The place of the positive one of two classes."""
        return 1 if self.positive is None else self.classes.index(self.positive)

    @property
    def positive_class(self) -> str | None:
        """The name of the positive one of two classes; None where there are not two."""
        alone = self.task in ("classification", "segmentation") and len(self.classes) == 2
        return self.classes[self.positive_index] if alone else None

    def transform(self, x: Any) -> npt.NDArray[np.float32 | np.int32]:
        """Inputs for the network, float32 of shape ``(n, *input_shape)``; of texts int32.

        Args:
            x: a Dataset, a DataFrame with the columns of training in any order,
                an array of shape (n, ...), or a list of texts; of pictures also a list of
                arrays or of Pillow's pictures of any sizes, or the names of files and folders.

        Raises:
            DataError: for a wrong shape, a column that is not there, or values
                that are not finite or of another type than in training.
        """
        return np.asarray(self._encoded(x, None, compact=False))

    def compact(self, x: Any, rows: npt.NDArray[np.int64] | None = None) -> AnyInputs:
        """As `transform`; those of a large table may be compact, pixels of 8 and 16 bits are.

        Args:
            x: as `transform` takes it.
            rows: which of the images of a data set are taken; all if None.
        """
        return self._encoded(x, None, compact=True, rows=rows)

    def read(self, x: Any) -> tuple[AnyInputs, tuple[str, ...]]:
        """What `compact` and `remarks` tell of inputs; those of a table are read once."""
        if isinstance(self.encoder, ImageEncoder):
            x = self._opened(x)
        if not isinstance(self.encoder, TableEncoder):
            return self.compact(x), self.remarks(x)
        notes: list[str] = []
        inputs = self._encoded(x, notes, compact=True)
        return inputs, self._told(x, notes)

    def _encoded(
        self,
        x: Any,
        notes: list[str] | None,
        *,
        compact: bool,
        rows: npt.NDArray[np.int64] | None = None,
    ) -> AnyInputs:
        """Inputs for the network; of a table, remarks on columns are added to the notes."""
        x = self._opened(x)
        raw, where = self._raw(x)
        with np.errstate(over="ignore", invalid="ignore"):
            if isinstance(self.encoder, ImageEncoder):
                raw = at_size(raw, self)
                names = x.example_names if isinstance(x, Dataset) else ()
                if rows is not None and names:
                    names = tuple(names[i] for i in rows)
                encoder = self.encoder.of_size(raw) if self.any_size else self.encoder
                inputs: AnyInputs = encoder.read(raw, where, names, rows)
            elif isinstance(self.encoder, TableEncoder):
                inputs = self.encoder.read(raw, where, notes, compact=compact)
            else:
                inputs = self.encoder.encode(raw, where)
            _check_size(inputs, where)
        return inputs

    def remarks(self, x: Any) -> tuple[str, ...]:
        """What the user should know of inputs beside those of training.

        Values that training did not see, or that lie far outside of its range, columns that
        have no effect because they never varied, and columns that are ignored; pictures of
        another size.

        Args:
            x: as `transform` takes it.
        """
        if isinstance(self.encoder, ImageEncoder):
            opened = self._opened(x)
            if self.any_size:
                return self._size_told(self._raw(opened)[0], self.encoder)
            return size_remark(opened, self)
        raw, where = self._raw(x)
        return self._told(x, self.encoder.remarks(raw, where))

    def _size_told(self, raw: Any, encoder: ImageEncoder) -> tuple[str, ...]:
        """A remark on pictures of another size than the network of a segmentation has seen."""
        given, known = encoder.of_size(raw).shape[:2], encoder.shape[:2]
        if not self.any_size or self.tile is not None or given == known:
            return ()
        told = [f"{height}×{width}" for height, width in (given, known)]
        return (
            f"pictures of {told[0]}, where training had {told[1]}: they are seen in tiles of "
            f"{told[1]}, and what they show should be as large as it was there",
        )

    def _told(self, x: Any, notes: list[str]) -> tuple[str, ...]:
        """Remarks on columns, and one on those that are ignored; not too many."""
        raw, _ = self._raw(x)
        if isinstance(self.encoder, TableEncoder) and is_frame(raw):
            known = {*self.column_names, self.target}
            known |= set(self.classes) if self.task == "multi-label" else set()
            extra = [repr(str(name)) for name in raw.columns if str(name) not in known]
            if extra:
                what = "a column" if len(extra) == 1 else f"{len(extra)} columns"
                notes.append(f"{what} that the model does not know, ignored: {listed(extra)}")
        if len(notes) > MOST_REMARKS:
            notes = [*notes[:MOST_REMARKS], f"and {len(notes) - MOST_REMARKS} such remarks more"]
        return tuple(notes)

    def _opened(self, x: Any) -> Any:
        """Pictures out of the files that are named; anything else as it is."""
        named = files_named(x) if isinstance(self.encoder, ImageEncoder) else None
        return x if named is None else load_picture_files(named, self)

    def _raw(self, x: Any) -> tuple[Any, str]:
        """Inputs as they are to be encoded, and what they are called.

        Of a table that was read from a file these are its cells: what kind of values a
        column holds was decided in training, and not by what else is in this file.
        """
        if not isinstance(x, Dataset):
            return as_pandas_or_array(x, where="inputs"), "inputs"
        read = x.cells is not None and (
            isinstance(self.encoder, TableEncoder) or (self.kind == "text" and x.kind == "table")
        )
        return (x.cells if read else x.x), x.name

    def transform_targets(self, dataset: Dataset) -> npt.NDArray[np.int32 | np.float32]:
        """Targets as the loss takes them.

        Classes are matched by name, so another file may list them in another
        order or lack some; targets of a regression are standardized as in training.

        Returns:
            int32 of shape (n,), of masks (n, height, width), of labels (n, labels); or
            float32 of shape (n, outputs).

        Raises:
            DataError: if there are no targets, or they are not of this model's kind.
        """
        found = self.matched_targets(dataset)
        if self.task != "regression":
            return found.astype(np.int32, copy=False)
        scaled: npt.NDArray[np.float32] = (
            (found - np.array(self.target_mean)) / self.target_scale
        ).astype(np.float32)
        return scaled

    def matched_targets(self, dataset: Dataset) -> Array:
        """Targets by this model's classes; numbers in their own units, of shape (n, outputs).

        Raises:
            DataError: as `transform_targets`.
        """
        if dataset.class_labels and not {*dataset.classes} <= {*self.classes}:
            dataset = unnamed_classes(dataset)
        if dataset.y is None:
            raise DataError("targets are needed", received="inputs only", where=dataset.name)
        if self.task == "classification":
            return self._class_indices(dataset, dataset.y)
        if self.task == "segmentation":
            return self._masks(dataset, dataset.y)
        if self.task == "multi-label":
            return self._labels(dataset, dataset.y)
        numbers = _as_columns(self._numbers(dataset, dataset.y))
        if numbers.shape[1] != self.outputs:
            raise DataError(
                "there are as many targets as in training",
                expected=self.outputs,
                received=numbers.shape[1],
                where=dataset.name,
            )
        return numbers

    def invert_targets(self, y: Array) -> npt.NDArray[np.float64]:
        """A regression's outputs in the units of the target.

        Args:
            y: of shape (..., outputs).

        Returns:
            float64 of the same shape; for classification the input.
        """
        y = np.asarray(y, np.float64)
        return y * self.target_scale + np.array(self.target_mean) if self.target_mean else y

    def to_json(self) -> dict[str, Any]:
        """Plain data from which ``from_json`` makes the same preprocessing."""
        more = {
            "label_type": self.label_type, "positive": self.positive, "unnamed": self.unnamed,
            "coding": None if self.coding is None else self.coding.to_json(),
            "tile": None if self.tile is None else list(self.tile),
            "class_labels": list(self.class_labels) or None,
        }  # fmt: skip
        return {
            "task": self.task,
            "encoder": encoder_to_json(self.encoder),
            "classes": list(self.classes),
            "target": self.target,
            "target_mean": list(self.target_mean),
            "target_std": list(self.target_std),
            **{name: value for name, value in more.items() if value is not None},
            "target_written": self.target_written.to_json(),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Preprocessing:
        """The preprocessing that ``to_json`` wrote; names are looked up in a closed registry.

        Raises:
            DataError: if the data is nothing of the kind.
        """
        try:
            return _parse(data)
        except ShoalError:
            raise
        except KeyError as error:
            expected, received = f"an entry {error}", None
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            expected, received = None, f"something else ({error})"
        raise DataError(
            "the data is a preprocessing that shoal wrote", expected=expected, received=received
        )

    def _class_indices(self, dataset: Dataset, y: Array) -> npt.NDArray[np.int32]:
        if dataset.task == "regression":
            # A short file of whole numbers may have been taken for a regression.
            values, codes = np.unique(y, return_inverse=True)
            given, codes = values.tolist(), codes.reshape(np.shape(y))
            names = [f"{value:g}" for value in given]
        else:
            names, codes = list(dataset.classes), y
            given = keys(names, dataset.label_type)
        index = places_of(names, given, self.classes, self.label_type)
        if self.class_labels:
            as_labels = places_of(names, given, self.class_labels, None)
            index = np.where(index < 0, as_labels, index)
        unknown = [names[i] for i in np.unique(codes) if index[i] < 0]
        if codes.ndim != 1 or unknown:
            shown = ", ".join(map(repr, self.classes[:20])) + ", …" * (len(self.classes) > 20)
            raise DataError(
                "every target is a class of the model",
                expected=f"one of {shown}",
                received=repr(unknown[0]) if unknown else f"shape {codes.shape}",
                where=dataset.name,
            )
        return index[codes]

    def _masks(self, dataset: Dataset, y: Array) -> npt.NDArray[np.int32]:
        if dataset.task != "segmentation":
            raise DataError(
                "the model tells the class of every pixel",
                expected="masks as targets",
                received=f"targets of a {dataset.task}",
                where=dataset.name,
            )
        ignored = self.coding.ignored if self.coding is not None else ()
        known, classes = self.classes, dataset.classes
        if self.class_labels:
            labels = dict(zip(known, self.class_labels, strict=True))
            known, classes = self.class_labels, tuple(labels.get(one, one) for one in classes)
        return recoded(y, classes, known, dataset.name, map(str, ignored))

    def _labels(self, dataset: Dataset, y: Array) -> npt.NDArray[np.int32]:
        if dataset.task != "multi-label":
            raise DataError(
                "the model tells of each label whether it applies",
                expected=f"columns of 0 and 1: {', '.join(self.classes)}",
                received=f"targets of a {dataset.task}",
                where=dataset.name,
            )
        return matched(y, dataset.classes, self.classes, dataset.name)

    def _numbers(self, dataset: Dataset, y: Array) -> Array:
        if dataset.task == "regression":
            return y
        # A short file of whole numbers may have been taken for a classification.
        try:
            return class_values(dataset.classes, dataset.label_type).astype(np.float64)[y]
        except ValueError:
            raise DataError(
                "the model predicts numbers",
                expected="numbers as targets",
                received=f"classes such as {dataset.classes[0]!r}",
                where=dataset.name,
            ) from None


def _check_size(inputs: AnyInputs, where: str) -> None:
    """Refuse inputs for a network that are beyond 32-bit numbers."""
    if len(inputs) == 0:
        return
    if isinstance(inputs, PixelInputs):
        # All pixels lie between these, and so do their images.
        ends = np.array([0, np.iinfo(inputs.pixels.dtype).max]).reshape(2, 1, 1, 1)
        if np.isfinite(scaled(ends, inputs.scaling[:1])).all():
            return
        numbers = inputs[:]
    else:
        numbers = inputs.numbers if isinstance(inputs, CompactInputs) else inputs
    if not np.isfinite(numbers.sum(dtype=np.float64)):
        row = int(np.argwhere(~np.isfinite(numbers))[0, 0])
        raise DataError(
            "inputs are of a size that 32-bit numbers hold",
            received=f"a far greater one in row {row}",
            where=where,
        )


def take(x: Any, rows: npt.NDArray[np.int64]) -> Any:
    """These rows of an array or a DataFrame."""
    return x[rows] if isinstance(x, np.ndarray) else x.iloc[rows]


def _tile(dataset: Dataset, encoder: Encoder, side: int | None) -> tuple[int, int] | None:
    """The tiles of a segmentation's pictures, where these are not the pictures themselves."""
    if side is None or dataset.task != "segmentation":
        return None
    height, width = encoder.shape[:2]
    found = min(side, height), min(side, width)
    return None if found == (height, width) else found


def _as_columns(y: Array) -> Array:
    return y[:, np.newaxis] if y.ndim == 1 else y


def _rarer_class(dataset: Dataset, rows: npt.NDArray[np.int64]) -> str | None:
    """The class that is rarer in these rows, if there are two."""
    if len(dataset.classes) != 2 or dataset.task == "multi-label" or dataset.y is None:
        return None
    return dataset.classes[rarer(dataset.y[rows])]


def _parse(data: dict[str, Any]) -> Preprocessing:
    task, classes, target = data["task"], tuple(data["classes"]), data["target"]
    mean = tuple(finite(value) for value in data["target_mean"])
    std = tuple(positive(value) for value in data["target_std"])
    if not all(isinstance(name, str) for name in classes) or len(set(classes)) != len(classes):
        raise TypeError("classes that are different names")
    if not (target is None or isinstance(target, str)):
        raise TypeError("a target that is a name")
    counts = {
        "classification": (len(classes) >= 2, 0, 0),
        "segmentation": (len(classes) >= 2, 0, 0),
        "multi-label": (len(classes) >= 1, 0, 0),
        "regression": (len(classes) == 0 and len(mean) >= 1, len(mean), len(mean)),
    }
    if task not in counts or counts[task] != (True, len(mean), len(std)):
        raise ValueError(f"a task with its classes or targets, not {task!r}")
    label_type, wanted = data.get("label_type"), data.get("positive")
    class_values(classes, label_type)  # refuses names that are none of the type
    if wanted is not None and (wanted not in classes or len(classes) != 2):
        raise ValueError("a positive class that is one of two")
    encoder = encoder_from_json(data["encoder"])
    if task == "segmentation" and not isinstance(encoder, ImageEncoder):
        raise ValueError("images to be segmented")
    written, unnamed = CellFormat.from_json(data["target_written"]), data.get("unnamed")
    if unnamed is not None and (type(unnamed) is not int or not 0 < unnamed < MOST_COLUMNS):
        raise ValueError("a number of columns")
    coding = None if data.get("coding") is None else MaskCoding.from_json(data["coding"])
    named = class_labels_from_json(data.get("class_labels", []), classes)
    tile = data.get("tile")
    if tile is not None:
        tile = tuple(tile)
        sound = len(tile) == 2 and all(type(side) is int and side >= 1 for side in tile)
        if not sound or task != "segmentation":
            raise ValueError("height and width of a tile")
    return Preprocessing(
        task,
        encoder,
        classes,
        target,
        mean,
        std,
        label_type,
        wanted,
        written,
        unnamed,
        coding,
        tile,
        named,
    )
