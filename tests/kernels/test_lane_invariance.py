"""What a lane computes is its own business: bit for bit the same beside any
neighbors, at any place, padded or not, and on any number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal.kernels.dense_chain import DenseLink, Drop
from shoal.kernels.ffi.conv import conv, conv_transpose
from shoal.kernels.ffi.conv_max import Geometry, conv_max
from shoal.kernels.ffi.dense import dense
from shoal.kernels.ffi.dense_chain import dense_chain
from shoal.kernels.geometry import windows

pytestmark = pytest.mark.usefixtures("native")

WIDE_IN, WIDE_OUT, LANES = 40, 72, 9
GEOMETRY = windows((3, 3), (2, 1), ((1, 1), (0, 2)))


def dense_all(x, w, b, low, high, dy):
    y, pull = jax.vjp(lambda *p: dense(*p, low, high), x, w, b)
    return y, *pull(dy)


def chain_all(x, w, b, low, high, dy):
    """A layer with all that can follow it, and a second one."""
    ranks = np.arange(w.shape[1], dtype=np.int32)
    square = jnp.broadcast_to(b[:, None], (b.size, b.size)) * jnp.broadcast_to(b, (b.size, b.size))

    def chain(x, w, b):
        drop = Drop(jnp.float32(0.3), jnp.asarray([5, 7], jnp.uint32), ranks)
        links = [DenseLink(w, b, True, drop, high), DenseLink(square, None, True, None, high)]
        return dense_chain(x, links, low)

    y, pull = jax.vjp(chain, x, w, b)
    return y, *pull(dy)


def conv_all(x, w, b, low, high, dy):
    y, pull = jax.vjp(lambda *p: conv(*p, GEOMETRY, low, high), x, w, b)
    return y, *pull(dy)


def conv_transpose_all(x, w, b, low, high, dy):
    def up(x, w):
        return conv_transpose(x, w.swapaxes(-1, -2), GEOMETRY, (9, 8), low, high)

    y, pull = jax.vjp(up, x, w)
    return y, *pull(dy), b


def conv_max_all(x, w, b, low, high, dy):
    geometry = Geometry(GEOMETRY, (2, 2), True)
    y, pull = jax.vjp(lambda *p: conv_max(*p, geometry, low, high), x, w, b)
    return y, *pull(dy)


SHAPES = {
    dense_all: ((33, WIDE_IN), (WIDE_IN, WIDE_OUT), (WIDE_OUT,), (33, WIDE_OUT)),
    chain_all: ((33, WIDE_IN), (WIDE_IN, WIDE_OUT), (WIDE_OUT,), (33, WIDE_OUT)),
    conv_all: ((5, 9, 8, WIDE_IN), (3, 3, WIDE_IN, WIDE_OUT), (WIDE_OUT,), (5, 5, 8, WIDE_OUT)),
    conv_transpose_all: (
        (5, 5, 8, WIDE_IN),
        (3, 3, WIDE_IN, WIDE_OUT),
        (WIDE_OUT,),
        (5, 9, 8, WIDE_OUT),
    ),
    conv_max_all: ((5, 9, 8, WIDE_IN), (3, 3, WIDE_IN, WIDE_OUT), (WIDE_OUT,), (5, 2, 4, WIDE_OUT)),
}
OPERATIONS = list(SHAPES)


def lanes_of(call, rng) -> list[np.ndarray]:
    """Operands of LANES lanes that use different shares of the width."""
    low = rng.integers(1, WIDE_IN + 1, LANES).astype(np.int32)
    high = rng.integers(1, WIDE_OUT + 1, LANES).astype(np.int32)
    low[3], high[5] = WIDE_IN, 0
    x, w, b, dy = (rng.standard_normal((LANES, *s), dtype=np.float32) for s in SHAPES[call])
    for lane in range(LANES):
        x[lane, ..., low[lane] :] = w[lane, ..., low[lane] :, :] = 0
        w[lane, ..., high[lane] :] = b[lane, high[lane] :] = 0
    return [x, w, b, low, high, dy]


def same_bits(a, b) -> None:
    for left, right in zip(a, b, strict=True):
        np.testing.assert_array_equal(np.asarray(left), np.asarray(right))


@pytest.mark.parametrize("call", OPERATIONS)
def test_neither_place_nor_neighbors_nor_number_of_lanes_matter(call, rng) -> None:
    operands = lanes_of(call, rng)
    together = jax.jit(jax.vmap(call))(*operands)
    order = rng.permutation(LANES)
    moved = jax.jit(jax.vmap(call))(*(a[order] for a in operands))
    same_bits([a[order] for a in together], moved)
    for lane in (0, 3, 5):
        alone = jax.jit(call)(*(a[lane] for a in operands))
        same_bits([a[lane] for a in together], alone)


@pytest.mark.parametrize("call", OPERATIONS)
def test_a_padded_lane_is_the_small_network(call, rng) -> None:
    operands = lanes_of(call, rng)
    together = jax.jit(jax.vmap(call))(*operands)
    for lane in (1, 2, 7):
        x, w, b, low, high, dy = (a[lane] for a in operands)
        small = [x[..., :low], w[..., :low, :high], b[:high], None, None, dy[..., :high]]
        y, dx, dw, db = jax.jit(call)(*small)
        cut = [a[lane] for a in together]
        same_bits(
            [cut[0][..., :high], cut[1][..., :low], cut[2][..., :low, :high], cut[3][:high]],
            [y, dx, dw, db],
        )


@pytest.mark.parametrize("call", OPERATIONS)
def test_the_axis_of_lanes_may_be_two(call, rng) -> None:
    operands = lanes_of(call, rng)
    flat = jax.jit(jax.vmap(call))(*operands)
    square = [a.reshape(3, 3, *a.shape[1:]) for a in operands]
    nested = jax.jit(jax.vmap(jax.vmap(call)))(*square)
    same_bits(flat, [np.asarray(a).reshape(LANES, *a.shape[2:]) for a in nested])


PROGRAM = """
import hashlib, os, jax, jax.numpy as jnp, numpy as np
from shoal import kernels
rng = np.random.default_rng(0)
draw = lambda *s: jnp.asarray(rng.standard_normal(s, dtype=np.float32))
results = []
for lanes in (1, 6):
    low = jnp.asarray(rng.integers(1, 97, lanes), jnp.int32)
    high = jnp.asarray(rng.integers(1, 131, lanes), jnp.int32)
    x, w, b, dy = draw(lanes, 64, 96), draw(lanes, 96, 130), draw(lanes, 130), draw(lanes, 64, 130)
    def dense(x, w, b, i, o, dy):
        y, pull = jax.vjp(lambda *p: kernels.dense(*p, active_in=i, active_out=o), x, w, b)
        return y, *pull(dy)
    results += jax.jit(jax.vmap(dense))(x, w, b, low, high, dy)
    for many in (lanes, 64 * lanes):  # layer by layer, and lane by lane
        def chain(x, dy, w, b, i, o):
            key, ranks = jnp.asarray([1, 2], jnp.uint32), jnp.arange(40, dtype=jnp.int32)
            drop = kernels.Drop(jnp.float32(0.4), key, ranks)
            y, pull = jax.vjp(lambda x, w: kernels.dense_chain(x, [
                kernels.DenseLink(w, b, True, drop, o), kernels.DenseLink(w.T, None, True)]), x, w)
            return y, *pull(dy)
        low, high = (jnp.asarray(rng.integers(1, 41, many), jnp.int32) for _ in range(2))
        results += jax.jit(jax.vmap(chain))(
            draw(many, 20, 40), draw(many, 20, 40), draw(many, 40, 40), draw(many, 40), low, high)
    x, w, b = draw(lanes, 8, 12, 12, 20), draw(lanes, 3, 3, 20, 40), draw(lanes, 40)
    def conv(x, w, b, dy):
        y, pull = jax.vjp(
            lambda *p: kernels.max_pool(
                kernels.conv(*p, padding=((1, 1), (1, 1))), (2, 2), (2, 2)), x, w, b)
        return y, *pull(dy)
    results += jax.jit(jax.vmap(conv))(x, w, b, draw(lanes, 8, 6, 6, 40))
    def norm(x, scale, dy):
        y, pull, _ = jax.vjp(lambda x, s: (lambda y, *of: (y, of))(*kernels.batch_norm(
            x, jnp.ones(9), s, s, jnp.float32(1e-3))), x, scale, has_aux=True)
        return y, *pull(dy)
    tall = draw(2, lanes, 9000, 40)
    results += jax.jit(jax.vmap(norm))(tall[0], draw(lanes, 40), tall[1])
