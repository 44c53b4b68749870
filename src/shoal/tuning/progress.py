"""Whom a run tells of its progress: the caller's ``callbacks``, or the display."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

from shoal.display import Phase, Progress, Watch, default_display, no_callback
from shoal.errors import RecipeError
from shoal.metrics import OF_POSITIVE
from shoal.report.wording import metric_name

P = ParamSpec("P")
R = TypeVar("R")

Callbacks = Watch | Sequence[Watch]
"""What a caller has told of progress: a function of a `Progress`, or several."""


def shows_progress(call: Callable[P, R]) -> Callable[P, R]:
    """Let a call that takes ``progress`` and ``callbacks`` be shown while it runs.

    With ``callbacks`` of the caller's, or ``progress=False``, nothing is shown; else the call
    is given the display as its callback. It is given one in any case.
    """

    @functools.wraps(call)
    def watched(*args: P.args, **kwargs: P.kwargs) -> R:
        given: Any = kwargs.get("callbacks")
        callback = one_callback(given)
        if given in (None, (), []) and kwargs.get("progress", True):
            with default_display(f"shoal.{call.__name__}") as display:
                kwargs["callbacks"] = display
                return call(*args, **kwargs)
        kwargs["callbacks"] = callback
        return call(*args, **kwargs)

    return watched


def one_callback(callbacks: Any) -> Watch:
    """What calls all of a caller's callbacks, in their order.

    Args:
        callbacks: a function of a `Progress`, several, or None.

    Raises:
        RecipeError: something that cannot be called.
    """
    if callable(callbacks):
        return callbacks  # type: ignore[no-any-return]  # called with a Progress
    several = () if callbacks is None else callbacks
    if not isinstance(several, Sequence) or not all(map(callable, several)):
        raise RecipeError(
            "callbacks are functions of a Progress",
            expected="a function or a list of functions",
            received=repr(callbacks),
        )
    if not several:
        return no_callback

    def call_all(progress: Progress) -> None:
        for callback in several:
            callback(progress)

    return call_all


def naming(watch: Watch, positive: str | None) -> Watch:
    """A watch that is told the class, of two, that some metrics are of."""
    if positive is None:
        return watch
    called = {metric: metric_name(metric, positive) for metric in OF_POSITIVE}
    return lambda progress: watch(replace(progress, called=called))


__all__ = [
    "Callbacks", "Phase", "Progress", "Watch", "naming", "no_callback", "one_callback",
    "shows_progress",
]  # fmt: skip
