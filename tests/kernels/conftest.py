from __future__ import annotations

import importlib
from types import SimpleNamespace

import numpy as np
import pytest

from shoal.kernels import extension

NATIVE = extension._load()[0] is not None


@pytest.fixture
def native() -> None:
    """For tests of what only the compiled extension does."""
    if not NATIVE:
        pytest.skip("the compiled extension is missing")


@pytest.fixture(params=["ffi", "xla"])
def operations(request: pytest.FixtureRequest) -> SimpleNamespace:
    """Both implementations of every operation."""
    if request.param == "ffi" and not NATIVE:
        pytest.skip("the compiled extension is missing")
    part = {
        name: importlib.import_module(f"shoal.kernels.{request.param}.{name}")
        for name in ("dense", "conv", "pool", "resample", "rows", "lane_copies", "cross_entropy")
    }
    return SimpleNamespace(
        dense=part["dense"].dense,
        conv=part["conv"].conv,
        conv_transpose=part["conv"].conv_transpose,
        max_pool=part["pool"].max_pool,
        avg_pool=part["pool"].avg_pool,
        resample=part["resample"].resample,
        take_rows=part["rows"].take_rows,
        put_lanes=part["lane_copies"].put_lanes,
        keep_lanes=part["lane_copies"].keep_lanes,
        take_lanes=part["lane_copies"].take_lanes,
        cross_entropy=part["cross_entropy"].cross_entropy,
    )


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1234)
