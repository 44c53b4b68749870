"""Something that may take a while, with nothing to count: said once it does."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from rich.console import Console
from rich.text import Text

from shoal.display.notebook import in_notebook

PATIENCE = 1.0
"""Seconds for which nobody needs to be told anything."""

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def working(console: Console, what: str, *, line: bool = True) -> Iterator[None]:
    """Say what is being done, if it is not done at once.

    Args:
        console: where to: a terminal shows it as long as it lasts.
        what: such as ``reading prices.csv``.
        line: whether a line is written where there is no terminal.
    """
    drawn = console.is_terminal and not console.is_dumb_terminal
    over = threading.Event()

    def tell() -> None:
        if over.wait(PATIENCE):
            return
        if drawn:
            with console.status(Text(f"{what} …")):
                over.wait()
        elif line:
            console.print(Text(f"{what} …"), soft_wrap=True)

    telling = threading.Thread(target=tell, name="shoal-working", daemon=True)
    telling.start()
    try:
        yield
    finally:
        over.set()
        telling.join()


def shows_reading(load: Callable[P, R]) -> Callable[P, R]:
    """Let a call that takes a source and ``progress`` say on a terminal that it is reading."""

    @functools.wraps(load)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        source = args[0] if args else kwargs.get("source")
        quiet = not kwargs.get("progress", True) or source == "mnist"  # a bar of its own
        if quiet or not sys.stderr.isatty() or in_notebook():
            return load(*args, **kwargs)
        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        with working(console, f"reading {ascii(str(source))[1:-1]}"):
            return load(*args, **kwargs)

    return told
