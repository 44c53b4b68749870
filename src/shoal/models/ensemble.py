"""Ensembles: trained networks whose answers are averaged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.data import Dataset, Preprocessing
from shoal.data.encode.compact_inputs import AnyInputs
from shoal.data.encode.masks import IGNORED
from shoal.data.splitting.unseen_rows import unseen_rows_in
from shoal.errors import ModelError, ShoalError
from shoal.metrics import (
    ByClass,
    Measure,
    Scale,
    Scored,
    by_measure,
    final_measures,
    metric_sums,
    metrics_by_class,
)
from shoal.models.answers import answers_apart, masks_in_pieces, read_inputs
from shoal.models.model import OPSET, Model, card_line, describe_scores, describe_task, described
from shoal.models.parameters import expected_tensors, flat_tensors, nested_params
from shoal.store import (
    ENSEMBLE_VERSION,
    check_description,
    read_model_header,
    read_model_tensors,
    write_model,
)
from shoal.utils.text import plural

if TYPE_CHECKING:
    from shoal.export.onnx.file import Exported

TINY = 1e-30
"""Below it a probability is taken for this, so that it has a logarithm."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Several models of one task: the weighted mean of their probabilities or values.

    Attributes:
        models: trained on one data set, in one way of preprocessing.
        shares: how much each counts, in sum 1.
        info: where it comes from: data set, seed, metrics by split.

    Source: Hansen and Salamon, "Neural network ensembles", IEEE TPAMI 12 (1990).
    """

    models: tuple[Model, ...]
    shares: tuple[float, ...]
    info: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, models: Sequence[Model]) -> Ensemble:
        """All models alike.

        Raises:
            ModelError: there is none, or they do not preprocess alike.
        """
        if not models:
            raise ModelError("an ensemble has a model", received="none")
        first = models[0].preprocessing
        if any(m.preprocessing is not first and _differ(m.preprocessing, first) for m in models):
            raise ModelError(
                "the models of an ensemble read and answer alike",
                received="models with different preprocessing",
                hint="Take models of one study, or of one split of the data.",
            )
        return cls(tuple(models), (1 / len(models),) * len(models))

    @property
    def task(self) -> str:
        """What is predicted."""
        return self.models[0].task

    @property
    def classes(self) -> np.ndarray:
        """The classes, in the order of the columns of `predict_proba`."""
        return self.models[0].classes

    @property
    def preprocessing(self) -> Preprocessing:
        """What all of its models do with raw inputs."""
        return self.models[0].preprocessing

    def predict_proba(self, x: Any) -> np.ndarray:
        """The mean of the models' probabilities; see `Model.predict_proba`."""
        if self.task == "regression":
            raise ModelError("probabilities are for classes", received=self.task)
        own = answers_apart(self.preprocessing, x, self.predict_proba, np.nan)
        if own is not None:
            return own
        return self._shares_of(read_inputs(self.preprocessing, x))

    def predict(self, x: Any) -> np.ndarray:
        """Class, mask, labels or value of each example; see `Model.predict`."""
        own = answers_apart(self.preprocessing, x, self.predict, IGNORED)
        if own is not None:
            return own
        inputs = read_inputs(self.preprocessing, x)
        if self.task == "regression":
            return weighted_mean(self.shares, (model.values(inputs) for model in self.models))
        if self.task == "segmentation":
            return masks_in_pieces(self.preprocessing, inputs, self._shares_of)
        shares = self._shares_of(inputs)
        if self.task == "multi-label":
            return np.asarray(shares > 0.5, np.int32)
        named: np.ndarray = self.classes[shares.argmax(axis=-1)]
        return named

    def evaluate(self, x: Any, y: Any = None) -> dict[str, float]:
        """The metrics of the task over data with known answers; see `Model.evaluate`.

        The training loss is none of them: its members may have different ones.
        """
        dataset = x if isinstance(x, Dataset) else self.models[0].dataset_of(x, y)
        targets = self.preprocessing.transform_targets(dataset)
        return self.score(read_inputs(self.preprocessing, dataset), targets, dataset.weight)

    def _shares_of(self, x: AnyInputs) -> np.ndarray:
        """The mean of the models' probabilities for prepared inputs."""
        return weighted_mean(self.shares, (model.shares(x) for model in self.models))

    def by_class(self, x: Any, y: Any = None) -> ByClass:
        """What metrics tell of each class; see `Model.by_class`."""
        dataset = x if isinstance(x, Dataset) else self.models[0].dataset_of(x, y)
        targets = self.preprocessing.transform_targets(dataset)
        inputs = self.preprocessing.compact(dataset)
        return answers_by_class(self.preprocessing, self._answers(inputs), targets, dataset.weight)

    def unseen_rows(self, dataset: Dataset) -> np.ndarray | None:
        """The test rows of the data that its models were trained on; see `Model.unseen_rows`."""
        return unseen_rows_in(self.info.get("unseen"), dataset, self.preprocessing)

    def score(
        self, x: AnyInputs, y: np.ndarray, weight: np.ndarray | None = None
    ) -> dict[str, float]:
        """Metrics by name over prepared examples; ``weight`` is how much each counts."""
        return score_answers(self.preprocessing, self._answers(x), y, weight)

    def _answers(self, x: AnyInputs) -> np.ndarray:
        """The mean of the models' answers to prepared inputs."""
        return weighted_mean(self.shares, (model.answers(x) for model in self.models))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all of it to one safetensors file.

        Raises:
            ModelError: the file cannot be written.
        """
        header = {
            "version": ENSEMBLE_VERSION,
            "preprocessing": self.preprocessing.to_json(),
            "members": [
                {"network": m.network.to_json(), "recipe": m.recipe.to_json(), "share": share,
                 "info": m.info}
                for m, share in zip(self.models, self.shares, strict=True)
            ],
            "info": self.info,
        }  # fmt: skip
        check_description(header, path)
        tensors = {
            f"{i}.{name}": array
            for i, model in enumerate(self.models)
            for name, array in flat_tensors(model.params).items()
        }
        write_model(Path(path), tensors, header, version=ENSEMBLE_VERSION, card=self.card())

    def card(self) -> str:
        """The model card, as Markdown; see `Model.card`."""
        from shoal.models.card import write_card

        return write_card(self.preprocessing, self.info, [card_line(m) for m in self.models])

    def export(self, path: str | os.PathLike[str], *, opset: int = OPSET) -> Exported:
        """Write all of its networks as one graph of an ONNX file; see `Model.export`."""
        from shoal.export.onnx.file import export

        info = self.info or self.models[0].info
        lines = [describe_task(self.preprocessing, info), str(self)]
        lines += describe_scores(self.info, self.preprocessing.positive_class)
        metadata = {"description": "\n".join(lines)}
        return export(self.models, self.shares, path, opset=opset, metadata=metadata)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Ensemble:
        """Read an ensemble. Nothing in the file is run; every shape is checked first.

        Raises:
            ModelError: no such file, or one that is no ensemble or damaged.
        """
        path = Path(path)
        header = read_model_header(path)
        if "members" not in header:
            raise ModelError(
                "an ensemble is of several networks",
                received="a model",
                where=str(path),
                hint="Read it with shoal.Model.load.",
            )
        try:
            members, shares = _members(header)
        except ShoalError as error:
            raise ModelError(
                "an ensemble's file describes networks, recipes and a preprocessing that fit",
                where=str(path),
                received=str(error),
            ) from None
        expected = {
            f"{i}.{name}": shape
            for i, member in enumerate(members)
            for name, shape in expected_tensors(member.network).items()
        }
        tensors = read_model_tensors(path, expected)
        models = tuple(_filled(member, tensors, f"{i}.") for i, member in enumerate(members))
        return cls(models, shares, header.get("info", {}))

    def __repr__(self) -> str:
        lines = [
            f"Ensemble of {plural(len(self.models), 'network')}: "
            f"{describe_task(self.preprocessing, self.info or self.models[0].info)}"
        ]
        return "\n  ".join([*lines, *describe_scores(self.info, self.preprocessing.positive_class)])

    def __str__(self) -> str:
        several = f"{len(self.models)} networks, of which the mean is taken"
        lines = [several if len(self.models) > 1 else "one network"]
        for i, (model, share) in enumerate(zip(self.models, self.shares, strict=True)):
            trial = model.info.get("trial")
            name = f"network {i + 1}" if trial is None else f"trial {trial}"
            lines.append(f"{name}, {share:.0%}: {model.network.parameter_count():,} parameters")
        return "\n".join(lines)


def load_model(path: str | os.PathLike[str]) -> Model | Ensemble:
    """Read a model or an ensemble, whichever a file holds.

    Raises:
        ModelError: no such file, or one that is neither or damaged.
    """
    several = "members" in read_model_header(path)
    return Ensemble.load(path) if several else Model.load(path)


def weighted_mean(shares: Sequence[float], answers: Iterable[np.ndarray]) -> np.ndarray:
    """The mean of models' answers, which are taken one at a time.

    In float64 on the way, so that shares that add up to 1 but for rounding bring no
    probability above it.
    """
    total: np.ndarray | None = None
    kind: np.dtype[Any] = np.dtype(np.float32)
    for share, answer in zip(shares, answers, strict=True):
        part, kind = share * answer.astype(np.float64), answer.dtype
        total = part if total is None else total + part
    assert total is not None
    return total.astype(kind)


def score_answers(
    preprocessing: Preprocessing,
    answers: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
    measures: Sequence[Measure] | None = None,
) -> dict[str, float]:
    """The metrics of answers to prepared examples, or some of them.

    Args:
        preprocessing: that of the models.
        answers: as `Model.answers` gives them.
        y: prepared targets.
        weight: how much each example counts.
        measures: all but the loss if None.
    """
    if measures is None:
        measures = _measures(preprocessing)
    batch = _scored(preprocessing, answers, y, weight)
    scale = Scale.of(
        preprocessing.task, measures, y, preprocessing.target_scale, batch.weight,
        preprocessing.positive_index,
    )  # fmt: skip
    return scale.metrics(metric_sums(measures, batch))


def answers_by_class(
    preprocessing: Preprocessing,
    answers: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
) -> ByClass:
    """What metrics tell of each class, of answers to prepared examples."""
    measures = [measure for measure in _measures(preprocessing) if measure.of_classes]
    sums = by_measure(metric_sums(measures, _scored(preprocessing, answers, y, weight)))
    return metrics_by_class(measures, sums, preprocessing.classes)


def _measures(preprocessing: Preprocessing) -> list[Measure]:
    known = final_measures(preprocessing.task, preprocessing.outputs, True)
    return [measure for measure in known if measure.name != "loss"]


def _scored(
    preprocessing: Preprocessing, answers: np.ndarray, y: np.ndarray, weight: np.ndarray | None
) -> Scored:
    weight = np.ones(len(y)) if weight is None else weight.astype(np.float64)
    nothing = np.zeros(len(y))
    return Scored(_scores(answers, preprocessing.task), y, nothing, weight, nothing + 1.0)


def _scores(answers: np.ndarray, task: str) -> np.ndarray:
    """Scores of which these answers are the probabilities; values as they are."""
    answers = answers.astype(np.float64)
    if task == "regression":
        return answers
    logarithm: np.ndarray = np.log(np.maximum(answers, TINY))
    if task != "multi-label":
        return logarithm
    return np.asarray(logarithm - np.log(np.maximum(1.0 - answers, TINY)))


def _differ(one: Preprocessing, other: Preprocessing) -> bool:
    return one.to_json() != other.to_json()


def _members(header: Mapping[str, Any]) -> tuple[list[Model], tuple[float, ...]]:
    """The networks that a file's header describes, their weights yet to be read, and shares.

    Raises:
        ShoalError: something is missing or does not fit.
    """
    models, shares = [], []
    for member in header["members"]:
        parts = described({**member, "preprocessing": header["preprocessing"]})
        network, recipe, preprocessing = parts
        models.append(Model(network, recipe, {}, preprocessing, member.get("info", {})))
        shares.append(float(member["share"]))
    return models, tuple(shares)


def _filled(member: Model, tensors: Mapping[str, np.ndarray], prefix: str) -> Model:
    own = {
        name.removeprefix(prefix): array
        for name, array in tensors.items()
        if name.startswith(prefix)
    }
    return Model(
        member.network, member.recipe, nested_params(own), member.preprocessing, member.info
    )
