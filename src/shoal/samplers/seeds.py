"""Random numbers of a proposal: by the study's seed and the proposal's number, by nothing else."""

from __future__ import annotations

import numpy as np

from shoal.errors import SpaceError

_SALT = 0x5EA


def checked_seed(seed: int) -> int:
    """The seed as a plain int.

    Raises:
        SpaceError: it is not a whole number from 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise SpaceError(
            "a sampler's seed is a whole number from 0", expected="0, 1, 2, …", received=repr(seed)
        )
    return int(seed)


def generator(seed: int, number: int) -> np.random.Generator:
    """The random numbers that belong to one proposal of one study."""
    return np.random.default_rng([seed, number, _SALT])
