"""Something that may take a while is said once it does, with a bar where things are counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from shoal.utils.counting import listening

PATIENCE = 1.0
"""Seconds for which nobody needs to be told anything."""

LEAST_COUNT = 20
"""Of fewer things no bar is drawn."""

_REDRAWN = 0.1
"""Seconds after which a bar is drawn anew."""


@contextmanager
def working(console: Console, what: str, *, line: bool = True) -> Iterator[None]:
    """Say what is being done, if it is not done at once.

    Args:
        console: where to: a terminal shows it as long as it lasts, with a bar for loops that
            are `counted`.
        what: such as ``reading prices.csv``.
        line: whether a line is written where there is no terminal.
    """
    drawn = console.is_terminal and not console.is_dumb_terminal
    over = threading.Event()
    reached: list[tuple[int, int]] = [(0, 0)]

    def hear(done: int, total: int) -> None:
        reached[0] = (done, total)

    def tell() -> None:
        if over.wait(PATIENCE):
            return
        if drawn:
            _draw(console, what, over, reached)
        elif line:
            console.print(Text(f"{what} …"), soft_wrap=True)

    telling = threading.Thread(target=tell, name="shoal-working", daemon=True)
    telling.start()
    try:
        with listening(hear):
            yield
    finally:
        over.set()
        telling.join()


def _draw(
    console: Console, what: str, over: threading.Event, reached: list[tuple[int, int]]
) -> None:
    """A spinner, and as soon as something is counted a bar, until it is over."""
    told = TextColumn("{task.description} …", markup=False)
    with Progress(SpinnerColumn(), told, console=console, transient=True) as drawn:
        task = drawn.add_task(what, total=None)
        counts = False
        while not over.wait(_REDRAWN):
            done, total = reached[0]
            if total >= LEAST_COUNT and not counts:
                drawn.columns = (*drawn.columns, *_bar())
                counts = True
            if counts:
                _move(drawn, task, done, total)


def _bar() -> tuple[BarColumn, MofNCompleteColumn, TimeRemainingColumn]:
    return BarColumn(bar_width=24), MofNCompleteColumn(), TimeRemainingColumn()


def _move(drawn: Progress, task: TaskID, done: int, total: int) -> None:
    """Let the bar tell how far it is; a loop after the first begins anew."""
    if done < drawn.tasks[0].completed:
        drawn.reset(task, total=total)
    drawn.update(task, completed=done, total=total)
