"""Models and ensembles as ONNX files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import shoal
from shoal.data import Preprocessing
from shoal.data.encode.tokens import TextEncoder
from shoal.engine import Recipe
from shoal.engine.readout import Readout
from shoal.errors import ModelError
from shoal.export.onnx import activations, dense, embeddings, maps  # noqa: F401  # they register
from shoal.export.onnx.graph import DOUBLE, FLOAT, INT64, Graph, Value, library
from shoal.export.onnx.inputs import ML, network_input
from shoal.export.onnx.readout import probabilities, read, restored, weighted_mean
from shoal.export.onnx.translation import translated
from shoal.losses import Loss
from shoal.nn import HostParams, Network

OPSET = 18
"""The version of ONNX's operators, unless another is asked for: of the year 2022."""

ML_OPSET = 3
"""The version of the operators on texts."""

MOST_BYTES = 2**31 - 1
"""Of a file, at most: what its format allows."""


class Trained(Protocol):
    """A trained network, as `shoal.Model` is one."""

    @property
    def network(self) -> Network:
        """Bound."""

    @property
    def recipe(self) -> Recipe:
        """How it was trained."""

    @property
    def params(self) -> HostParams:
        """Its weights."""

    @property
    def preprocessing(self) -> Preprocessing:
        """What turns raw inputs into the network's."""


