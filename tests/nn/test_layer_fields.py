"""Fields of layers: numbers, ranges and options that make no sense are refused when written."""

from __future__ import annotations

import numpy as np
import pytest

from shoal import BatchNorm, Choice, Conv, Dense, Dropout, Float, Int, LayerNorm, MaxPool
from shoal.errors import NetworkError


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(0), r"units is a whole number; expected at least 1; received 0"),
        (lambda: Dense(2.5), r"units is a whole number; .* received 2\.5"),
        (lambda: Dense("10"), r"units is a whole number; .* received '10'"),
        (lambda: Dense(True), r"units is a whole number; .* received True"),
        (lambda: Dense(None), r"units is a whole number; .* received None"),
        (lambda: Dense(Int(0, 5)), r"units is a whole number; expected at least 1; received 0"),
        (lambda: Dense(Float(1, 5)), r"units is a whole number; expected an Int or a Choice; rece"),
        (lambda: Dense(Choice(8, "many")), r"units is a whole number; .* received 'many'"),
        (lambda: Dense(3, initialization="hi"), r"known by name; expected glorot, he, lecun, zer"),
        (lambda: Dense(3, initialization=1), r"an initialization is known by name; .*received 1"),
        (lambda: Conv(3, initialization=Choice("he", "x")), r"known by name; .* received 'x'"),
        (lambda: Conv(-1), r"channels is a whole number; expected at least 1; received -1"),
        (lambda: Conv(3, kernel_size=0), r"kernel_size is a whole number; expected at least 1"),
        (
            lambda: Conv(3, kernel_size=(3, 3, 3, 3)),
            r"kernel_size is a number, or one for each direction; expected 1 to 3 numbers; rec",
        ),
        (lambda: Conv(3, kernel_size=[3, 3]), r"kernel_size is a whole number; .*\[3, 3\]"),
        (lambda: Conv(3, kernel_size=Choice(3, (0, 1))), r"kernel_size .* received 0"),
        (lambda: Conv(3, kernel_size=(3, Int(-1, 3))), r"kernel_size .* received -1"),
        (lambda: Conv(3, stride="2"), r"stride is a whole number; .* received '2'"),
        (lambda: Conv(3, padding="full"), r"padding is 'same', 'valid' or a number of cells; rece"),
        (lambda: Conv(3, padding=-1), r"padding is a whole number; expected at least 0; rec.* -1"),
        (lambda: Conv(3, padding=Choice("same", "all")), r"padding is 'same', .* received 'all'"),
        (lambda: Conv(3, padding=(1, 1)), r"padding is a whole number; .* received \(1, 1\)"),
        (lambda: MaxPool(0), r"pool_size is a whole number; expected at least 1; received 0"),
        (lambda: MaxPool(2, stride=()), r"stride is a number, or one for each .* received \(\)"),
        (lambda: MaxPool(2, padding=None), r"padding is a whole number; .* received None"),
        (
            lambda: BatchNorm(1.5),
            r"momentum lies in its bounds; expected 0 ≤ momentum ≤ 1; rec.*1\.5",
        ),
        (lambda: BatchNorm("0.1"), r"momentum is a number; received '0\.1'"),
        (lambda: BatchNorm(epsilon=0.0), r"epsilon lies in its bounds; .* received 0\.0"),
        (lambda: LayerNorm(Float(0.0, 1.0)), r"epsilon lies in its bounds; .* received 0\.0"),
        (lambda: LayerNorm(Choice(1e-5, True)), r"epsilon is a number; received True"),
        (lambda: Dropout(1), r"dropout rate is a probability below one; expected 0 ≤ rate < 1; r"),
        (lambda: Dropout(-0.1), r"a dropout rate is a probability below one; .* received -0\.1"),
        (lambda: Dropout(float("nan")), r"a dropout rate is a probability .* received nan"),
        (lambda: Dropout("half"), r"a dropout rate is a probability .* received 'half'"),
        (lambda: Dropout(None), r"a dropout rate is a probability .* received None"),
        (lambda: Dropout(False), r"a dropout rate is a probability .* received False"),
        (lambda: Dropout(Float(0, 1)), r"a dropout rate is a probability .* received 1"),
        (lambda: Dropout(Choice(0.1, 2)), r"a dropout rate is a probability .* received 2"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_numbers_of_numpy_are_numbers():
    assert Dense(np.int64(4)).out_shape((3,)) == (4,)
    assert Dropout(np.float32(0.25)).rate == 0.25
    assert Conv(np.int32(2), kernel_size=(np.int8(3), 3)).out_shape((4, 4, 1)) == (4, 4, 2)


@pytest.mark.parametrize(
    "layer",
    [
        Dense(Int(1, 8, log=True)),
        Dense(Choice(8, 16), initialization=Choice("he", "lecun")),
        Conv(Choice(1, 2), kernel_size=Choice(3, (1, 5)), padding=Choice("same", 0)),
        Conv(3, stride=Int(1, 2)),
        Conv(3, kernel_size=(Int(1, 3), Choice(1, 3))),
        MaxPool(Int(2, 3), stride=None, padding=Int(0, 1)),
        Dropout(Choice(0, 0.5)),
        BatchNorm(Float(0.01, 0.5, log=True), epsilon=Choice(1e-5, Float(1e-3, 1e-2))),
        LayerNorm(Float(1e-6, 1e-3)),
    ],
)  # fmt: skip
def test_a_range_may_stand_wherever_a_value_may(layer):
    assert layer.describe()
