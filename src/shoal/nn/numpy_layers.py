"""What layers compute in prediction, by NumPy: layers of flat features, of rows and of tokens.

One function a class of layers, registered under it. It computes what the layer's `apply`
computes without training, in float32, and needs no compilation: that is the way of few rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from shoal.nn import layers as nn
from shoal.nn.layer import Layer, whole_number
from shoal.nn.layers.activations.rectifiers import ALPHA, SCALE
from shoal.nn.layers.piecewise_linear import BEYOND

Array = npt.NDArray[Any]
Forward = Callable[..., Array]
AnyForward = TypeVar("AnyForward", bound=Forward)

FORWARD: dict[type[Layer], Forward] = {}
"""By class of layer the function ``(layer, params, *inputs) -> output``."""


def computes(*classes: type[Layer]) -> Callable[[AnyForward], AnyForward]:
    """Register what computes layers of these classes, and not of classes derived from them."""

    def register(function: AnyForward) -> AnyForward:
        FORWARD.update(dict.fromkeys(classes, function))
        return function

    return register


def applied(layer: Layer, params: Mapping[str, Array], *inputs: Array) -> Array:
    """What a layer makes of its inputs."""
    return FORWARD[type(layer)](layer, params, *inputs)


@computes(
    nn.Identity, nn.Dropout, nn.ChannelDropout, nn.TokenDropout, nn.GaussianNoise
)  # fmt: skip
def _unchanged(layer: Layer, params: Mapping[str, Array], x: Array) -> Array:
    """What training alone changes."""
    return x


# --- activations --------------------------------------------------------------------------


@computes(nn.Relu)
def _relu(layer: nn.Relu, params: Mapping[str, Array], x: Array) -> Array:
    return np.maximum(x, np.float32(0))


@computes(nn.LeakyRelu)
def _leaky_relu(layer: nn.LeakyRelu, params: Mapping[str, Array], x: Array) -> Array:
    return np.where(x > 0, x, _number(layer.slope) * x)


@computes(nn.Elu)
def _elu(layer: nn.Elu, params: Mapping[str, Array], x: Array) -> Array:
    return np.where(x > 0, x, _number(layer.alpha) * np.expm1(np.minimum(x, 0)))


@computes(nn.Selu)
def _selu(layer: nn.Selu, params: Mapping[str, Array], x: Array) -> Array:
    below = np.float32(ALPHA) * np.expm1(np.minimum(x, 0))
    return np.float32(SCALE) * np.where(x > 0, x, below)


@computes(nn.Gelu)
def _gelu(layer: nn.Gelu, params: Mapping[str, Array], x: Array) -> Array:
    # NumPy has no error function, and importing SciPy takes longer than these calls.
    half = np.frompyfunc(lambda z: 0.5 * math.erfc(-z * math.sqrt(0.5)), 1, 1)
    return np.asarray(x * np.asarray(half(x), np.float64), np.float32)


@computes(nn.Silu)
def _silu(layer: nn.Silu, params: Mapping[str, Array], x: Array) -> Array:
    return x * logistic(x)


@computes(nn.Mish)
def _mish(layer: nn.Mish, params: Mapping[str, Array], x: Array) -> Array:
    return x * np.tanh(np.logaddexp(x, np.float32(0)))


@computes(nn.Softplus)
def _softplus(layer: nn.Softplus, params: Mapping[str, Array], x: Array) -> Array:
    return np.logaddexp(x, np.float32(0))


@computes(nn.Sigmoid)
def _sigmoid(layer: nn.Sigmoid, params: Mapping[str, Array], x: Array) -> Array:
    return logistic(x)


@computes(nn.HardSigmoid)
def _hard_sigmoid(layer: nn.HardSigmoid, params: Mapping[str, Array], x: Array) -> Array:
    return np.clip(x / np.float32(6) + np.float32(0.5), 0, 1)


@computes(nn.Tanh)
def _tanh(layer: nn.Tanh, params: Mapping[str, Array], x: Array) -> Array:
    return np.tanh(x)


@computes(nn.Softsign)
def _softsign(layer: nn.Softsign, params: Mapping[str, Array], x: Array) -> Array:
    return x / (np.float32(1) + np.abs(x))


@computes(nn.Heaviside)
def _heaviside(layer: nn.Heaviside, params: Mapping[str, Array], x: Array) -> Array:
    return (x >= 0).astype(x.dtype)


@computes(nn.Softmax)
def _softmax(layer: nn.Softmax, params: Mapping[str, Array], x: Array) -> Array:
    shares = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


@computes(nn.LogSoftmax)
def _log_softmax(layer: nn.LogSoftmax, params: Mapping[str, Array], x: Array) -> Array:
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


@computes(nn.Parametric)
def _parametric(layer: nn.Parametric, params: Mapping[str, Array], x: Array) -> Array:
    assert isinstance(layer.activation, Layer)
    return np.asarray(x + params["alpha"] * (applied(layer.activation, {}, x) - x))


def logistic(x: Array) -> Array:
    """The logistic function, which overflows nowhere."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, np.float32(1), small) / (1 + small))


