"""Layers of maps in the lanes of one program: the lane does not matter, nor how many there are."""

import numpy as np
import pytest
from small_problems import (
    adamw,
    bars,
    numbers,
    outcome,
    random_points,
    same_weights,
    search_points,
)

from shoal import (
    AvgPool,
    ChannelDropout,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    DepthwiseConv,
    Float,
    GaussianNoise,
    GlobalAvgPool,
    Int,
    MaxPool,
    Pad,
    Sequential,
    UpSample,
    relu,
    tanh,
)
from shoal.kernels import backend

pytestmark = pytest.mark.bits


def family():
    return Sequential(
        Conv(Int(2, 4)), relu, ChannelDropout(Float(0.0, 0.3)), GaussianNoise(Float(0.0, 0.2)),
        DepthwiseConv(Int(1, 2)), MaxPool(2), tanh, ConvTranspose(Int(2, 4), stride=2),
        UpSample(2, "bilinear"), AvgPool(2), Pad(1, "reflect"), Conv(4, kernel_size=1),
        Conv(4, groups=2), Crop(1), relu, GlobalAvgPool(), Dense(3),
    )  # fmt: skip


def test_neither_lane_nor_number_of_lanes_matters():
    recipe = adamw(epochs=2)
    points = random_points(family(), recipe, bars(), 4)

    def searched(points, lanes):
        return search_points(family(), recipe, bars(), points, objective="loss", lanes=lanes)

    study, turned, alone = searched(points, 3), searched(points[::-1], 3), searched(points, 1)
    assert study.cost["groups"] == 1
    native = backend() == "native"  # XLA's sums are in an order that vectors make
    for number in range(4):
        if native:
            assert outcome(turned, 3 - number) == outcome(study, number)
            assert outcome(alone, number) == outcome(study, number)
        np.testing.assert_allclose(numbers(alone, number), numbers(study, number), rtol=1e-5)
        np.testing.assert_allclose(numbers(turned, 3 - number), numbers(study, number), rtol=1e-5)
        same_weights(turned.model(3 - number), study.model(number), rtol=0.0 if native else 1e-6)
