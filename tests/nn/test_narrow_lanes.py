"""A lane that uses part of a wider program computes what the narrow network computes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn import drawn
from families import families
from hypothesis import given
from hypothesis import strategies as st
from lane_oracle import check, outputs_and_gradients, random_params, widths_of

from shoal import (
    Add,
    BatchNorm,
    Choice,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Input,
    Int,
    LayerNorm,
    MaxPool,
    Network,
    Sequential,
    Space,
    UpSample,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from shoal.errors import NetworkError
from shoal.nn import active_of, feature_masks, initialize, ranks_of, widen
from shoal.nn.forward import forward
from shoal.nn.fusion import fuse
from shoal.space import Role

pytestmark = pytest.mark.bits


def widest(space, point):
    """The same point with every width at its largest."""
    largest = dict(point)
    for entry in space:
        if entry.role == Role.WIDTH and entry.name in point:
            if isinstance(entry.range, Choice):
                largest[entry.name] = int(np.argmax(entry.range.options))
            else:
                largest[entry.name] = entry.range.high
    return largest


@drawn(6)
@given(families().filter(lambda f: f.input_shape is not None), st.randoms(use_true_random=False))
def test_any_family(family, random):
    space = Space(family)
    point = space.from_unit([random.random() for _ in range(len(space))])
    check(space.bind(family, widest(space, point)), space.bind(family, point))


def everything(size):
    """Every kind of layer, some of them used twice; widths n and n + 1."""
    x = Input((5, 4, 2))
    maps = LayerNorm()(relu(BatchNorm()(Conv(size)(x))))
    maps = Dropout(0.3)(MaxPool(2, padding="same")(Add()(maps, sigmoid(Conv(size)(maps)))))
    flat = Flatten()(Concat()(maps, tanh(Conv(size + 1, stride=2)(x))))
    one, norm = Dense(size), BatchNorm()
    h = Dropout(0.4)(softmax(one(tanh(norm(one(tanh(norm(Dense(size)(flat)))))))))
    return Network(Dense(3)(Concat()(h, sigmoid(Dense(size + 1)(flat)))))


@pytest.mark.parametrize("bounded", [True, False], ids=["active", "masks alone"])
def test_every_layer_at_once(bounded):
    check(everything(6), everything(2), bounded)


def u_shaped(size):
    """Batch norms, rectifiers and pooling, and maps that are enlarged beside others."""
    x = Input((4, 6, 2))
    beside = relu(BatchNorm()(Conv(size + 1)(x)))
    low = relu(BatchNorm()(Conv(2 * size)(MaxPool(2)(beside))))
    up = BatchNorm()(Conv(size)(Concat()(UpSample(2)(low), beside)))
    return Network(Flatten()(Conv(2, kernel_size=1)(relu(MaxPool((1, 3))(up)))))


@pytest.mark.parametrize("bounded", [True, False], ids=["active", "masks alone"])
def test_the_way_down_and_up_again(bounded):
    network = u_shaped(3)
    kinds = [type(n.layer).__name__ for n in fuse(network, network.nodes, network.output)]
    assert kinds.count("NormMax") == 3
    assert "ConvParts" in kinds
    check(u_shaped(9), u_shaped(3), bounded)


def test_the_widest_lane_masks_nothing():
    masks = feature_masks(everything(4), everything(4))
    assert all(mask.all() for mask in masks.values())
    check(everything(4), everything(4))


def test_an_output_may_be_masked_too():
    def written(size, *last):
        return Sequential(Dense(size), *last, input_shape=(3,))

    for last in (sigmoid, BatchNorm(), LayerNorm()):
        check(written(6, last), written(4, last))


def test_a_masked_softmax_is_one_over_the_lanes_own_units():
    wide = Sequential(Dense(5), softmax, input_shape=(2,))
    narrow = Sequential(Dense(3), softmax, input_shape=(2,))
    masks = feature_masks(wide, narrow)
    params = widen(random_params(narrow, 0), wide, masks)
    y = forward(wide, params, jnp.ones((4, 2)), widths=widths_of(masks, True))
    np.testing.assert_allclose(y[:, :3].sum(axis=1), 1, rtol=1e-6)
    assert not y[:, 3:].any()


def test_an_idle_lane_is_silent_and_finite():
    network = everything(3)
    masks = {name: np.zeros_like(mask) for name, mask in feature_masks(network, network).items()}
    params = jax.tree.map(np.zeros_like, random_params(network, 0))
    x = jnp.ones((2, 5, 4, 2))
    y, d_params, d_x = outputs_and_gradients(network, params, x, widths_of(masks, True))
    assert not y.any()
    for leaf in jax.tree.leaves((d_params, d_x)):
        assert np.isfinite(leaf).all()


def test_masks_ranks_and_bounds_by_hand():
    def written(a, b):
        x = Input((2, 2, 1))
        return Network(Dense(2)(Flatten()(Concat()(Conv(a)(x), Conv(b)(x)))))

    masks = feature_masks(written(3, 2), written(2, 1))
    assert masks["input"].tolist() == [True]
    assert masks["conv_1"].tolist() == [True, True, False]
    assert masks["concat_1"].tolist() == [True, True, False, True, False]
    assert masks["flatten_1"].tolist() == masks["concat_1"].tolist() * 4
    assert masks["dense_1"].tolist() == [True, True]
    kept = masks["concat_1"]
    assert ranks_of(kept)[kept].tolist() == [0, 1, 2]
    assert ranks_of(kept).dtype == np.int32
    assert active_of(kept) == 4
    assert active_of(np.zeros(3, bool)) == 0


def test_widths_that_add_only_by_chance_are_refused():
    # Both sides have 5 features, but not the same 5 of the program's 8.
    def written(a, b, c, d):
        x = Input((3,))
        return Network(
            Add()(Concat()(Dense(a)(x), Dense(b)(x)), Concat()(Dense(c)(x), Dense(d)(x)))
        )

    with pytest.raises(NetworkError, match=r"layer add_1: inputs that are added have the same wid"):
        feature_masks(written(4, 4, 4, 4), written(2, 3, 3, 2))


def test_widths_shared_only_by_chance_are_refused():
    def written(a, b, c, d):
        x, one = Input((3,)), Dense(2)
        left, right = Concat()(Dense(a)(x), Dense(b)(x)), Concat()(Dense(c)(x), Dense(d)(x))
        return Network(Add()(one(left), one(right)))

    wide, narrow = written(4, 4, 4, 4), written(2, 3, 3, 2)
    masks = feature_masks(wide, narrow)
    with pytest.raises(NetworkError, match=r"layer dense_3@2: uses of one layer take inputs of th"):
        widen(initialize(narrow, 0), wide, masks)


def test_a_range_wide_and_narrow_ends_alike():
    family = Sequential(Dense(Int(2, 6)), Dropout(0.5), Dense(2), input_shape=(3,))
    space = Space(family)
    wide = space.bind(family, {"dense_1.units": 6})
    for units in (2, 6):
        check(wide, space.bind(family, {"dense_1.units": units}))
