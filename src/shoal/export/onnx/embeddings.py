"""Embeddings of a table's numbers and categories, of tokens and of runs of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from shoal.export.onnx.dense import by_row
from shoal.export.onnx.graph import FLOAT, INT64, Graph, Value
from shoal.export.onnx.translation import Params, translates
from shoal.nn import (
    CategoryEmbedding,
    CharacterNGrams,
    Embedding,
    EmbeddingBag,
    HashedNGrams,
    PBLDEmbedding,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Tokens,
)
from shoal.nn.layer import whole_number
from shoal.nn.layers.number_embeddings import COSINE, SINE, NumberEmbedding
from shoal.nn.layers.piecewise_linear import BEYOND

# --- numbers of a table ---------------------------------------------------------------


def _columns(graph: Graph, tensor: str, count: int) -> str:
    """The first features, of shape (batch, count, 1)."""
    return graph.reshape(graph.slice(tensor, 0, count), (count, 1))


def _joined(graph: Graph, layer: NumberEmbedding, learned: str, x: Value, count: int) -> Value:
    """Learned numbers of shape (batch, count, learned) in a row, and what passes behind them."""
    shape, start = layer.out_shape(x.shape), layer.passing(count)
    parts = [graph.reshape(learned, (count * layer.learned,))]
    if start < x.shape[0]:
        parts.append(graph.slice(graph.last(x), start, x.shape[0]))
    return Value(shape, graph.concat(parts))


def _polynomial(graph: Graph, coefficients: Sequence[float], u: str) -> str:
    value = graph.add("Mul", u, graph.number(coefficients[-1]))
    for coefficient in coefficients[-2:0:-1]:
        value = graph.add("Mul", graph.add("Add", value, graph.number(coefficient)), u)
    return graph.add("Add", value, graph.number(coefficients[0]))


def _waves(graph: Graph, turns: str, *, both: bool) -> str:
    """The cosines of whole turns, and behind them their sines; as `shoal.nn` computes them."""
    t = graph.add("Sub", turns, graph.add("Round", turns))
    square = graph.add("Mul", t, t)
    cosine = _polynomial(graph, COSINE, square)
    if not both:
        return cosine
    return graph.concat([cosine, graph.add("Mul", t, _polynomial(graph, SINE, square))])


def _linear(graph: Graph, waves: str, params: Params) -> str:
    product = by_row(graph, waves, params["weight"])
    return graph.add("Add", product, graph.constant(params["bias"], name="bias"))


@translates(PeriodicEmbedding)
def periodic(graph: Graph, layer: PeriodicEmbedding, params: Params, x: Value) -> Value:
    """Waves, a linear layer for each feature, a rectifier."""
    if not params:
        return x
    count = len(params["frequency"])
    numbers = _columns(graph, graph.last(x), count)
    turns = graph.add("Mul", numbers, graph.constant(params["frequency"], name="frequency"))
    learned = graph.add("Relu", _linear(graph, _waves(graph, turns, both=True), params))
    return _joined(graph, layer, learned, x, count)


@translates(PBLDEmbedding)
def pbld(graph: Graph, layer: PBLDEmbedding, params: Params, x: Value) -> Value:
    """Waves with phases, a linear layer for each feature, and the features themselves."""
    if not params:
        return x
    count = len(params["frequency"])
    numbers = _columns(graph, graph.last(x), count)
    turns = graph.add("Mul", numbers, graph.constant(params["frequency"], name="frequency"))
    turns = graph.add("Add", turns, graph.constant(params["phase"], name="phase"))
    learned = _linear(graph, _waves(graph, turns, both=False), params)
    return _joined(graph, layer, learned, x, count)


@translates(PiecewiseLinearEmbedding)
def piecewise_linear(
    graph: Graph, layer: PiecewiseLinearEmbedding, params: Params, x: Value
) -> Value:
    """How far each number has come through each bin; the outermost go on."""
    if not params:
        return x
    slope = params["slope"]
    used = slope > 0
    after = np.concatenate([used[:, 1:], np.zeros_like(used[:, :1])], axis=1)
    first = np.arange(slope.shape[1])[None] == 0
    low = graph.constant(np.where(used & first, -BEYOND, 0.0), FLOAT, name="low")
    high = graph.constant(np.where(used & ~after, 1.0 + BEYOND, 1.0), FLOAT, name="high")
    numbers = _columns(graph, graph.last(x), len(slope))
    beyond = graph.add("Sub", numbers, graph.constant(params["edge"], name="edge"))
    passed = graph.add("Mul", beyond, graph.constant(slope, name="slope"))
    within = graph.add("Min", graph.add("Max", passed, low), high)
    learned = graph.add("Sub", within, graph.constant(params["mean"], name="mean"))
    return _joined(graph, layer, learned, x, len(slope))


@translates(CategoryEmbedding)
def category_embedding(graph: Graph, layer: CategoryEmbedding, params: Params, x: Value) -> Value:
    """The row of the weight where the one stands, times it; few categories as they are."""
    tensor, counts = graph.last(x), layer.categories or ()
    starts = np.cumsum([x.shape[0] - sum(counts), *counts]).tolist()
    parts = [graph.slice(tensor, 0, starts[0])] if starts[0] else []
    for column, (start, end) in enumerate(pairwise(starts), 1):
        own, weight = graph.slice(tensor, start, end), params.get(f"weight_{column}")
        if weight is not None:
            place = graph.add("ArgMax", own, axis=1, keepdims=0)
            row = graph.add("Gather", graph.constant(weight, name="weight"), place)
            own = graph.add("Mul", row, graph.reduce("ReduceMax", own, 1, keep=True))
        parts.append(own)
    return Value(layer.out_shape(x.shape), graph.concat(parts))


# --- tokens ---------------------------------------------------------------------------


def _vectors(graph: Graph, layer: Embedding, params: Params, x: Value) -> str:
    """The vector of each token: zeros for padding, NaN for what is no token."""
    weight, padding = params["weight"].astype(FLOAT), layer.padding
    unknown = len(weight)
    table = np.concatenate([weight, np.full((1, weight.shape[1]), np.nan, FLOAT)])
    if padding is not None:
        table[whole_number(padding, "padding", least=0)] = 0.0
    tokens = graph.cast(graph.last(x), INT64)
    low = graph.add("Less", tokens, graph.number(0, INT64))
    high = graph.add("GreaterOrEqual", tokens, graph.number(unknown, INT64))
    none = graph.add("Or", low, high)
    place = graph.add("Where", none, graph.number(unknown, INT64), tokens)
    return graph.add("Gather", graph.constant(table, name="weight"), place)


@translates(Embedding)
def embedding(graph: Graph, layer: Embedding, params: Params, x: Value) -> Value:
    """A row of the weight for each token."""
    return Value(layer.out_shape(x.shape), _vectors(graph, layer, params, x))


@translates(EmbeddingBag)
def embedding_bag(graph: Graph, layer: EmbeddingBag, params: Params, x: Value) -> Value:
    """The sum of the vectors, over how many tokens are no padding."""
    total = graph.reduce("ReduceSum", _vectors(graph, layer, params, x), 1)
    shape, padding = layer.out_shape(x.shape), layer.padding
    if layer.mode == "sum":
        return Value(shape, total)
    tokens = graph.cast(graph.last(x), INT64)
    nothing = -1 if padding is None else whole_number(padding, "padding", least=0)
    present = graph.add("Not", graph.add("Equal", tokens, graph.number(nothing, INT64)))
    if padding is None:
        present = graph.add("Or", present, graph.add("Not", present))
    count = graph.reduce("ReduceSum", graph.cast(present, FLOAT), 1, keep=True)
    count = graph.add("Max", count, graph.number(1.0))
    if layer.mode == "sqrtn":
        count = graph.add("Sqrt", count)
    return Value(shape, graph.add("Div", total, count))


@translates(Tokens)
def tokens(graph: Graph, layer: Tokens, params: Params, x: Value) -> Value:
    """The first part of a text's row."""
    (length,) = shape = layer.out_shape(x.shape)
    return Value(shape, graph.slice(graph.last(x), 0, length))