def _number(value: Any) -> np.float32:
    return np.float32(value)


# --- features -----------------------------------------------------------------------------


@computes(nn.Dense)
def _dense(layer: nn.Dense, params: Mapping[str, Array], x: Array) -> Array:
    return _shifted(by_row(x * params["scale"] if layer.scaled else x, params["weight"]), params)


@computes(nn.FeatureScale)
def _feature_scale(layer: nn.FeatureScale, params: Mapping[str, Array], x: Array) -> Array:
    return x * params["scale"]


@computes(nn.BatchNorm)
def _batch_norm(layer: nn.BatchNorm, params: Mapping[str, Array], x: Array) -> Array:
    slope = 1 / np.sqrt(params["variance"] + _number(layer.epsilon))
    return (x - params["mean"]) * slope * params["scale"] + params["shift"]


@computes(nn.LayerNorm)
def _layer_norm(layer: nn.LayerNorm, params: Mapping[str, Array], x: Array) -> Array:
    centered = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centered).mean(axis=-1, keepdims=True)
    slope = 1 / np.sqrt(variance + _number(layer.epsilon))
    return np.asarray(centered * slope * params["scale"] + params["shift"])


@computes(nn.Add)
def _add(layer: nn.Add, params: Mapping[str, Array], *inputs: Array) -> Array:
    return reduce(np.add, inputs)


@computes(nn.Multiply)
def _multiply(layer: nn.Multiply, params: Mapping[str, Array], x: Array, *gates: Array) -> Array:
    for gate in gates:
        x = x * gate.reshape(len(gate), *(1,) * (x.ndim - gate.ndim), *gate.shape[1:])
    return x


@computes(nn.Concat)
def _concat(layer: nn.Concat, params: Mapping[str, Array], *inputs: Array) -> Array:
    return np.concatenate(inputs, axis=-1)


@computes(nn.Flatten, nn.Reshape)
def _reshaped(layer: Layer, params: Mapping[str, Array], x: Array) -> Array:
    return x.reshape(len(x), *layer.out_shape(x.shape[1:]))


def by_row(x: Array, weight: Array) -> Array:
    """The product of each row with the weight, in an order that no other row changes.

    A product of all rows at once adds up in another order for another number of rows.
    """
    product: Array = np.matmul(x[..., None, :], weight)[..., 0, :]
    return product


def _shifted(h: Array, params: Mapping[str, Array]) -> Array:
    return h + params["bias"] if "bias" in params else h


# --- members ------------------------------------------------------------------------------


@computes(nn.Members)
def _members(layer: nn.Members, params: Mapping[str, Array], x: Array) -> Array:
    return x[:, None] * params["scale_in"]


@computes(nn.MemberMean)
def _member_mean(layer: nn.MemberMean, params: Mapping[str, Array], x: Array) -> Array:
    return np.asarray(x.mean(axis=1))


@computes(nn.MemberDense)
def _member_dense(layer: nn.MemberDense, params: Mapping[str, Array], x: Array) -> Array:
    return _shifted(by_row(x, params["weight"]), params)


@computes(nn.BatchEnsemble)
def _batch_ensemble(layer: nn.BatchEnsemble, params: Mapping[str, Array], x: Array) -> Array:
    scaled = x * params["scale_in"] if "scale_in" in params else x
    return _shifted(by_row(scaled, params["weight"]) * params["scale_out"], params)


# --- numbers and categories of a table ------------------------------------------------------


@computes(nn.PiecewiseLinearEmbedding)
def _piecewise_linear(
    layer: nn.PiecewiseLinearEmbedding, params: Mapping[str, Array], x: Array
) -> Array:
    if not params:
        return x
    slope = params["slope"]
    used = slope > 0
    after = np.concatenate([used[:, 1:], np.zeros_like(used[:, :1])], axis=1)
    first = np.arange(slope.shape[1])[None] == 0
    low = np.where(used & first, -BEYOND, 0.0).astype(np.float32)
    high = np.where(used & ~after, 1.0 + BEYOND, 1.0).astype(np.float32)
    passed = (x[:, : len(slope), None] - params["edge"]) * slope
    return _joined(layer, np.clip(passed, low, high) - params["mean"], x)


@computes(nn.PeriodicEmbedding)
def _periodic(layer: nn.PeriodicEmbedding, params: Mapping[str, Array], x: Array) -> Array:
    if not params:
        return x
    turns = x[:, : len(params["frequency"]), None] * params["frequency"]
    waves = np.concatenate([_wave(np.cos, turns), _wave(np.sin, turns)], axis=-1)
    return _joined(layer, np.maximum(_of_each(waves, params), 0), x)


