"""Networks drawn at random give the same in ONNX Runtime as in shoal."""

import numpy as np
import onnx_runs
from drawn import drawn
from families import families
from hypothesis import given
from hypothesis import strategies as st

import shoal
from shoal.testing.lanes import random_params


@drawn(8)
@given(families().filter(lambda f: f.input_shape is not None), st.randoms(use_true_random=False))
def test_random_networks_give_the_same(family, random):
    space = shoal.Space(family)
    sampler = shoal.samplers.Random()
    points, _ = sampler.ask(space, sampler.start(space, random.randrange(1000)), 1)
    network = space.bind(family, points[0])
    x = np.random.default_rng(1).normal(0, 1, (100, *network.input_shape)).astype(np.float32)
    onnx_runs.compare(network, onnx_runs.settled(random_params(network, 3)), x, few=2)
