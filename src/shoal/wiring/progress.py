"""Whom a run tells of its progress: the caller's ``watch``, or the display."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from shoal.display import Phase, Progress, Watch, nobody, shown

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
            with shown(f"shoal.{call.__name__}") as watch:
                kwargs["watch"] = watch
                return call(*args, **kwargs)
        kwargs["watch"] = kwargs.get("watch") or nobody
        return call(*args, **kwargs)

    return watched


__all__ = ["Phase", "Progress", "Watch", "nobody", "shows_progress"]