@computes(nn.PBLDEmbedding)
def _pbld(layer: nn.PBLDEmbedding, params: Mapping[str, Array], x: Array) -> Array:
    if not params:
        return x
    turns = x[:, : len(params["frequency"]), None] * params["frequency"] + params["phase"]
    return _joined(layer, _of_each(_wave(np.cos, turns), params), x)


def _wave(function: Callable[[Array], Array], turns: Array) -> Array:
    """Of whole turns nothing is left, so that large numbers keep their digits."""
    return np.asarray(function(np.float32(2 * math.pi) * (turns - np.round(turns))))


def _of_each(waves: Array, params: Mapping[str, Array]) -> Array:
    """The linear layer of each feature: waves of shape (batch, features, waves)."""
    return by_row(waves, params["weight"]) + params["bias"]


def _joined(layer: Any, learned: Array, x: Array) -> Array:
    rest = x[:, layer.passing(learned.shape[1]) :]
    return np.concatenate([learned.reshape(len(x), -1), rest], axis=1)


@computes(nn.CategoryEmbedding)
def _category_embedding(
    layer: nn.CategoryEmbedding, params: Mapping[str, Array], x: Array
) -> Array:
    counts = layer.categories or ()
    starts = np.cumsum([x.shape[1] - sum(counts), *counts]).tolist()
    parts = [x[:, : starts[0]]]
    for c, (start, end) in enumerate(pairwise(starts)):
        own, weight = x[:, start:end], params.get(f"weight_{c + 1}")
        if weight is not None:
            own = weight[own.argmax(axis=1)] * own.max(axis=1)[:, None]
        parts.append(own)
    return np.concatenate(parts, axis=1)


# --- tokens -------------------------------------------------------------------------------


@computes(nn.Embedding)
def _embedding(layer: nn.Embedding, params: Mapping[str, Array], tokens: Array) -> Array:
    weight = params["weight"]
    inside = (tokens >= 0) & (tokens < len(weight))
    h = np.where(inside[..., None], weight[np.where(inside, tokens, 0)], np.float32(np.nan))
    if layer.padding is None:
        return h
    return np.where((tokens != layer.padding)[..., None], h, np.float32(0))


@computes(nn.EmbeddingBag)
def _embedding_bag(layer: nn.EmbeddingBag, params: Mapping[str, Array], tokens: Array) -> Array:
    total = _embedding(layer, params, tokens).sum(axis=1)
    if layer.mode == "sum":
        return np.asarray(total)
    present = np.ones(tokens.shape) if layer.padding is None else tokens != layer.padding
    count = np.maximum(present.sum(axis=1, keepdims=True).astype(np.float32), 1)
    return np.asarray(total / (np.sqrt(count) if layer.mode == "sqrtn" else count))


@computes(nn.Tokens)
def _tokens_alone(layer: nn.Tokens, params: Mapping[str, Array], x: Array) -> Array:
    return x[:, : layer.out_shape(x.shape[1:])[0]]


@computes(nn.CharacterNGrams)
def _character_ngrams(layer: nn.CharacterNGrams, params: Mapping[str, Array], x: Array) -> Array:
    hashes = x[:, x.shape[1] - layer.out_shape(x.shape[1:])[0] :]
    buckets = np.uint32(whole_number(layer.buckets, "buckets"))
    bucket = (_mixed(hashes.astype(np.uint32)) % buckets).astype(x.dtype)
    return np.where(hashes == 0, 0, bucket + 1).astype(x.dtype)


@computes(nn.HashedNGrams)
def _hashed_ngrams(layer: nn.HashedNGrams, params: Mapping[str, Array], x: Array) -> Array:
    first = whole_number(layer.vocabulary, "vocabulary")
    buckets = np.uint32(whole_number(layer.buckets, "buckets"))
    padding = whole_number(layer.padding, "padding", least=0)
    token, present = x.astype(np.uint32), x != padding
    run, whole, parts = token, present, [x]
    for k in range(1, min(whole_number(layer.n, "n", least=2), x.shape[1])):
        run = _mixed(run[:, :-1] * np.uint32(0x9E3779B1) + token[:, k:])
        whole = whole[:, :-1] & present[:, k:]
        number = (run % buckets).astype(x.dtype) + first
        parts.append(np.where(whole, number, padding).astype(x.dtype))
    return np.concatenate(parts, axis=1)


def _mixed(h: Array) -> Array:
    """32-bit words whose bits depend on all bits of the given ones."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x7FEB352D)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x846CA68B)
    return np.asarray(h ^ (h >> np.uint32(16)))
