"""Everything between a data set and a network's inputs and outputs, kept with the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.dataset import Dataset, Kind, Task
from shoal.data.encoders import (
    Encoder,
    encoder_from_json,
    encoder_to_json,
    fit_encoder,
)
from shoal.data.image_encoder import ImageEncoder
from shoal.data.json_values import finite, positive
from shoal.data.labels import matched
from shoal.data.masks import recoded
from shoal.data.scaling import mean_and_scale
from shoal.data.text_encoder import TextEncoder
from shoal.errors import DataError
from shoal.short_repr import short_repr

Array = npt.NDArray[Any]


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
    """

    __repr__ = short_repr

    task: Task
    encoder: Encoder
    classes: tuple[str, ...] = ()
    target: str | None = None
    target_mean: tuple[float, ...] = ()
    target_std: tuple[float, ...] = ()

    @classmethod
    def fit(
        cls, dataset: Dataset, rows: npt.NDArray[np.int64], *, standardize: bool = True
    ) -> Preprocessing:
        """Fit on these rows of a data set, and on nothing else of it.

        Args:
            dataset: with targets.
            rows: of it.
            standardize: whether the targets of a regression are standardized, or
                taken as they are, because a loss wants counts or shares.

        Raises:
            DataError: if the data set has no targets.
        """
        if dataset.y is None:
            raise DataError("training needs targets", received="inputs only", where=dataset.name)
        encoder = fit_encoder(take(dataset.x, rows), dataset.text, dataset.tokenization)
        if dataset.task != "regression":
            return cls(dataset.task, encoder, dataset.classes, dataset.target)
        columns = _as_columns(dataset.y[rows])
        mean, std = mean_and_scale(columns)
        if not standardize:
            mean, std = np.zeros_like(mean), np.ones_like(std)
        return cls(
            "regression", encoder, (), dataset.target, tuple(mean.tolist()), tuple(std.tolist())
        )

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
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example as the network sees it."""
        return self.encoder.shape

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

    def transform(self, x: Any) -> npt.NDArray[np.float32 | np.int32]:
        """Inputs for the network, float32 of shape (n, *input_shape); of texts int32.

        Args:
            x: a Dataset, a DataFrame with the columns of training in any order,
                an array of shape (n, ...), or a list of texts.

        Raises:
            DataError: for a wrong shape, a column that is not there, or values
                that are not finite or of another type than in training.
        """
        where = x.name if isinstance(x, Dataset) else "inputs"
        raw = x.x if isinstance(x, Dataset) else x
        with np.errstate(over="ignore", invalid="ignore"):
            inputs: Array = self.encoder.encode(raw, where)
            total = inputs.sum(dtype=np.float64)
        if not np.isfinite(total):
            row = int(np.argwhere(~np.isfinite(inputs))[0, 0])
            raise DataError(
                "inputs are of a size that 32-bit numbers hold",
                received=f"a far greater one in row {row}",
                where=where,
            )
        return inputs

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
        scaled: npt.NDArray[np.float32] = (
            (numbers - np.array(self.target_mean)) / self.target_scale
        ).astype(np.float32)
        return scaled

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
        return {
            "task": self.task,
            "encoder": encoder_to_json(self.encoder),
            "classes": list(self.classes),
            "target": self.target,
            "target_mean": list(self.target_mean),
            "target_std": list(self.target_std),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Preprocessing:
        """The preprocessing that ``to_json`` wrote; names are looked up in a closed registry.

        Raises:
            DataError: if the data is nothing of the kind.
        """
        try:
            return _parse(data)
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
            names, codes = np.unique(y, return_inverse=True)
            classes = tuple(
                f"{name:g}" if name != round(name) else str(int(name)) for name in names.tolist()
            )
            codes = codes.reshape(np.shape(y))
        else:
            classes, codes = dataset.classes, y
        position = {name: i for i, name in enumerate(self.classes)}
        present = [classes[i] for i in np.unique(codes)]
        unknown = [name for name in present if name not in position]
        if codes.ndim != 1 or unknown:
            shown = ", ".join(map(repr, self.classes[:20])) + ", …" * (len(self.classes) > 20)
            raise DataError(
                "every target is a class of the model",
                expected=f"one of {shown}",
                received=repr(unknown[0]) if unknown else f"shape {codes.shape}",
                where=dataset.name,
            )
        index = np.array([position.get(name, -1) for name in classes], np.int32)
        return index[codes]

    def _masks(self, dataset: Dataset, y: Array) -> npt.NDArray[np.int32]:
        if dataset.task != "segmentation":
            raise DataError(
                "the model tells the class of every pixel",
                expected="masks as targets",
                received=f"targets of a {dataset.task}",
                where=dataset.name,
            )
        return recoded(y, dataset.classes, self.classes, dataset.name)

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
            return np.array([float(name) for name in dataset.classes])[y]
        except ValueError:
            raise DataError(
                "the model predicts numbers",
                expected="numbers as targets",
                received=f"classes such as {dataset.classes[0]!r}",
                where=dataset.name,
            ) from None


def take(x: Any, rows: npt.NDArray[np.int64]) -> Any:
    """These rows of an array or a DataFrame."""
    return x[rows] if isinstance(x, np.ndarray) else x.iloc[rows]


def _as_columns(y: Array) -> Array:
    return y[:, np.newaxis] if y.ndim == 1 else y


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
    encoder = encoder_from_json(data["encoder"])
    if task == "segmentation" and not isinstance(encoder, ImageEncoder):
        raise ValueError("images to be segmented")
    return Preprocessing(task, encoder, classes, target, mean, std)
