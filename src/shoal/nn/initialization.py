"""Initial weights, drawn on the host for a network of its true width.

A lane of a wider program gets these numbers padded with zeros, so that fan-in
and fan-out are those of the network that the lane claims to be.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable

import numpy as np

from shoal.errors import NetworkError
from shoal.space import Choice

Limit = Callable[[int, int], float]

LIMITS: dict[str, Limit] = {
    # Glorot and Bengio (2010): keeps the variance of signals and of gradients.
    "glorot": lambda fan_in, fan_out: math.sqrt(6.0 / (fan_in + fan_out)),
    # He et al. (2015): for relu, which halves the variance of what passes.
    "he": lambda fan_in, fan_out: math.sqrt(6.0 / fan_in),
    # LeCun et al. (1998): variance 1 / fan-in.
    "lecun": lambda fan_in, fan_out: math.sqrt(3.0 / fan_in),
    # For a single layer, such as a perceptron; units of one layer would stay alike.
    "zeros": lambda fan_in, fan_out: 0.0,
}
"""Half the width of the uniform distribution, from fan-in and fan-out."""


def check_initialization(name: object) -> None:
    """Raise NetworkError unless the name, or every option, is that of an initialization."""
    if isinstance(name, Choice):
        for option in name.options:
            check_initialization(option)
    elif not isinstance(name, str) or name not in LIMITS:
        raise NetworkError(
            "an initialization is known by name", expected=", ".join(LIMITS), received=repr(name)
        )


def uniform(
    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int, init: str
) -> np.ndarray:
    """Weights uniform in [-a, a], a from `LIMITS`; float32 of the given shape."""
    limit = LIMITS[init](max(fan_in, 1), max(fan_out, 1))
    return (rng.random(shape, dtype=np.float32) * 2.0 - 1.0) * np.float32(limit)


def generator(seed: int, owner: str) -> np.random.Generator:
    """The generator for one layer's weights: keyed by seed and layer name, by nothing else."""
    return np.random.default_rng([seed, zlib.crc32(owner.encode())])
