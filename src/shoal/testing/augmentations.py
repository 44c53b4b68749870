"""What holds of every augmentation: chance by example, finite inputs of the same shape, JSON."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from shoal.augmentation import Augmentation
from shoal.augmentation.augment import augment
from shoal.nn import Shape
from shoal.space import Space
from shoal.testing.conformance import check_documented, read_back, require

EXAMPLES = 6


def check_augmentation(transform: Augmentation, shape: Shape = (9, 12, 2)) -> None:
    """Check an augmentation: what it draws, what it makes of a batch, and its JSON.

    Args:
        transform: which augmentation; numbers in it may be ranges. Not `MixUp`, of which an
            example depends on its partner in the batch.
        shape: of one example.

    Raises:
        ConformanceError: it breaks a rule of `shoal.augmentation.Augmentation`.
    """
    check_documented(transform)
    again = read_back(transform)
    space = Space(transform)
    point = space.default_point()
    bound, other = space.bind(transform, point), Space(again).bind(again, point)
    x = np.random.default_rng(0).normal(size=(EXAMPLES, *shape)).astype(np.float32)
    index = np.arange(EXAMPLES, dtype=np.int32)
    made = _augmented(bound, x, index)
    require(made.shape == x.shape, "augmentation changes the shape of examples", transform,
            expected=shape, received=made.shape[1:])  # fmt: skip
    require(np.isfinite(made).all(), "augmented examples hold infinities or no numbers", transform)
    require(np.array_equal(_augmented(bound, x, index), made),
            "two passes with one key differ", transform,
            hint="Draw from the draws that it is given, and from nothing else.")  # fmt: skip
    require(np.array_equal(_augmented(other, x, index), made),
            "the augmentation that comes back from JSON is another", transform)  # fmt: skip
    turned = _augmented(bound, x[::-1], index[::-1])[::-1]
    require(np.allclose(turned, made, rtol=0, atol=1e-5),
            "an example is changed otherwise at another place of the batch", transform,
            hint="Chance belongs to an example: take it from the draws.")  # fmt: skip


def _augmented(transform: Augmentation, x: np.ndarray, index: np.ndarray) -> np.ndarray:
    @jax.jit
    def run(x: Any, index: Any) -> Any:
        y = jnp.zeros(len(x), jnp.int32)
        return augment((transform,), x, y, index, jnp.asarray([11, 5], jnp.uint32)).x

    return np.asarray(run(x, index))
