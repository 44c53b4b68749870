"""Values and gradients that PyTorch computed (see make_*.py), case by case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Case = dict[str, Any]


def _load() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for path in sorted(Path(__file__).parent.glob("*.npz")):
        with np.load(path, allow_pickle=False) as stored:
            for key in stored.files:
                case, name = key.rsplit("/", 1)
                value = json.loads(str(stored[key])) if name == "spec" else stored[key]
                cases.setdefault(case, {})[name] = value
    return cases


CASES = _load()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with an argument named ``conv_case`` runs over all cases conv/0, conv/1, …"""
    for name in metafunc.fixturenames:
        if name.endswith("_case"):
            prefix = name.removesuffix("_case") + "/"
            keys = [key for key in CASES if key.startswith(prefix)]
            assert keys, f"no reference named {prefix}"
            metafunc.parametrize(name, [CASES[key] for key in keys], ids=keys)


@pytest.fixture
def agree():
    """Compares to 1e-5 of the largest number: what float32 can promise of a sum of products."""

    def compare(received: Any, expected: np.ndarray) -> None:
        received = np.asarray(received)
        assert received.shape == expected.shape
        scale = float(np.abs(expected).max())
        np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-5 * scale)

    return compare
