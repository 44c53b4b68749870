"""Equations: every layer has one, says all that it depends on, and means what it computes."""

from __future__ import annotations

import dataclasses
import math
import re

import jax.numpy as jnp
import numpy as np
import pytest
from families import families
from hypothesis import given
from matplotlib.mathtext import MathTextParser
from registered import LAYERS

from shoal import (
    Add,
    Choice,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Float,
    Input,
    Int,
    LeakyRelu,
    Network,
    Repeat,
    Sequential,
    relu,
    sigmoid,
    tanh,
)
from shoal.nn import Activation, Symbol
from shoal.nn.equations import PARAMETERS
from shoal.nn.latex import latex_to_unicode
from shoal.space import Role
from shoal.space.tree import role_of

MAP, LINE, ROW = (6, 6, 2), (5,), (4, 3)
FIELDS = {
    "batch_ensemble": {"units": 3}, "member_dense": {"units": 3}, "members": {"members": 4},
    "conv": {"channels": 3}, "conv_transpose": {"channels": 3}, "dense": {"units": 3},
    "embedding": {"vocabulary": 7, "features": 2}, "parametric": {"activation": tanh},
    "embedding_bag": {"vocabulary": 7, "features": 2},
    "hashed_ngrams": {"vocabulary": 7, "buckets": 4},
    "character_ngrams": {"buckets": 4, "per_token": 4}, "tokens": {"per_token": 4},
    "reshape": {"shape": (-1,)},
}  # fmt: skip
ON_LINES = {
    "category_embedding", "character_ngrams", "tokens",
    "dense", "embedding", "embedding_bag", "hashed_ngrams", "members", "pbld_embedding",
    "periodic_embedding", "piecewise_linear_embedding", "token_dropout",
}  # fmt: skip
ON_ROWS = {"batch_ensemble", "member_dense", "member_mean"}
SEVERAL = {"add", "concat", "multiply"}
KINDS = {**LAYERS, "repeat": Repeat}


def alone(kind) -> Network:
    """A network of one layer of the kind, on a map or a line."""
    if kind == "repeat":
        return Sequential(Repeat(Dense(5), times=Int(1, 3)), input_shape=LINE)
    x = Input(LINE if kind in ON_LINES else ROW if kind in ON_ROWS else MAP)
    layer = LAYERS[kind](**FIELDS.get(kind, {}))
    return Network(Symbol(layer, (x, x) if kind in SEVERAL else (x,)))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_layer_says_its_equation(kind):
    network = alone(kind)
    (node,) = network.nodes
    line = network.equations().lines[1]
    assert line.layer == node.name
    assert line.formula.startswith("o")
    assert "@" not in line.formula
    assert "x" in latex_to_unicode(line.formula)
    for brace, end in ("{}", "()", "[]"):
        assert line.formula.count(brace) == line.formula.count(end)
    told = network.equations().text.splitlines()[1]
    assert not re.search(r"[\\{}@\x00-\x1f]", told)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_equations_are_latex_that_can_be_set(kind):
    """Matplotlib's own reader of LaTeX, which knows a part of it, takes every formula and note."""
    for line in alone(kind).equations().lines:
        for formula in (line.formula, *line.latex_notes):
            MathTextParser("path").parse(f"${formula}$")


