"""Whom a run tells of its progress: the caller's ``watch``, or the display."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import ParamSpec, TypeVar

from shoal.display import Phase, Progress, Watch, default_display, no_callback
from shoal.metrics import OF_POSITIVE
from shoal.report.wording import metric_name

P = ParamSpec("P")
R = TypeVar("R")


def shows_progress(call: Callable[P, R]) -> Callable[P, R]:
    """Let a call that takes ``progress`` and ``watch`` be shown while it runs.

    With a ``watch`` of the caller's, or ``progress=False``, nothing is shown; else the call
    is given the display as its ``watch``. It is given one in any case.
    """

    @functools.wraps(call)
    def watched(*args: P.args, **kwargs: P.kwargs) -> R:
        if kwargs.get("watch") is None and kwargs.get("progress", True):
            with default_display(f"shoal.{call.__name__}") as watch:
                kwargs["watch"] = watch
                return call(*args, **kwargs)
        kwargs["watch"] = kwargs.get("watch") or no_callback
        return call(*args, **kwargs)

    return watched


def naming(watch: Watch, positive: str | None) -> Watch:
    """A watch that is told the class, of two, that some metrics are of."""
    if positive is None:
        return watch
    called = {metric: metric_name(metric, positive) for metric in OF_POSITIVE}
    return lambda progress: watch(replace(progress, called=called))


__all__ = ["Phase", "Progress", "Watch", "naming", "no_callback", "shows_progress"]
