"""Networks are tested where silent type promotion raises."""

import jax
import pytest


@pytest.fixture(autouse=True)
def strict_types():
    with jax.numpy_dtype_promotion("strict"):
        yield
