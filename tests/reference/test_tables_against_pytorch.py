"""Layers of networks on tables against PyTorch, with their gradients."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest
from registered import LAYERS

from shoal import FeatureScale, Parametric, PBLDEmbedding, PeriodicEmbedding
from shoal.nn import Context

PARAMETERS = ("frequency", "phase", "weight", "bias", "scale", "alpha")


@pytest.fixture
def check(agree):
    """Value, and gradients for the input and each parameter, of one layer."""

    def run(layer, case):
        x = jnp.asarray(case["x"])
        params = {name: jnp.asarray(case[name]) for name in PARAMETERS if name in case}
        assert layer.out_shape(x.shape[1:]) == case["y"].shape[1:]
        specs = layer.param_specs(x.shape[1:])
        assert {k: s.shape for k, s in specs.items()} == {k: v.shape for k, v in params.items()}
        for training in (True, False):
            context = Context(training=training)
            y, back = jax.vjp(
                lambda p, x, context=context: layer.apply(p, x, context=context), params, x
            )
            d_params, d_x = back(jnp.asarray(case["cotangent"]))
            agree(y, case["y"])
            agree(d_x, case["d_x"])
            for name, gradient in d_params.items():
                agree(gradient, case[f"d_{name}"])

    return run


def test_periodic_embedding(periodic_embedding_case, check):
    check(PeriodicEmbedding(**periodic_embedding_case["spec"]), periodic_embedding_case)


def test_pbld_embedding(pbld_embedding_case, check):
    check(PBLDEmbedding(**pbld_embedding_case["spec"]), pbld_embedding_case)


def test_feature_scale(feature_scale_case, check):
    check(FeatureScale(), feature_scale_case)


def test_parametric(parametric_case, check):
    check(Parametric(LAYERS[parametric_case["spec"]["activation"]]()), parametric_case)
