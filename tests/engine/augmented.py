"""What tests of augmentation share: pictures, transforms, and a compiled `augment`."""

import jax
import jax.numpy as jnp
import numpy as np

from shoal.augmentation import (
    Brightness,
    Contrast,
    Crop,
    CutOut,
    Elastic,
    Flip,
    MixUp,
    Noise,
    Rotation,
    Saturation,
    Scale,
    Shear,
    Shift,
)
from shoal.augmentation.augment import augment
from shoal.augmentation.transform import Draws

KEY = jnp.asarray([11, 5], jnp.uint32)
MANY = 4000

OFF = [
    Shift(0.0), Rotation(0.0), Scale(0.0), Shear(0.0), Flip(0.0, 0.0), Crop(0.0), Brightness(0.0),
    Contrast(0.0), Noise(0.0), CutOut(0.0), Elastic(0.0), MixUp(0.0),
    Saturation(0.0),
]  # fmt: skip
ON = [
    Shift(0.2), Rotation(40.0), Scale(0.5), Shear(0.3), Flip(0.5, 0.5), Crop(0.5), Brightness(0.5),
    Contrast(0.5), Noise(0.3), CutOut(0.5), Elastic(0.1), MixUp(0.8),
    Saturation(0.5),
]  # fmt: skip
MOVES = [Shift(0.2), Rotation(40.0), Scale(0.5), Shear(0.3), Flip(0.5, 0.5), Crop(0.5),
         Elastic(0.1)]  # fmt: skip


def augmented(transforms, x, y, rows=None, key=KEY):
    """Compiled as a whole: that is quicker than operation by operation."""
    rows = index(len(x)) if rows is None else rows
    return COMPILED(transforms, x, y, rows, key)


COMPILED = jax.jit(augment, static_argnums=0)


def kind(transform):
    return transform.kind


def draws(count=MANY, name="any"):
    return Draws.of(KEY, name, jnp.arange(count, dtype=jnp.int32))


def whole(function):
    """What a function of these draws comes to, compiled as a whole."""
    return np.asarray(jax.jit(function)())


def images(count=6, height=9, width=12, channels=2, seed=0):
    rng = np.random.default_rng(seed)
    return jnp.asarray(rng.normal(size=(count, height, width, channels)), jnp.float32)


def labels(count=6):
    return jnp.arange(count, dtype=jnp.int32) % 3


def index(count=6):
    return jnp.arange(count, dtype=jnp.int32)
