"""Reading that takes a while says so on a terminal."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def shows_reading(load: Callable[P, R]) -> Callable[P, R]:
    """Let a call that takes a source and ``progress`` say on a terminal that it is reading."""

    @functools.wraps(load)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        source = args[0] if args else kwargs.get("source")
        quiet = not kwargs.get("progress", True) or source == "mnist"  # a bar of its own
        if quiet or not sys.stderr.isatty():
            return load(*args, **kwargs)
        from rich.console import Console

        from shoal.display import working

        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        with working(console, f"reading {ascii(str(source))[1:-1]}"):
            return load(*args, **kwargs)

    return told