@pytest.mark.parametrize("kind", sorted(LAYERS))
def test_an_equation_tells_of_every_parameter_and_every_real_number(kind):
    network = alone(kind)
    (node,) = network.nodes
    layer, line = node.layer, network.equations().lines[1]
    shapes = network.shapes()
    specs = layer.param_specs(*(shapes[name] for name in node.inputs))
    told = dict(line.shapes)
    assert told.pop("o") == tuple(str(n) for n in network.output_shape)
    assert len(told) == len(specs)
    for name, spec in specs.items():
        symbol = f"{PARAMETERS[name]}_{{1}}"
        assert symbol in line.formula
        assert told[symbol] == tuple(str(n) for n in spec.shape)
    for item in dataclasses.fields(layer):
        if role_of(item) == Role.TRACED:
            assert f"@{item.name}" in layer.formula, item.name
            assert layer.letters[item.name] in dict(line.values)
    written = re.sub(
        r"@\?(\w+)\{[^}]*\}",
        lambda part: "" if layer.told(part[1]) is False else part[0],
        layer.formula,
    )
    unknown = set(re.findall(r"@[=?]?([a-wyz]\w+)", written))
    unknown -= {item.name for item in dataclasses.fields(layer)} | set(specs) | {"xs"}
    if layer.kind == "category_embedding":  # a matrix for each column of many categories: none here
        unknown -= {"weight"}
    assert not unknown, "placeholders that are nothing of the layer"


def meaning(text: str):
    """The right side of an activation's equation as a function of x."""
    right = text.partition(" = ")[2].replace("^", "**").replace("·", "*").replace("≥", ">=")
    right = re.sub(r"\|x\|", "abs(x)", right)
    # What stands side by side is multiplied, but for words and functions.
    side_by_side = r"(?<=[\w)]) (?=[\w(])(?!if\b|else\b)(?<!if )(?<!else )"
    right = re.sub(side_by_side, "*", right)
    names = {
        "e": math.e, "max": max, "min": min, "tanh": math.tanh, "log": math.log,
        "Φ": lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))), "α": 0.3,
    }  # fmt: skip
    return lambda x: eval(right, {"__builtins__": {}}, {**names, "x": x, "abs": abs})


ONE_BY_ONE = sorted(
    kind for kind, layer in LAYERS.items()
    if issubclass(layer, Activation) and "softmax" not in kind
)  # fmt: skip


@pytest.mark.parametrize("kind", ONE_BY_ONE)
def test_an_activations_equation_is_what_it_computes(kind):
    fields = {"alpha": 0.3} if kind == "elu" else {"slope": 0.3} if kind == "leaky_relu" else {}
    layer = LAYERS[kind](**fields)
    line = Sequential(layer, input_shape=(1,)).equations().lines[1]
    points = [-4.0, -1.5, -0.2, 0.0, 0.4, 1.0, 5.0]
    function = meaning(latex_to_unicode(line.formula))
    expected = layer.function(jnp.asarray(points, jnp.float32))
    said = [float(function(x)) for x in points]
    np.testing.assert_allclose(said, expected, rtol=1e-4, atol=1e-6)


def test_a_course_reads_its_own_equations():
    network = Sequential(Dense(3), sigmoid, Dense(2), input_shape=(4,))
    assert [" ".join(line.split()) for line in str(network.equations()).splitlines()] == [
        "input x x ∈ ℝ^4",
        "dense_1 a₁ = x W₁ + b₁ a₁ ∈ ℝ^3, W₁ ∈ ℝ^4×3, b₁ ∈ ℝ^3",
        "sigmoid_1 h₁ = 1 / (1 + e^(-a₁)) h₁ ∈ ℝ^3",
        "dense_2 o = h₁ W₂ + b₂ o ∈ ℝ^2, W₂ ∈ ℝ^3×2, b₂ ∈ ℝ^2",
    ]
    latex = network.equations().latex
    assert r"a_{1} &= x\, W_{1} + b_{1} && a_{1} \in \mathbb{R}^{3}" in latex
    assert r"W_{1} \in \mathbb{R}^{4 \times 3}" in latex
    assert r"h_{1} &= \frac{1}{1 + e^{-a_{1}}}" in latex
    assert latex.startswith("\\begin{aligned}\n")
    assert network.equations()._repr_latex_().startswith("$$\n\\begin{aligned}")