digest = hashlib.sha256()
for result in results:
    digest.update(np.asarray(result).tobytes())
print(kernels.backend(), kernels.instruction_set(), len(os.listdir("/proc/self/task")),
      digest.hexdigest())
"""


def run(**environment: str) -> list[str]:
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={
            **os.environ,
            "PYTHONPATH": str(source),
            "JAX_PLATFORMS": "cpu",
            "SHOAL_KERNELS": "native",
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads through /proc")
def test_the_number_of_threads_does_not_change_a_bit() -> None:
    alone, few, many = (run(NPROC=count) for count in ("1", "2", "7"))
    assert alone[0] == "native"
    assert int(alone[2]) < int(few[2]) < int(many[2])
    assert alone[3] == few[3] == many[3]


def test_many_terms_are_summed_as_the_lane_alone_would(rng) -> None:
    terms = [1300, 1024, 1025, 40]
    lanes, widest, outputs = len(terms), max(terms), 70
    x = rng.standard_normal((lanes, 33, widest), dtype=np.float32)
    w = rng.standard_normal((lanes, widest, outputs), dtype=np.float32)
    b = rng.standard_normal((lanes, outputs), dtype=np.float32)
    for lane, n in enumerate(terms):
        x[lane, :, n:] = w[lane, n:] = 0
    high = np.full(lanes, outputs, np.int32)
    together = jax.jit(jax.vmap(dense))(x, w, b, np.asarray(terms, np.int32), high)
    for lane, n in enumerate(terms):
        alone = jax.jit(dense)(x[lane, :, :n], w[lane, :n], b[lane], np.int32(n), high[lane])
        same_bits([together[lane]], [alone])