@dataclass(frozen=True)
class Exported:
    """What an export has written.

    Attributes:
        files: the ONNX file, and what stands beside it.
        notes: what has to be done before the file is given its inputs.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def export(
    models: Sequence[Trained],
    shares: Sequence[float],
    path: str | os.PathLike[str],
    *,
    opset: int = OPSET,
    metadata: Mapping[str, str] | None = None,
) -> Exported:
    """Write models to one ONNX file: the weighted mean of their answers.

    Args:
        models: of one preprocessing.
        shares: how much each counts, in sum 1.
        path: of the file.
        opset: the version of ONNX's operators, at least 18.
        metadata: what the file tells of the model, by name.

    Raises:
        ModelError: the package onnx is not installed; a layer, a loss or a column has no
            translation; the file cannot be written.
    """
    path = Path(path)
    made, notes = onnx_model(models, shares, opset=opset, metadata=metadata)
    files = [path]
    encoder = models[0].preprocessing.encoder
    try:
        path.write_bytes(made.SerializeToString())
        if isinstance(encoder, TextEncoder):
            files.append(path.with_name(f"{path.stem}.tokenizer.json"))
            encoder.tokenizer.save(str(files[-1]))
    except OSError as error:
        raise ModelError(
            "the file can be written", received=error.strerror or str(error), where=str(path)
        ) from None
    return Exported(tuple(files), tuple(notes))


def onnx_model(
    models: Sequence[Trained],
    shares: Sequence[float],
    *,
    opset: int = OPSET,
    metadata: Mapping[str, str] | None = None,
) -> tuple[Any, list[str]]:
    """The models as one of ONNX, checked; and notes on its inputs. See `export`."""
    onnx = library()
    _check_opset(opset, onnx)
    graph = Graph(opset)
    preprocessing = models[0].preprocessing
    x = network_input(graph, preprocessing)
    several = len(models) > 1
    answers = []
    for number, model in enumerate(models, 1):
        graph.prefix = f"network_{number}/" if several else ""
        answers.append(_answer(graph, model, x))
    graph.prefix = "output/"
    outputs(graph, preprocessing, answers, shares)
    helper = onnx.helper
    constants = [onnx.numpy_helper.from_array(a, name) for name, a in graph.constants.items()]
    built = helper.make_graph(graph.nodes, "shoal", graph.inputs, graph.outputs, constants)
    imports = [helper.make_opsetid("", opset), helper.make_opsetid(ML, ML_OPSET)]
    made = helper.make_model(
        built, opset_imports=imports, producer_name="shoal", producer_version=shoal.__version__,
        ir_version=helper.find_min_ir_version_for(imports),
    )  # fmt: skip
    told = {**_told(preprocessing, graph.notes), **(metadata or {})}
    made.doc_string = told.get("description", "")
    helper.set_model_props(made, told)
    if made.ByteSize() > MOST_BYTES:
        raise ModelError("an ONNX file holds less than 2 GB", received=f"{made.ByteSize():,} bytes")
    onnx.checker.check_model(made, full_check=True)
    return made, graph.notes


def _check_opset(opset: int, onnx: Any) -> None:
    newest = onnx.defs.onnx_opset_version()
    whole = isinstance(opset, int) and not isinstance(opset, bool)
    if not whole or not OPSET <= opset <= newest:
        raise ModelError(
            "opset is a version of ONNX's operators",
            expected=f"{OPSET} to {newest}, the newest that this version of onnx knows",
            received=repr(opset),
        )


@dataclass(frozen=True)
class Answer:
    """What a model says: scores of classes, or restored values, and whether they are probable."""

    scores: Value
    readout: Readout


def _answer(graph: Graph, model: Trained, x: Value) -> Answer:
    loss = model.recipe.loss
    assert isinstance(loss, Loss), "bound"
    readout = Readout.of(model.network, loss, model.preprocessing.task)
    outputs = translated(graph, model.network, model.params, x, readout.end)
    return Answer(read(graph, readout, outputs), readout)


def outputs(
    graph: Graph,
    preprocessing: Preprocessing,
    answers: Sequence[Answer],
    shares: Sequence[float],
) -> None:
    """The outputs of the graph: predictions, or labels and probabilities."""
    task, shares, shape = preprocessing.task, tuple(shares), answers[0].scores.shape
    if task == "regression":
        scale, mean = preprocessing.target_scale, preprocessing.target_mean
        values = [restored(graph, answer.scores, mean, scale) for answer in answers]
        mean_value = weighted_mean(graph, values, shares, DOUBLE)
        shape = () if shape == (1,) else shape
        if not shape:
            mean_value = graph.add("Squeeze", mean_value, graph.ints(1))
        graph.output(mean_value, "prediction", DOUBLE, shape)
        return
    if all(answer.readout.probabilities for answer in answers):
        each = [probabilities(graph, task, answer.scores) for answer in answers]
        told, name = weighted_mean(graph, each, shares, FLOAT), "probabilities"
    else:
        scores = [graph.last(answer.scores) for answer in answers]
        told, name = weighted_mean(graph, scores, shares, FLOAT), "scores"
    # A single network's scores tell classes apart that probabilities near 1 do not.
    judged = graph.last(answers[0].scores) if len(answers) == 1 else told
    if task == "multi-label":
        bound = 0.5 if len(answers) > 1 and name == "probabilities" else 0.0
        label = graph.cast(graph.add("Greater", judged, graph.number(bound)), INT64)
        graph.output(label, "label", INT64, shape)
    else:
        place = graph.add("ArgMax", judged, axis=-1, keepdims=0)
        labels = preprocessing.class_values
        if task == "segmentation":
            labels = preprocessing.mask_labels
        kind: Any = {"f": FLOAT, "b": np.bool_}.get(labels.dtype.kind, INT64)
        kind = str if labels.dtype.kind in "UO" else kind
        table = graph.constant(labels, None if kind is str else kind, name="classes")
        graph.output(graph.add("Gather", table, place), "label", kind, shape[:-1])
    graph.output(told, name, FLOAT, shape)


def _told(preprocessing: Preprocessing, notes: Sequence[str]) -> dict[str, str]:
    """What the file tells of the model."""
    told = {"shoal_version": shoal.__version__, "task": preprocessing.task}
    if preprocessing.classes:
        told["classes"] = json.dumps(list(preprocessing.classes), ensure_ascii=False)
    if preprocessing.target is not None:
        told["target"] = preprocessing.target
    if notes:
        told["notes"] = json.dumps(list(notes), ensure_ascii=False)
    return told
