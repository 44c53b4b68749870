from __future__ import annotations

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import kernels
from shoal.errors import KernelError
from shoal.kernels import extension
from shoal.kernels.ffi.call import native as call_native


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch):
    """Lets a test decide anew, with its own environment."""
    monkeypatch.delenv("SHOAL_KERNELS", raising=False)
    extension._decide.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    extension._decide.cache_clear()


@pytest.fixture
def without_extension(fresh: pytest.MonkeyPatch):
    fresh.setitem(sys.modules, "shoal.kernels._native", None)
    extension._load.cache_clear()
    yield fresh
    fresh.undo()
    extension._load.cache_clear()


def test_the_extension_is_used_where_it_is(native, fresh) -> None:
    assert kernels.backend() == "native"
    assert kernels.backend_reason() == f"compiled kernels for {kernels.instruction_set()}"
    assert kernels.instruction_set() in ("baseline", "avx2", "avx512")


def test_plain_xla_can_be_asked_for(fresh) -> None:
    fresh.setenv("SHOAL_KERNELS", "xla")
    assert kernels.backend() == "xla"
    assert kernels.backend_reason() == "SHOAL_KERNELS=xla asks for it"
    y = kernels.dense(jnp.ones((2, 3)), jnp.ones((3, 4)))
    np.testing.assert_array_equal(y, np.full((2, 4), 3.0))


def test_without_the_extension_it_is_plain_xla_and_says_why(without_extension) -> None:
    assert kernels.backend() == "xla"
    assert kernels.backend_reason().startswith("the compiled extension is missing")
    assert kernels.instruction_set() is None


def test_asking_for_a_missing_extension_is_an_error(without_extension) -> None:
    without_extension.setenv("SHOAL_KERNELS", "native")
    with pytest.raises(KernelError, match=r"kernels that are not there.*the compiled extension"):
        kernels.backend()


def test_an_unknown_choice_is_an_error(fresh) -> None:
    fresh.setenv("SHOAL_KERNELS", "fast")
    with pytest.raises(KernelError, match="expected native, xla, or nothing; received 'fast'"):
        kernels.backend()


NONE = jnp.zeros((0,), jnp.int32)
F = jnp.zeros


def pairs(**changes):
    one, none = np.ones(2, np.int64), np.zeros(2, np.int64)
    attributes = {"stride": one, "padding": none, "dilation": one, "groups": np.int64(1)}
    return attributes | changes


IMAGES, FILTERS = F((1, 2, 5, 5, 4)), F((1, 3, 3, 4, 6))
Y, B0 = (1, 2, 3, 3, 6), F((0, 6))
POOL = {"window": np.full(2, 2), "stride": np.full(2, 2), "padding": np.zeros(2, np.int64)}
REFUSED = {
    "rank": ("dense_forward", [F((2, 3)), F((1, 3, 4)), F((0, 4)), NONE, NONE], [(1, 2, 4)], {}),
    "inner size": (
        "dense_forward",
        [F((1, 2, 3)), F((1, 5, 4)), F((0, 4)), NONE, NONE],
        [(1, 2, 4)],
        {},
    ),
    "lanes": (
        "dense_forward",
        [F((3, 2, 3)), F((2, 3, 4)), F((0, 4)), NONE, NONE],
        [(3, 2, 4)],
        {},
    ),
    "type": (
        "dense_input_grad",
        [F((1, 2, 4)), F((1, 3, 4), jnp.int32), NONE, NONE],
        [(1, 2, 3)],
        {},
    ),
    "bounds": (
        "dense_weight_grad",
        [F((1, 2, 3)), F((1, 2, 4)), F((0,)), NONE],
        [(1, 3, 4), (1, 4)],
        {},
    ),
    "conv rank": ("conv_forward", [IMAGES[0], FILTERS, B0, NONE, NONE], [Y], pairs()),
    "conv groups": (
        "conv_forward",
        [IMAGES, FILTERS, B0, NONE, NONE],
        [Y],
        pairs(groups=np.int64(3)),
    ),
    "conv no groups": (
        "conv_forward",
        [IMAGES, FILTERS, B0, NONE, NONE],
        [Y],
        pairs(groups=np.int64(0)),
    ),
    "conv stride": (
        "conv_input_grad",
        [F(Y), FILTERS, NONE, NONE],
        [IMAGES.shape],
        pairs(stride=np.zeros(2, np.int64)),
    ),
    "conv pair": (
        "conv_weight_grad",
        [IMAGES, F(Y), NONE, NONE],
        [FILTERS.shape, (1, 6)],
        pairs(dilation=np.ones(3, np.int64)),
    ),
    "conv channels": ("conv_forward", [IMAGES[..., :3], FILTERS, B0, NONE, NONE], [Y], pairs()),
    "pool window": (
        "max_pool",
        [F((2, 4, 4, 3))],
        [(2, 2, 2, 3)],
        POOL | {"window": np.zeros(2, np.int64)},
    ),
    "pool channels": ("avg_pool", [F((2, 4, 4, 3))], [(2, 2, 2, 5)], POOL),
    "pool images": ("max_pool_grad", [F((2, 4, 4, 3)), F((1, 2, 2, 3))], [(2, 4, 4, 3)], POOL),
    "pool x": ("max_pool_grad", [F((2, 4, 4, 3)), F((2, 2, 2, 3))], [(2, 5, 4, 3)], POOL),
    "rows": ("take_rows", [F((4, 3)), F((2,), jnp.int32)], [(3, 3)], {}),
    "rows index": ("take_rows", [F((4, 3)), F((2,))], [(2, 3)], {}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused(native, case) -> None:
    name, operands, shapes, attributes = REFUSED[case]
    call = jax.jit(lambda *o: call_native(name, o, shapes, **attributes))
    with pytest.raises(jax.errors.JaxRuntimeError, match=r"INVALID_ARGUMENT.*(kernel|rows)"):
        jax.block_until_ready(call(*operands))
