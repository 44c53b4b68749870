"""Normalizations against PyTorch: training, running statistics, prediction, gradients."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from shoal import BatchNorm, LayerNorm
from shoal.network import Context


def test_batch_norm(batch_norm_case, agree):
    case, layer = batch_norm_case, BatchNorm(**batch_norm_case["spec"])
    shape = case["whole"].shape[2:]
    assert layer.out_shape(shape) == shape
    learned = {name: jnp.asarray(case[name]) for name in ("scale", "shift")}
    start = layer.init(None, shape)
    kept = {name: jnp.asarray(start[name]) for name in ("mean", "variance")}
    cotangent = jnp.asarray(case["cotangent"])
    for at, x in enumerate(jnp.asarray(case["whole"])):
        if f"y{at}" not in case:
            continue
        rows = len(case[f"y{at}"])
        # What fills a batch up is there, and counts nowhere.
        weight = (jnp.arange(len(x)) < rows).astype(jnp.float32)
        context = Context(training=True, weight=weight)

        def run(learned, x, kept=kept, context=context):
            return layer.apply_training({**learned, **kept}, x, context=context)

        y, back, kept = jax.vjp(run, learned, x, has_aux=True)
        d_learned, d_x = back(cotangent * weight.reshape(-1, *[1] * len(shape)))
        agree(y[:rows], case[f"y{at}"])
        agree(d_x[:rows], case[f"d_x{at}"])
        assert not d_x[rows:].any()
        for name, gradient in d_learned.items():
            agree(gradient, case[f"d_{name}{at}"])
        for name, value in kept.items():
            agree(value, case[f"{name}{at}"])

    def predict(learned, x):
        return layer.apply({**learned, **kept}, x, context=Context(training=False))

    y, back = jax.vjp(predict, learned, jnp.asarray(case["whole"][0]))
    d_learned, d_x = back(cotangent)
    agree(y, case["y"])
    agree(d_x, case["d_x"])
    for name, gradient in d_learned.items():
        agree(gradient, case[f"d_{name}"])


def test_layer_norm(layer_norm_case, agree):
    case, layer = layer_norm_case, LayerNorm(**layer_norm_case["spec"])
    params = {name: jnp.asarray(case[name]) for name in ("scale", "shift")}
    for training in (True, False):
        context = Context(training=training)
        y, back = jax.vjp(
            lambda p, x, context=context: layer.apply(p, x, context=context),
            params,
            jnp.asarray(case["x"]),
        )
        d_params, d_x = back(jnp.asarray(case["cotangent"]))
        agree(y, case["y"])
        agree(d_x, case["d_x"])
        for name, gradient in d_params.items():
            agree(gradient, case[f"d_{name}"])
