"""What every check has in common: the error, the docstring, the way through JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from shoal.errors import ShoalError
from shoal.registry import Component
from shoal.space import Decoder, Space, encode

SLOPE = 1e-6
"""The step of finite differences, in float64."""


class ConformanceError(ShoalError, AssertionError):
    """A component breaks a rule of its protocol."""


def require(holds: object, rule: str, what: object, **told: Any) -> None:
    """Raise ConformanceError unless the rule holds.

    Args:
        holds: whether it does.
        rule: the rule, as a sentence on what went wrong.
        what: the component.
        **told: ``expected``, ``received`` and ``hint``.
    """
    if not holds:
        raise ConformanceError(rule, where=type(what).__name__, **told)


def check_documented(component: Any) -> None:
    """The class has a docstring of its own."""
    cls = type(component)
    text = vars(cls).get("__doc__") or ""
    require(
        text and not text.startswith(f"{cls.__name__}("),  # what a dataclass writes by itself
        "the class has no docstring",
        component,
        expected="what it computes, and where that is from",
    )


def read_back(component: Component) -> Any:
    """The component out of its JSON, which must be the same again.

    Raises:
        ConformanceError: no file can name its class, a field is no plain data, or another
            object comes back.
    """
    try:
        written = encode(component, Space(component))
        text = json.dumps(written, allow_nan=False)
        again = Decoder(component.registry, "JSON").decode(json.loads(text))
    except (ShoalError, TypeError, ValueError) as error:
        raise ConformanceError(
            "the component does not come back from JSON",
            where=type(component).__name__,
            received=str(error),
        ) from error
    same = type(again) is type(component) and encode(again, Space(again)) == written
    require(same, "another component comes back from JSON", component,
            expected=text, received=repr(again))  # fmt: skip
    return again


def check_slopes(
    value: Callable[[np.ndarray], float],
    gradient: np.ndarray,
    at: np.ndarray,
    component: object,
    of: str,
) -> None:
    """The gradient is what finite differences say, along some directions.

    Args:
        value: a scalar function, in float64.
        gradient: what is claimed of it.
        at: where.
        component: whose it is.
        of: with respect to what, for the message.
    """
    rng = np.random.default_rng(3)
    size = float(np.abs(gradient).max(initial=0.0))
    for _ in range(3):
        direction = rng.normal(size=at.shape)
        step = SLOPE * direction
        slope = (value(at + step) - value(at - step)) / (2 * SLOPE)
        own = float((gradient * direction).sum())
        close = 1e-4 * max(abs(slope), size * np.sqrt(at.size)) + 1e-6
        require(
            np.isfinite(own) and abs(own - slope) <= close,
            f"the gradient with respect to {of} is not that of the values",
            component,
            expected=f"{slope:.6g} by finite differences",
            received=f"{own:.6g}",
        )
