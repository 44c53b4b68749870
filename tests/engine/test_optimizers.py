"""Optimizers against their equations, written out in NumPy."""

import jax.numpy as jnp
import numpy as np
import pytest

from shoal import Choice, Dense, Float, Int, Network
from shoal.errors import RecipeError
from shoal.nn.network import Node
from shoal.optimizers import SGD, AdamW, Lion
from shoal.optimizers.optimizer import decays_of, update_bounds

STEPS = 6
rng = np.random.default_rng(0)
WEIGHT, BIAS = rng.normal(size=(3, 2)), rng.normal(size=2)
GRADIENTS = [(rng.normal(size=(3, 2)), rng.normal(size=2)) for _ in range(STEPS)]


NETWORK = Network.from_nodes((Node("dense_1", Dense(2), ("input",)),), "dense_1", (3,))


def tree(weight, bias):
    return {"dense_1": {"weight": jnp.asarray(weight, jnp.float32),
                        "bias": jnp.asarray(bias, jnp.float32)}}  # fmt: skip


def moved(optimizer, go=True):
    """Weight and bias after some steps of the optimizer."""
    bounds = update_bounds(NETWORK, {}, jnp.asarray(go))
    params = tree(WEIGHT, BIAS)
    memory = optimizer.transformation().init(params)
    decays = decays_of(NETWORK)
    for weight, bias in GRADIENTS:
        params, memory = optimizer.step(
            tree(weight, bias), memory, params, jnp.asarray(go), bounds, decays
        )
    return params["dense_1"]


def sgd(start, gradients, rate, momentum, decay, nesterov):
    w, v = start.copy(), 0.0
    for gradient in gradients:
        g = gradient + decay * w
        v = momentum * v + g
        w = w - rate * (g + momentum * v if nesterov else v)
    return w


def adamw(start, gradients, rate, decay, b1, b2, epsilon):
    w, m, v = start.copy(), 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        step = (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + epsilon)
        w = w - rate * (step + decay * w)
    return w


def lion(start, gradients, rate, decay, b1, b2):
    """Chen et al. (2023), algorithm 2."""
    w, m = start.copy(), np.zeros_like(start)
    for g in gradients:
        w = w - rate * (np.sign(b1 * m + (1 - b1) * g) + decay * w)
        m = b2 * m + (1 - b2) * g
    return w


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize(("momentum", "decay"), [(0.0, 0.0), (0.9, 0.0), (0.9, 0.1), (0.0, 0.1)])
def test_sgd(momentum, decay, nesterov):
    optimizer = SGD(learning_rate=0.1, momentum=momentum, nesterov=nesterov, weight_decay=decay)
    # Without momentum there is nothing to look ahead along.
    after = moved(optimizer)
    weight = sgd(WEIGHT, [w for w, _ in GRADIENTS], 0.1, momentum, decay, nesterov)
    bias = sgd(BIAS, [b for _, b in GRADIENTS], 0.1, momentum, 0.0, nesterov)
    np.testing.assert_allclose(after["weight"], weight, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(after["bias"], bias, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_adamw(decay):
    numbers = {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}
    after = moved(AdamW(weight_decay=decay, **numbers))
    weight = adamw(WEIGHT, [w for w, _ in GRADIENTS], 0.05, decay, 0.8, 0.95, 1e-3)
    bias = adamw(BIAS, [b for _, b in GRADIENTS], 0.05, 0.0, 0.8, 0.95, 1e-3)
    np.testing.assert_allclose(after["weight"], weight, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(after["bias"], bias, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_lion(decay):
    after = moved(Lion(learning_rate=0.05, weight_decay=decay, beta1=0.6, beta2=0.8))
    weight = lion(WEIGHT, [w for w, _ in GRADIENTS], 0.05, decay, 0.6, 0.8)
    bias = lion(BIAS, [b for _, b in GRADIENTS], 0.05, 0.0, 0.6, 0.8)
    np.testing.assert_allclose(after["weight"], weight, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(after["bias"], bias, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("optimizer", [SGD(), SGD(momentum=0.9, weight_decay=0.1), AdamW()])
def test_a_step_that_is_not_taken_changes_nothing(optimizer):
    after = moved(optimizer, go=False)
    np.testing.assert_array_equal(after["weight"], WEIGHT.astype(np.float32))
    np.testing.assert_array_equal(after["bias"], BIAS.astype(np.float32))


@pytest.mark.parametrize("kind", [SGD, AdamW])
def test_traced_numbers_do_as_plain_ones(kind):
    plain = {"learning_rate": 0.05, "weight_decay": 0.1}
    plain |= {"momentum": 0.9} if kind is SGD else {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6}
    traced = {name: jnp.float32(value) for name, value in plain.items()}
    for one, other in zip(moved(kind(**plain)).values(), moved(kind(**traced)).values(),
                          strict=True):  # fmt: skip
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(learning_rate=-1.0), "learning_rate lies in its bounds; expected 0 ≤ lea"),
        (lambda: SGD(learning_rate=float("nan")), "learning_rate lies in its bounds"),
        (lambda: SGD(learning_rate=float("inf")), "learning_rate lies in its bounds"),
        (lambda: SGD(learning_rate=1e39), "expected 0 ≤ learning_rate < 3.4.*received 1e.39"),
        (lambda: SGD(learning_rate="fast"), "learning_rate is a number; received 'fast'"),
        (lambda: SGD(learning_rate=[0.1]), r"learning_rate is a number; received \[0.1\]"),
        (lambda: SGD(learning_rate=None), "learning_rate is a number; received None"),
        (lambda: SGD(momentum=1.0), "momentum lies in its bounds; expected 0 ≤ momentum < 1"),
        (lambda: SGD(momentum=Float(0.5, 1.0)), "momentum lies in its bounds.* received 1.0"),
        (lambda: SGD(weight_decay=Choice(0.0, -1.0)), "weight_decay lies in its bounds"),
        (lambda: SGD(nesterov=3), "nesterov is True or False; received 3"),
        (lambda: AdamW(learning_rate=Float(-1.0, 1.0)), "learning_rate lies in its bounds"),
        (lambda: AdamW(weight_decay=True), "weight_decay is a number; received True"),
        (lambda: AdamW(beta1=1.0), "beta1 lies in its bounds; expected 0 ≤ beta1 < 1"),
        (lambda: AdamW(beta2=Int(0, 1)), "beta2 lies in its bounds.* received 1"),
        (lambda: AdamW(epsilon=0.0), "epsilon lies in its bounds.* received 0"),
    ],
)
def test_impossible_numbers_are_refused(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


def test_ranges_within_bounds_are_fine():
    SGD(learning_rate=Choice(1e-3, 1e30), momentum=Float(0.0, 0.99), nesterov=Choice(True, False))
    AdamW(learning_rate=Float(1e-5, 1.0, log=True), beta1=Choice(0.8, Float(0.9, 0.95)))
