"""Networks are tested where silent broadcasting and silent type promotion raise."""

import jax
import pytest


@pytest.fixture(autouse=True)
def strict_arrays():
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("strict"):
        yield
