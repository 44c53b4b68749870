"""A model: a trained network with everything that it needs to be used."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from shoal.data import Dataset, Preprocessing, load
from shoal.data.encode.compact_inputs import AnyInputs, part_of
from shoal.data.encode.masks import IGNORED
from shoal.data.encode.pictures import files_named, load_picture_files
from shoal.data.encode.sizes import at_one_size, at_own_sizes, resized_dataset, resizing_of_masks
from shoal.data.encode.unlike_sizes import are_unlike_pictures, one_size_at_a_time
from shoal.data.io.pieces import file_pieces
from shoal.data.splitting.unseen_rows import unseen_rows_in
from shoal.engine import Recipe, Scale, recipe_from_json
from shoal.engine.few_rows import few_outputs
from shoal.engine.predictor import Predictor, pieces, predictor_for
from shoal.engine.readout import Readout
from shoal.errors import ModelError, ShoalError, ShoalWarning
from shoal.losses import Loss
from shoal.metrics import (
    ByClass,
    Measure,
    Scored,
    by_measure,
    final_measures,
    metric_name,
    metric_sums,
    metrics_by_class,
)
from shoal.nn import HostParams, Network, network_from_json
from shoal.space import Space
from shoal.store import (
    check_description,
    check_tensors,
    read_model_header,
    read_model_tensors,
    write_model,
)
from shoal.utils.text import grouped, number_text

MODEL_VERSION = 1

SPLITS = ("validation", "out_of_fold", "test")
"""Rows of which a model's metrics may be known; ``out_of_fold``: each by those networks of an
ensemble that have not seen it."""

_WHOLE = re.compile("0|-?[1-9][0-9]{0,17}")


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network: predicts, scores, saves.

    Attributes:
        network, recipe: without ranges.
        params: weights by layer and name.
        preprocessing: what turns raw inputs into the network's, fitted on the
            training split.
        info: where it comes from: data set, its test rows, seed, epochs, metrics by split.
    """

    network: Network
    recipe: Recipe
    params: HostParams
    preprocessing: Preprocessing
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """What is predicted: classification, regression, segmentation or multi-label."""
        return self.preprocessing.task

    @property
    def classes(self) -> np.ndarray:
        """The classes as the targets of training had them, in the order of `predict_proba`."""
        return self.preprocessing.class_values

    def _predictor(self) -> Predictor:
        return predictor_for(self.network, self.recipe, self.task)

    def predict(self, x: Any) -> np.ndarray:
        """What the network says of raw inputs.

        What training had nothing like (a category not seen, a value far outside of its
        range) is answered, with a `ShoalWarning`.

        Args:
            x: a data set, an array of shape (n, …) as the training data had it,
                or a DataFrame with the columns of training. Pictures of any size: also the
                name of a file, a folder or a .zip, or a list of names, of arrays or of
                Pillow's pictures.

        Returns:
            for classification the class of each example, of the type that it had in
            training, shape (n,); for
            segmentation the label of each pixel as the masks of training had it (where
            classes have names its place in `classes`), shape (n, height, width), -1 outside of
            pictures that are smaller than others; of files and arrays at their own size, also
            where training had another; of
            several labels 1 for those that apply, else 0, shape (n, labels); for
            regression values in the targets' units, shape (n,), or (n, targets) if there
            are several.

        Raises:
            DataError: inputs that do not fit the model.
        """
        own = answers_apart(self.preprocessing, x, self.predict, IGNORED)
        if own is not None:
            return own
        inputs = read_inputs(self.preprocessing, x)
        if self.task == "regression":
            return self.values(inputs)
        if self.task == "segmentation":
            return masks_in_pieces(self.preprocessing, inputs, self._outputs)
        outputs = self._outputs(inputs)
        if self.task == "classification":
            named: np.ndarray = self.classes[outputs.argmax(axis=1)]
            return named
        applies: np.ndarray = (outputs > 0).astype(np.int32)
        return applies

    def _outputs(self, x: AnyInputs) -> np.ndarray:
        """Scores or values of prepared inputs; of few by NumPy, which compiles nothing."""
        few = few_outputs(self.network, self.recipe, self.task, self.params, x)
        return self._predictor()(self.params, x).outputs if few is None else few

    def values(self, x: AnyInputs) -> np.ndarray:
        """A regression's values in the targets' units, for prepared inputs."""
        outputs = self._outputs(x)
        values = self.preprocessing.invert_targets(outputs)
        return values[:, 0] if values.shape[1] == 1 else values

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probability of each class, shape (n, classes), in the order of `classes`.

        Of a segmentation for each pixel: (n, height, width, classes). Of several labels
        that each applies: they do not add up to 1.

        Raises:
            ModelError: the model is for regression, or was not trained to give
                probabilities (squared error without a final softmax).
            DataError: inputs that do not fit the model.
        """
        if self.task == "regression":
            raise ModelError("probabilities are for classes", received=self.task)
        shares = answers_apart(self.preprocessing, x, self.predict_proba, np.nan)
        if shares is not None:
            return shares
        return self.shares(read_inputs(self.preprocessing, x))

    def shares(self, x: AnyInputs) -> np.ndarray:
        """Probabilities for prepared inputs; of few by NumPy, which compiles nothing.

        Raises:
            ModelError: a classifier that was not trained to give probabilities.
        """
        self._check_probabilities()
        return _probabilities(self._outputs(x), self.task)

    def _check_probabilities(self) -> None:
        """Raise ModelError unless the network was trained to give probabilities."""
        assert isinstance(self.recipe.loss, Loss)
        if not Readout.of(self.network, self.recipe.loss, self.task).probabilities:
            last = self.network.nodes[-1].layer
            raise ModelError(
                "probabilities come from cross entropy or a final softmax",
                received=f"{type(self.recipe.loss).__name__} on {type(last).__name__}",
            )

    def answers(self, x: AnyInputs) -> np.ndarray:
        """Probabilities, or of a regression standardized values, for prepared inputs.

        They are of the program that scores, whatever their number.

        Raises:
            ModelError: a classifier that was not trained to give probabilities.
        """
        if self.task != "regression":
            self._check_probabilities()
        scores = self._predictor()(self.params, x).outputs
        return scores if self.task == "regression" else _probabilities(scores, self.task)

    def evaluate(self, x: Any, y: Any = None) -> dict[str, float]:
        """Metrics by name over raw inputs with known answers.

        Args:
            x: a data set with targets, or inputs, or the name of a folder of pictures by
                class; all of its rows are scored, those of training too (see `unseen_rows`).
            y: targets, if x is inputs alone; masks hold each pixel's class as `predict`
                gives it, or where classes are called by numbers, these numbers.

        Raises:
            DataError: inputs or targets that do not fit the model.
        """
        dataset = x if isinstance(x, Dataset) else self.dataset_of(x, y)
        targets = self.preprocessing.transform_targets(dataset)
        return self.score(read_inputs(self.preprocessing, dataset), targets, dataset.weight)

    def by_class(self, x: Any, y: Any = None) -> ByClass:
        """What metrics tell of each class, by metric and the class's name.

        Of classes precision, recall and F1, of masks IoU and Dice; empty for other tasks.
        NaN where there is nothing to tell: recall of a class that does not occur. `evaluate`
        tells IoU, Dice and F1 of two classes for the positive one
        (`Preprocessing.positive`), of more as the mean.

        Args:
            x: as for `evaluate`.
            y: as for `evaluate`.

        Raises:
            DataError: inputs or targets that do not fit the model.
        """
        dataset = x if isinstance(x, Dataset) else self.dataset_of(x, y)
        targets = self.preprocessing.transform_targets(dataset)
        return self.score_by_class(self.preprocessing.compact(dataset), targets, dataset.weight)

    def unseen_rows(self, dataset: Dataset) -> np.ndarray | None:
        """The test rows of a data set that the model was trained on; None if it was not.

        The data are known by these rows themselves, under whatever name they come::

            rows = model.unseen_rows(data)
            model.evaluate(data if rows is None else data.rows(rows))
        """
        return unseen_rows_in(self.info.get("unseen"), dataset, self.preprocessing)

    def dataset_of(self, x: Any, y: Any) -> Dataset:
        """Inputs and targets as a data set of the model's task; of pictures also a folder's name.

        Raises:
            DataError: inputs or targets that do not fit the model.
        """
        if y is None and self.preprocessing.kind == "image" and isinstance(x, str | os.PathLike):
            return load(x, task=self.preprocessing.task, like=self.preprocessing)
        task, fitted = self.preprocessing.task, self.preprocessing
        names = fitted.class_labels or fitted.classes
        # Masks hold numbers: where classes have other names, these are their places.
        named = task == "segmentation" and not all(_WHOLE.fullmatch(name) for name in names)
        data = Dataset.from_arrays(
            x,
            y,
            task=task,
            classes=names if named else None,
            name="evaluate",
            masks=self.preprocessing.mask_numbers,
        )
        to = resizing_of_masks(self.preprocessing)
        return data if to is None else resized_dataset(data, to.sides, to.way)

    def score(
        self, x: AnyInputs, y: np.ndarray, weight: np.ndarray | None = None
    ) -> dict[str, float]:
        """Metrics by name over prepared examples; ``weight`` is how much each counts."""
        predictor, fitted = self._predictor(), self.preprocessing
        measures = final_measures(self.task, fitted.outputs, predictor.probabilities)
        weight = np.ones(len(x), np.float64) if weight is None else weight.astype(np.float64)
        scale = Scale.of(self.task, measures, y, fitted.target_scale, weight, fitted.positive_index)
        return scale.metrics(self._sums(measures, x, y, weight))

    def score_by_class(
        self, x: AnyInputs, y: np.ndarray, weight: np.ndarray | None = None
    ) -> ByClass:
        """Metrics of each class over prepared examples; see `by_class`."""
        predictor = self._predictor()
        every = final_measures(self.task, self.preprocessing.outputs, predictor.probabilities)
        told = [measure for measure in every if measure.of_classes]
        weight = np.ones(len(x), np.float64) if weight is None else weight.astype(np.float64)
        sums = by_measure(self._sums(told, x, y, weight))
        return metrics_by_class(told, sums, self.preprocessing.classes)

    def _sums(
        self, measures: Sequence[Measure], x: AnyInputs, y: np.ndarray, weight: np.ndarray
    ) -> dict[str, Any]:
        """The sums from which metrics of these examples are made; of masks, piece by piece."""
        predictor = self._predictor()
        parts: Iterable[slice] = [slice(None)]
        if self.task == "segmentation":
            parts = pieces(len(x), y[:1].size * self.preprocessing.outputs)
        found = []
        for part in parts:
            told = predictor(self.params, part_of(x, part), y[part])
            scored = Scored(
                told.outputs.astype(np.float64), y[part], told.losses.astype(np.float64),
                weight[part], told.counted, predictor.probabilities,
            )  # fmt: skip
            found.append(metric_sums(measures, scored))
        return {name: sum(each[name] for each in found[1:]) + found[0][name] for name in found[0]}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to one safetensors file.

        Raises:
            ModelError: the file cannot be written, or ``info`` holds what no file can, or
                something else than metrics under the name of a split.
        """
        header = {
            "version": MODEL_VERSION,
            "network": self.network.to_json(),
            "recipe": self.recipe.to_json(),
            "preprocessing": self.preprocessing.to_json(),
            "info": self.info,
        }
        check_description(header, path)
        write_model(Path(path), flat_tensors(self.params), header, card=self.card())

    def card(self) -> str:
        """The model card, as Markdown: data, split, scores, search, versions and limits.

        It is in the model's file, too, under ``card`` in the metadata.
        """
        from shoal.models.card import write_card

        return write_card(self.preprocessing, self.info, [card_line(self)])

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Read a model. Nothing in the file is run; every shape is checked first.

        Raises:
            ModelError: no such file, or one that is no model or damaged.
        """
        path = Path(path)
        header = read_model_header(path)
        if "members" in header:
            raise ModelError(
                "a model is one network",
                received="an ensemble",
                where=str(path),
                hint="Read it with shoal.Ensemble.load.",
            )
        try:
            network, recipe, preprocessing = described(header)
            expected = expected_tensors(network)
        except ShoalError as error:
            raise ModelError(
                "a model file describes a network, a recipe and a preprocessing that fit",
                where=str(path),
                received=str(error),
            ) from None
        tensors = read_model_tensors(path, expected)
        info = header.get("info", {})
        return cls(network, recipe, nested_params(tensors), preprocessing, info)

    def __str__(self) -> str:
        return "\n".join([str(self.network), *self._scores()])

    def __repr__(self) -> str:
        lines = [f"Model: {describe_task(self.preprocessing, self.info)}", repr(self.network)]
        return "\n  ".join([*lines, *self._scores()])

    def _repr_html_(self) -> str:
        lines = [describe_task(self.preprocessing, self.info), *self._scores()]
        told = "".join(f"<div>{escape(line)}</div>" for line in lines)
        return f"<div>{told}{self.network.draw().svg}</div>"

    def _scores(self) -> list[str]:
        return describe_scores(self.info, self.preprocessing.positive_class)


def card_line(model: Model) -> tuple[str, int]:
    """Of a network what a model card says of it: its loss, and its number of parameters."""
    return type(model.recipe.loss).__name__, model.network.parameter_count()


def describe_task(preprocessing: Preprocessing, info: Mapping[str, Any]) -> str:
    """Its task, and the data that it was trained on: ``classification of digits into 10``."""
    told = f"{preprocessing.task} of {info.get('dataset') or 'arrays'}"
    classes = len(preprocessing.classes)
    return f"{told}, {grouped(classes)} classes" if classes else told


def describe_scores(info: Mapping[str, Any], positive: str | None) -> list[str]:
    """What it reached, a line for each split that is known.

    Args:
        info: a model's or an ensemble's.
        positive: of two classes the one that some metrics are of.
    """
    return [
        f"{split.replace('_', '-')}: "
        + ", ".join(f"{metric_name(k, positive)} {number_text(v)}" for k, v in info[split].items())
        for split in SPLITS
        if isinstance(info.get(split), Mapping)
    ]


def read_inputs(preprocessing: Preprocessing, x: Any) -> AnyInputs:
    """Raw inputs as a network takes them; for each remark on them a `ShoalWarning`.

    The warnings name the line that called the method which calls this.
    """
    inputs, remarks = preprocessing.read(x)
    for remark in remarks:
        warnings.warn(remark, ShoalWarning, stacklevel=3)
    return inputs


def answers_apart(
    preprocessing: Preprocessing, x: Any, answer: Callable[[Any], np.ndarray], outside: Any
) -> np.ndarray | None:
    """Answers for what a network does not see at one go: many files, pictures of unlike sizes.

    Args:
        preprocessing: a model's.
        x: what it is to predict.
        answer: to some of the files, or to pictures of one size.
        outside: what stands outside of pictures that are smaller than others.

    Returns:
        one answer for each picture; None: x is nothing of the kind.
    """
    named = files_named(x) if preprocessing.kind == "image" else None
    parts = [] if named is None else file_pieces(preprocessing, named)
    if len(parts) < 2:
        return by_pixel(preprocessing, x, answer, outside)
    found = [answer(part) for part in parts]
    if found[0].ndim < 3:
        return np.concatenate(found)
    sides = np.max([each.shape[1:3] for each in found], axis=0).tolist()
    shape = (sum(map(len, found)), *sides, *found[0].shape[3:])
    whole, start = np.full(shape, outside, found[0].dtype), 0
    for each in found:
        height, width = each.shape[1:3]
        whole[start : start + len(each), :height, :width] = each
        start += len(each)
    return whole


def by_pixel(
    preprocessing: Preprocessing, x: Any, answer: Callable[[Any], np.ndarray], outside: Any
) -> np.ndarray | None:
    """Answers for pictures whose sizes are unlike, or are not those that a network sees.

    Args:
        preprocessing: a model's.
        x: what it is to predict.
        answer: to pictures of one size.
        outside: what stands outside of pictures that are smaller than others.

    Returns:
        of shape (n, greatest height, greatest width, …); None: x is nothing of the kind.
    """
    sized = at_one_size(preprocessing, x)
    if sized is not None:
        pictures, sizes = sized
        to = resizing_of_masks(preprocessing)
        assert to is not None
        return at_own_sizes(answer(pictures), to, sizes, outside)
    named = files_named(x) if preprocessing.any_size else None
    if named is not None:
        x = load_picture_files(named, preprocessing)
        if x.sizes is None:
            return answer(x)
    if isinstance(x, Dataset):
        unlike = x if x.sizes is not None else None
    elif preprocessing.any_size and are_unlike_pictures(x):
        unlike = Dataset.from_arrays(x, task="segmentation", name="inputs")
    else:
        return None
    return None if unlike is None else one_size_at_a_time(unlike, answer, outside)


def masks_in_pieces(
    preprocessing: Preprocessing, x: AnyInputs, scores: Callable[[AnyInputs], np.ndarray]
) -> np.ndarray:
    """The label of each pixel; scores of few pictures are held at a time.

    Args:
        preprocessing: the model's.
        x: prepared pictures.
        scores: from some of them to the scores of each class, or the shares.
    """
    each = x.shape[1] * x.shape[2] * preprocessing.outputs
    labels = preprocessing.mask_labels
    found = [labels[scores(part_of(x, p)).argmax(axis=-1)] for p in pieces(len(x), each)]
    return found[0] if len(found) == 1 else np.concatenate(found)


def _probabilities(scores: np.ndarray, task: str) -> np.ndarray:
    if task == "multi-label":
        applies: np.ndarray = 0.5 * (1.0 + np.tanh(0.5 * scores))  # the sigmoid
        return applies
    with np.errstate(invalid="ignore", over="ignore"):  # scores may be infinite, or no numbers
        shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: np.ndarray = shifted / shifted.sum(axis=-1, keepdims=True)
    return shares


def described(header: Mapping[str, Any]) -> tuple[Network, Recipe, Preprocessing]:
    """What a file's header describes, its parts checked against each other.

    Raises:
        ShoalError: something is missing or does not fit.
    """
    preprocessing = Preprocessing.from_json(header["preprocessing"])
    network = network_from_json(header["network"])
    recipe = recipe_from_json(header["recipe"])
    ranges = Space(network, recipe).names()
    if ranges:
        raise ModelError("a model has no ranges", received=", ".join(ranges))
    network = network.with_input(preprocessing.input_shape)
    assert isinstance(recipe.loss, Loss)
    recipe.loss.check(preprocessing.task, preprocessing.outputs, network.output_shape)
    return network, recipe, preprocessing


def flat_tensors(params: HostParams) -> dict[str, np.ndarray]:
    """Weights by ``layer.parameter``."""
    return {f"{owner}.{name}": a for owner, own in params.items() for name, a in own.items()}


def nested_params(tensors: Mapping[str, np.ndarray]) -> HostParams:
    """Weights by layer and parameter, from ``layer.parameter``."""
    params: HostParams = {}
    for key, array in tensors.items():
        owner, _, name = key.rpartition(".")
        params.setdefault(owner, {})[name] = array
    return params


def params_of(
    network: Network, tensors: Mapping[str, np.ndarray], where: str, error: type[ShoalError]
) -> HostParams:
    """Weights by layer and parameter, from ``layer.parameter``, once they are the network's.

    Raises:
        ShoalError: of the type given, if they are of another network.
    """
    expected = expected_tensors(network)
    check_tensors({n: a.shape for n, a in tensors.items()}, expected, where, error)
    return nested_params(tensors)


def expected_tensors(network: Network) -> dict[str, tuple[int, ...]]:
    """The shape of each weight that the network has, by ``layer.parameter``."""
    return {
        f"{owner}.{name}": spec.shape
        for owner, specs in network.param_specs().items()
        for name, spec in specs.items()
    }
