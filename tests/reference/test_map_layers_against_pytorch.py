"""Values and gradients of the layers of maps, in one to three directions, against PyTorch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from registered import LAYERS

from shoal.nn import Context

QUIET = Context(training=False)


def _written(value):
    """As it is written in Python: lists of JSON are tuples."""
    return tuple(map(_written, value)) if isinstance(value, list) else value


def test_layer(layer_case, agree):
    case, spec = layer_case, layer_case["spec"]
    layer = LAYERS[spec["kind"]](**{k: _written(v) for k, v in spec["fields"].items()})
    inputs = [jnp.asarray(case[name]) for name in ("x", "x2") if name in case]
    shapes = [x.shape[1:] for x in inputs]
    specs = layer.param_specs(*shapes)
    params = {name: jnp.asarray(case[name]) for name in specs}
    assert {k: s.shape for k, s in specs.items()} == {k: v.shape for k, v in params.items()}
    assert layer.out_shape(*shapes) == case["y"].shape[1:]

    @jax.jit
    def run(params, inputs, cotangent):
        y, back = jax.vjp(lambda p, i: layer.apply(p, *i, context=QUIET), params, inputs)
        return y, back(cotangent)

    y, (d_params, d_inputs) = run(params, inputs, jnp.asarray(case["cotangent"]))
    agree(y, case["y"])
    for name, gradient in zip(("x", "x2"), d_inputs, strict=False):
        agree(gradient, case[f"d_{name}"])
    for name, gradient in d_params.items():
        agree(gradient, case[f"d_{name}"])
