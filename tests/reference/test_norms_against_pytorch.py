"""Normalizations, embeddings and shared weights against PyTorch, with their gradients."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from shoal import BatchNorm, Concat, Dense, Embedding, Flatten, Input, LayerNorm, Network, tanh
from shoal.nn import Context, forward_training


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


def test_embedding(embedding_case, agree):
    case, layer = embedding_case, Embedding(**embedding_case["spec"])
    tokens = jnp.asarray(case["tokens"])
    assert layer.out_shape(tokens.shape[1:]) == case["y"].shape[1:]
    y, back = jax.vjp(
        lambda weight: layer.apply({"weight": weight}, tokens, context=Context(training=False)),
        jnp.asarray(case["weight"]),
    )
    agree(y, case["y"])
    (gradient,) = back(jnp.asarray(case["cotangent"]))
    agree(gradient, case["d_weight"])
    if layer.padding is not None:
        assert not gradient[layer.padding].any()


def test_layers_that_are_used_twice(sharing_case, agree):
    """The gradient is the sum over the uses; the second use's statistics follow the first's."""
    case = sharing_case
    x, table, dense, norm = (
        Input((3,)),
        Embedding(5, 4, padding=None),
        Dense(6),
        BatchNorm(0.2, 1e-3),
    )
    once = norm(tanh(dense(Dense(6)(Flatten()(table(x))))))
    twice = norm(tanh(dense(once)))
    network = Network(Dense(2)(Concat()(twice, Flatten()(table(x)))))
    params: dict = {}
    for name in [key for key in case if "." in key and not key.startswith("d_")]:
        owner, parameter = name.split(".")
        params.setdefault(owner, {})[parameter] = jnp.asarray(case[name])
    assert {o: set(s) for o, s in network.trained_specs().items()} == {
        o: set(p) for o, p in params.items()
    }
    kept = {"mean": jnp.zeros(6), "variance": jnp.ones(6)}
    truth = np.eye(2, dtype=np.float32)[case["targets"]]

    def loss(params):
        outputs, state = forward_training(
            network, {**params, "batch_norm_1": {**params["batch_norm_1"], **kept}},
            jnp.asarray(case["tokens"]), key=jnp.zeros(2, jnp.uint32), weight=jnp.ones(3),
        )  # fmt: skip
        value = -(jax.nn.log_softmax(outputs) * truth).sum(axis=-1).mean()
        return value, (outputs, state)

    (value, (outputs, state)), gradients = jax.value_and_grad(loss, has_aux=True)(params)
    agree(value, case["loss"])
    agree(outputs, case["outputs"])
    for name in ("mean", "variance"):
        agree(state["batch_norm_1"][name], case[name])
    for owner, own in gradients.items():
        for name, gradient in own.items():
            agree(gradient, case[f"d_{owner}.{name}"])
