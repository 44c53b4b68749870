"""Points of a family, trained side by side in the lanes of one program."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from shoal.engine import Trial, lane
from shoal.engine.lane_inputs import Filling
from shoal.engine.program import fresh_courses
from shoal.engine.specialize import specialize
from shoal.engine.splits import epoch_order
from shoal.space import Space


def trained(network, recipe, points, splits, epochs, batch=32):
    """Weights after so many epochs, of each point in a lane of one program."""
    space = Space(network, recipe)
    special = specialize(network, recipe, space, points[0], 1)
    steps = -(-splits.rows // batch)
    filling = Filling(special, splits, len(points), steps)
    trials = [
        Trial(i, p, 0, space.bind(network, p), space.bind(recipe, p)) for i, p in enumerate(points)
    ]
    filled = [filling.fill(trial) for trial in trials]
    params, settings = jax.tree.map(lambda *leaves: jnp.stack(leaves), *filled)
    orders = [epoch_order(0, epoch, splits.rows, steps, batch) for epoch in range(epochs)]
    order = jnp.broadcast_to(np.concatenate(orders), (len(points), epochs * steps, batch))
    course = fresh_courses(np.ones(len(points), bool), np.zeros(len(points), np.int32))

    @jax.jit
    @partial(jax.vmap, in_axes=(0, 0, 0, None, 0))
    def run(params, setting, course, noise, order):
        learner = lane.start(special, params, setting)
        return lane.train(
            special, splits.task, splits.training, learner, setting, course, noise, order
        )

    learner, course = run(params, settings, course, jnp.uint32(0), order)
    assert (course.step == epochs * steps).all()
    found = jax.tree.map(np.asarray, learner.params)
    if "dense_1" in settings.masks:
        for masked, weight in zip(
            settings.masks["dense_1"], found["dense_1"]["weight"], strict=True
        ):
            assert not weight[:, np.asarray(masked) == 0].any()
    return [
        filling.narrow(jax.tree.map(lambda a, i=i: a[i], found), t) for i, t in enumerate(trials)
    ]


def points_of(space, count):
    unit = np.random.default_rng(1).uniform(size=(count, len(space)))
    return [space.from_unit(row) for row in unit]
