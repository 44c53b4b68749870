"""What a network's outputs say: scores, probabilities, values, by its loss and its task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from shoal.engine.readout import Readout
from shoal.errors import ModelError
from shoal.export.onnx.graph import DOUBLE, FLOAT, Graph, Value
from shoal.losses import KLDivergence, Loss, Perceptron
from shoal.losses.classification import ClassLoss
from shoal.losses.labels import LabelLoss
from shoal.losses.loss import LARGEST, TINY
from shoal.losses.regression import GaussianNLL, Poisson
from shoal.losses.weighted_sum import WeightedSum

Read = Callable[[Graph, Any, str, Value], Value]


def read(graph: Graph, readout: Readout, outputs: Value) -> Value:
    """Scores of classes or labels, or values of targets, from what the loss takes.

    Raises:
        ModelError: a loss of a user's own that reads outputs in a way of its own.
    """
    loss, task = readout.loss, readout.task
    value = Value(outputs.shape, graph.last(outputs))
    if readout.members is not None:
        averaged = _member_mean if readout.are_shares else _of(AVERAGED, loss, "averaged")
        value = averaged(graph, loss, task, value)
    if readout.are_shares:
        shares = graph.add("Max", graph.last(value), graph.number(TINY))
        value = Value(value.shape, graph.add("Log", shares))
    return _of(READ, loss, "readout")(graph, loss, task, value)


def _of(known: dict[Any, Read], loss: Loss, method: str) -> Read:
    """The translation of the loss's method, whichever class it comes from."""
    found = known.get(getattr(type(loss), method))
    if found is None:
        raise ModelError(
            f"the loss {type(loss).__name__} reads outputs in a way that has no translation to ONNX"
        )
    return found


# --- of one network -------------------------------------------------------------------


def _as_it_is(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    return x


def _class_scores(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    """One output o stands for the scores 0 and o of two classes."""
    if x.shape[-1] > 1:
        return x
    tensor = graph.last(x)
    nothing = graph.add("Mul", tensor, graph.number(0.0))
    return Value((*x.shape[:-1], 2), graph.concat([nothing, tensor]))


def _label_scores(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    return x if task == "multi-label" else _class_scores(graph, loss, task, x)


def _threshold(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    """A sum of exactly zero fires."""
    tensor = graph.last(x)
    zero = graph.add("Equal", tensor, graph.number(0.0))
    moved = graph.add("Where", zero, graph.number(TINY), tensor)
    return _label_scores(graph, loss, task, Value(x.shape, moved))


def _means(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    """The first half: the rest are variances."""
    count = x.shape[-1] // 2
    return Value((*x.shape[:-1], count), graph.slice(graph.last(x), 0, count, axis=-1))


def _rates(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    """The exponential, continued by its tangent."""
    tensor = graph.last(x)
    inner = graph.add("Min", tensor, graph.number(LARGEST))
    beyond = graph.add("Add", graph.add("Sub", tensor, inner), graph.number(1.0))
    return Value(x.shape, graph.add("Mul", graph.add("Exp", inner), beyond))


def _distribution(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    if task == "classification":
        return x
    return Value(x.shape, graph.add("Softmax", graph.last(x), axis=-1))


def _first(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    assert isinstance(loss, WeightedSum)
    part: Any = loss.parts[0]  # bound
    return _of(READ, part, "readout")(graph, part, task, x)


READ: dict[Any, Read] = {
    Loss.readout: _as_it_is,
    ClassLoss.readout: _class_scores,
    LabelLoss.readout: _label_scores,
    Perceptron.readout: _threshold,
    GaussianNLL.readout: _means,
    Poisson.readout: _rates,
    KLDivergence.readout: _distribution,
    WeightedSum.readout: _first,
}


# --- of members -----------------------------------------------------------------------


def _member_mean(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    return Value(x.shape[1:], graph.reduce("ReduceMean", graph.last(x), 1))


def _log_mean(graph: Graph, logarithms: str, members: int) -> str:
    """The logarithm of the mean over members, from logarithms."""
    total = graph.add("ReduceLogSumExp", logarithms, graph.ints(1), keepdims=0)
    return graph.add("Sub", total, graph.number(np.log(members)))


def _class_mean(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    """Logarithms of mean probabilities; without any, mean scores."""
    if not loss.probabilities:
        return _member_mean(graph, loss, task, x)
    return _distribution_mean(graph, loss, task, _class_scores(graph, loss, task, x))


def _distribution_mean(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    logarithms = graph.add("LogSoftmax", graph.last(x), axis=-1)
    return Value(x.shape[1:], _log_mean(graph, logarithms, x.shape[0]))


def _label_mean(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    """Outputs whose sigmoids are mean probabilities, or mean outputs."""
    if not loss.probabilities:
        return _member_mean(graph, loss, task, x)
    tensor = graph.last(x)
    negative = graph.add("Neg", tensor)
    yes, no = (
        _log_mean(graph, graph.add("Neg", graph.add("Softplus", each)), x.shape[0])
        for each in (negative, tensor)
    )
    return Value(x.shape[1:], graph.add("Sub", yes, no))


def _rate_mean(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    return Value(x.shape[1:], _log_mean(graph, graph.last(x), x.shape[0]))


def _first_mean(graph: Graph, loss: Loss, task: str, x: Value) -> Value:
    assert isinstance(loss, WeightedSum)
    part: Any = loss.parts[0]  # bound
    return _of(AVERAGED, part, "averaged")(graph, part, task, x)


AVERAGED: dict[Any, Read] = {
    Loss.averaged: _member_mean,
    ClassLoss.averaged: _class_mean,
    LabelLoss.averaged: _label_mean,
    Poisson.averaged: _rate_mean,
    KLDivergence.averaged: _distribution_mean,
    WeightedSum.averaged: _first_mean,
}


# --- of several models ----------------------------------------------------------------


def probabilities(graph: Graph, task: str, scores: Value) -> str:
    """The probabilities that scores stand for."""
    tensor = graph.last(scores)
    if task == "multi-label":
        return graph.add("Sigmoid", tensor)
    return graph.add("Softmax", tensor, axis=-1)


def restored(graph: Graph, values: Value, mean: tuple[float, ...], scale: np.ndarray) -> str:
    """A regression's values in the units of the targets, as 64-bit numbers."""
    wide = graph.cast(graph.last(values), DOUBLE)
    scaled = graph.add("Mul", wide, graph.constant(scale, DOUBLE, name="target_scale"))
    return graph.add("Add", scaled, graph.constant(mean, DOUBLE, name="target_mean"))


def weighted_mean(graph: Graph, answers: list[str], shares: tuple[float, ...], dtype: Any) -> str:
    """The weighted mean of several models' answers, in 64-bit numbers on the way."""
    if len(answers) == 1:
        return answers[0]
    total = None
    for answer, share in zip(answers, shares, strict=True):
        wide = answer if dtype is DOUBLE else graph.cast(answer, DOUBLE)
        part = graph.add("Mul", wide, graph.number(share, DOUBLE))
        total = part if total is None else graph.add("Add", total, part)
    assert total is not None
    return total if dtype is DOUBLE else graph.cast(total, FLOAT)
