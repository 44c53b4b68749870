"""Biases of layers, which may have none."""

from __future__ import annotations

from typing import Any

import numpy as np

from shoal.errors import NetworkError
from shoal.network.layer import ParamSpec
from shoal.space import Choice


def check_bias(value: Any) -> None:
    """Raise NetworkError unless the value, or every option, is true or false."""
    if isinstance(value, Choice):
        for option in value.options:
            check_bias(option)
    elif not isinstance(value, bool | np.bool_):
        raise NetworkError(
            "whether a layer has a bias is True or False", where="bias", received=repr(value)
        )


def bias_spec(bias: Any, units: int) -> dict[str, ParamSpec]:
    """The bias among a layer's parameters, if it has one."""
    return {"bias": ParamSpec((units,), ("out",), decays=False)} if bias else {}


def first_bias(bias: Any, units: int) -> dict[str, np.ndarray]:
    """The bias among a layer's initial parameters, if it has one: zeros."""
    return {"bias": np.zeros(units, np.float32)} if bias else {}
