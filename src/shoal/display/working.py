"""Something that may take a while, with nothing to count: said once it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

PATIENCE = 1.0
"""Seconds for which nobody needs to be told anything."""


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