def test_ranges_stand_as_ranges():
    family = Sequential(
        Flatten(), Dense(Int(8, 64)), LeakyRelu(Float(0.01, 0.3)), Dropout(Float(0.0, 0.5)),
        Dense(Choice(2, 3)), input_shape=(4, 4),
    )  # fmt: skip
    text = family.equations().text
    assert "a₂ ∈ ℝ^8…64, W₂ ∈ ℝ^16×(8…64), b₂ ∈ ℝ^8…64" in text
    assert "α = 0.01…0.3" in text
    assert "r = 0…0.5" in text
    assert "W₄ ∈ ℝ^(8…64)×(2…3)" in text
    assert r"W_{2} \in \mathbb{R}^{16 \times (8 \dots 64)}" in family.equations().latex


def test_choices_and_blocks_are_told_within():
    family = Sequential(
        Choice(Dense(4), Sequential(Dense(2), tanh, Dense(4)), None),
        Repeat(Sequential(Dense(4), relu), times=Int(1, 3)),
        input_shape=(4,),
    )
    lines = family.equations().lines
    assert [(line.depth, latex_to_unicode(line.formula)) for line in lines[1:]] == [
        (0, "h₁ = one of"),
        (1, "h₁ = x W₁ + b₁"),
        (1, ""),
        (2, "a_1.1 = x W_1.1 + b_1.1"),
        (2, "h_1.1 = tanh(a_1.1)"),
        (2, "h₁ = h_1.1 W_1.2 + b_1.2"),
        (1, "h₁ = x"),
        (0, "o = block_T(… block₁(h₁))"),
        (1, "a_2.1 = v W_2.1 + b_2.1"),
        (1, "w = max(0, a_2.1)"),
    ]
    assert dict(lines[2].shapes)["W_{1}"] == ("4", "4")
    assert dict(lines[8].values) == {"T": "1…3"}


def test_shared_weights_have_one_name():
    shared, x = Dense(3), Input((3,))
    once = shared(x)
    network = Network(Add()(once, shared(tanh(once))))
    formulas = [latex_to_unicode(line.formula) for line in network.equations().lines]
    assert formulas == [
        "x", "h₁ = x W₁ + b₁", "h₂ = tanh(h₁)", "h₃ = h₂ W₁ + b₁", "o = h₁ + h₃",
    ]  # fmt: skip


def test_what_a_layer_has_not_is_not_said():
    network = Sequential(Conv(2, bias=False), Flatten(), Dense(2, bias=Choice(True, False)))
    _, conv, _, dense = network.equations().lines
    assert latex_to_unicode(conv.formula) == "h₁[u, n] = Σ_(i, c) x[s u + d i - p, c] W₁[i, c, n]"
    assert latex_to_unicode(dense.formula) == "o = h₂ W₃ + b₃"
    assert dense.values == (("b_{3}", "there or not"),)


def test_equations_need_no_shape():
    text = Sequential(Conv(3), relu, Flatten(), Dense(2)).equations().text
    assert "∈" not in text
    assert "o = h₂ W₃ + b₃" in text


def test_names_from_files_stay_text_in_latex():
    latex = Sequential(Dense(2, name=r"\input{x}_%"), input_shape=(2,)).equations().latex
    assert r"\text{ input\{x\}\_\%}" in latex


@given(families())
def test_every_family_has_equations(family):
    """Each node has a line, in the graph's order, and every symbol is made before it is read."""
    network = family[0] if isinstance(family, tuple) else family
    lines = network.equations().lines
    assert [line.layer for line in lines if line.depth == 0] == [
        "input", *(node.name for node in network.nodes)
    ]  # fmt: skip
    known = {"x"}
    for line in lines:
        if line.depth == 0 and line.layer != "input":
            left, _, right = line.formula.partition(" = ")
            assert set(re.findall(r"\b[ah]_\{\d+\}", right)) <= known
            known.add(re.match(r"[a-z]_\{\d+\}|o", left)[0])
    assert "o" in known
    assert network.equations().text
