"""What puts trials into lanes: every lane begins as `lane.start` says, and the others stay."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from shoal import Dense, Recipe, Sequential, Space, tanh
from shoal.engine import lane
from shoal.engine.fastpaths.whole_lanes import (
    COMPUTED,
    ZEROS,
    inherit,
    keep,
    origins_of,
    placing,
    read,
)
from shoal.engine.lane import LaneInputs
from shoal.engine.specialize import specialize
from shoal.losses import SquaredError
from shoal.optimizers import SGD, Adagrad, Adam, AdamW, Lion, Nadam, Optimizer, RMSProp

LANES, PLACES = 4, 3
WEIGHTS = {"dense_1": {"weight": (2, 3), "bias": (3,)}}


@dataclass(frozen=True, eq=False)
class Remembering(Optimizer):
    """Remembers a half of the first weights, which is no copy of them, and ones."""

    kind: ClassVar[str] = "tests:remembering"

    def transformation(self, decays=True):
        return optax.GradientTransformation(
            lambda params: jax.tree.map(lambda leaf: (leaf * 0.5, jnp.ones(2)), params),
            lambda gradients, state, params: (gradients, state),
        )


OPTIMIZERS = [SGD(), SGD(momentum=0.9), Adagrad(), Adam(), AdamW(), Lion(), Nadam(), RMSProp()]


def special(optimizer, **recipe):
    network = Sequential(Dense(3), tanh, input_shape=(2,))
    whole = Recipe(loss=SquaredError(), optimizer=optimizer, epochs=1, **recipe)
    return specialize(network, whole, Space(network, whole), {}, 1)


def stacked(rng, count):
    """Weights and settings of so many lanes."""
    params = {
        owner: {
            name: rng.standard_normal((count, *shape)).astype(np.float32)
            for name, shape in own.items()
        }
        for owner, own in WEIGHTS.items()
    }
    steps = rng.integers(1, 99, count).astype(np.float32)
    active = {"dense_1": rng.integers(1, 4, count).astype(np.int32)}
    return params, LaneInputs({}, steps, steps + 1, {}, {}, active, {})


def started(of, params, setting):
    return jax.vmap(partial(lane.start, of))(params, setting)


def assert_same(found, wanted):
    jax.tree.map(np.testing.assert_array_equal, found, wanted)


@pytest.mark.parametrize(
    ("optimizer", "recipe"),
    [(SGD(momentum=0.9), {}), (Adam(), {"ema_momentum": 0.9}), (Remembering(), {})],
    ids=["momentum", "average", "computed"],
)
def test_a_lane_begins_as_it_would_alone(optimizer, recipe):
    of, rng = special(optimizer, **recipe), np.random.default_rng(0)
    before, given = stacked(rng, LANES), stacked(rng, PLACES)
    learners = jax.tree.map(lambda leaf: leaf + 1, started(of, *before))
    state = (learners, before[0], before[1])
    at = np.array([2, 0, 1], np.int32)
    found = jax.jit(placing(of))(*state, at, np.int32(2), *given)

    def put(whole, part):
        whole = np.array(whole)
        whole[at[:2]] = part[:2]
        return whole

    assert_same(found, jax.tree.map(put, state, (started(of, *given), *given)))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda one: type(one).__name__)
def test_nothing_is_computed_for_a_beginning(optimizer):
    """What is neither zeros nor weights would be compiled for every program."""
    params, setting = jax.tree.map(lambda leaf: leaf[0], stacked(np.random.default_rng(0), 1))
    of = special(optimizer, ema_momentum=0.9)
    assert COMPUTED not in origins_of(partial(lane.start, of), params, setting)


def test_where_leaves_come_from():
    def function(a, b):
        return {"b": b, "n": jnp.zeros((2, 2)), "o": jnp.ones(2), "s": a + b, "z": jnp.int32(0)}

    shape = jax.ShapeDtypeStruct((2,), np.float32)
    assert origins_of(function, shape, shape) == [1, ZEROS, COMPUTED, COMPUTED, ZEROS]


def test_keep_read_and_inherit():
    rng = np.random.default_rng(0)
    (best, _), (now, _) = stacked(rng, LANES), stacked(rng, LANES)
    improved = np.array([False, True, True, False])
    kept = jax.jit(keep)(best, now, improved)
    assert_same(kept, jax.tree.map(lambda *one: np.where(_wide(improved, one[0]), *one), now, best))
    assert_same(jax.jit(read)(now, np.int32(2)), jax.tree.map(lambda leaf: leaf[2], now))
    source = np.array([0, 3, 3, 1], np.int32)
    assert_same(jax.jit(inherit)(now, source), jax.tree.map(lambda leaf: leaf[source], now))


def _wide(flags, like):
    return flags.reshape(-1, *(1,) * (like.ndim - 1))