@translates(CharacterNGrams)
def character_ngrams(graph: Graph, layer: CharacterNGrams, params: Params, x: Value) -> Value:
    """The bucket of each hash behind the tokens; 0 stays 0."""
    (count,) = shape = layer.out_shape(x.shape)
    hashes = graph.slice(graph.last(x), x.shape[0] - count, x.shape[0])
    buckets = graph.number(whole_number(layer.buckets, "buckets"), INT64)
    words = _word(graph, graph.cast(hashes, INT64))
    bucket = graph.add("Mod", _mixed(graph, words), buckets)
    numbered = graph.add("Add", bucket, graph.number(1, INT64))
    nothing = graph.add("Equal", words, graph.number(0, INT64))
    return Value(shape, graph.add("Where", nothing, graph.number(0, INT64), numbered))


@translates(HashedNGrams)
def hashed_ngrams(graph: Graph, layer: HashedNGrams, params: Params, x: Value) -> Value:
    """Tokens, and the bucket of each run of them; a run with padding is padding."""
    first, buckets, longest, nothing = (
        whole_number(getattr(layer, name), name, least=0)
        for name in ("vocabulary", "buckets", "n", "padding")
    )
    (length,) = x.shape
    given = graph.cast(graph.last(x), INT64)
    token, padding = _word(graph, given), graph.number(nothing, INT64)
    present = graph.add("Not", graph.add("Equal", given, padding))
    run, whole, parts = token, present, [given]
    for k in range(1, min(longest, length)):
        places = length - k
        before = _times(graph, graph.slice(run, 0, places), 0x9E3779B1)
        joined = graph.add("Add", before, graph.slice(token, k, length))
        run = _mixed(graph, _word(graph, joined))
        ends = graph.slice(present, k, length)
        whole = graph.add("And", graph.slice(whole, 0, places), ends)
        bucket = graph.add("Mod", run, graph.number(buckets, INT64))
        number = graph.add("Add", bucket, graph.number(first, INT64))
        parts.append(graph.add("Where", whole, number, padding))
    return Value(layer.out_shape(x.shape), graph.concat(parts))


def _mixed(graph: Graph, words: str) -> str:
    """As `shoal.nn.layers.token_embeddings.mixed`, of 32-bit words in 64-bit numbers."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        words = _times(graph, _folded(graph, words, shift), factor)
    return _folded(graph, words, 16)


def _folded(graph: Graph, words: str, shift: int) -> str:
    right = graph.add("Div", words, graph.number(1 << shift, INT64))
    return graph.add("BitwiseXor", words, right)


def _times(graph: Graph, words: str, factor: int) -> str:
    """The last 32 bits of a product, whose parts stay far below 2^63."""
    half = graph.number(1 << 16, INT64)
    by = graph.number(factor, INT64)
    high = graph.add("Mul", graph.add("Div", words, half), by)
    high = graph.add("Mul", graph.add("Mod", high, half), half)
    low = graph.add("Mul", graph.add("Mod", words, half), by)
    return _word(graph, graph.add("Add", high, low))


def _word(graph: Graph, numbers: str) -> str:
    """The last 32 bits, a number of at least 0."""
    return graph.add("Mod", numbers, graph.number(1 << 32, INT64))
