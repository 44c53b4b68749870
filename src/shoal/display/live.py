"""A run shown while it runs: a panel on a terminal or in a notebook."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from shoal.display.panel import RunPanel
from shoal.display.progress import Lines, Progress, Watch, last_line, no_callback


def in_notebook() -> bool:
    """Whether a notebook's kernel runs this."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


FRAMES_A_SECOND = 8

NOTEBOOK_WIDTH = 88
"""Columns of the panel in a notebook."""

SECONDS_A_PICTURE = 0.5
"""Pause between two pictures in a notebook."""


class LivePanel:
    """The last progress told, drawn again and again so that the clock goes on."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.progress: Progress | None = None
        self._told = self._began = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Take note; drawing is someone else's."""
        self.progress, self._told = progress, time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def render(self) -> RenderableType:
        """The panel as it is now."""
        if self.progress is None:
            return Text(f"{self.title} …")
        return RunPanel(self.title, self.progress, self.elapsed, time.monotonic() - self._told)

    def last(self) -> str | None:
        """What the run came to, in a line; None where it has not ended."""
        if self.progress is None or self.progress.phase != "done":
            return None
        return f"{self.title}: {last_line(self.progress, self.elapsed)}"


@contextmanager
def on_terminal(console: Console, title: str) -> Iterator[LivePanel]:
    """A panel that is drawn on a terminal, and gone at the end."""
    panel = LivePanel(title)
    with Live(
        get_renderable=panel.render,
        console=console,
        refresh_per_second=FRAMES_A_SECOND,
        transient=True,
    ):
        yield panel


@contextmanager
def default_display(title: str) -> Iterator[Watch]:
    """What a call in Python shows by default.

    In a notebook and on a terminal a panel, and at the end a line; on a terminal that cannot
    be drawn on, lines; elsewhere nothing, so that no log fills up.

    Args:
        title: what runs.
    """
    if in_notebook():
        with _notebook_panel(title) as panel:
            yield panel
        return
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not sys.stderr.isatty():
        yield no_callback
    elif console.is_dumb_terminal:
        yield Lines(lambda line: console.print(Text(line), soft_wrap=True))
    else:
        with on_terminal(console, title) as panel:
            yield panel
        if (line := panel.last()) is not None:
            console.print(Text(line), soft_wrap=True)


@contextmanager
def _notebook_panel(title: str) -> Iterator[LivePanel]:
    """A panel in the output of a cell, which at the end is a line."""
    from IPython import display as ipython

    display: Any = ipython.display  # typed in some of its versions, and not there in others

    panel, over = LivePanel(title), threading.Event()
    handle = display(_Picture(panel.render()), display_id=True)

    def draw() -> None:
        while not over.wait(SECONDS_A_PICTURE):
            handle.update(_Picture(panel.render()))

    drawing = threading.Thread(target=draw, name="shoal-progress", daemon=True)
    drawing.start()
    try:
        yield panel
    finally:
        over.set()
        drawing.join()
        line = panel.last()
        handle.update(_Picture(panel.render() if line is None else Text(line)))


class _Picture:
    """A rich text as a notebook shows it."""

    def __init__(self, shown: RenderableType) -> None:
        self._shown = shown

    def _console(self) -> Console:
        file: Any = io.StringIO()
        return Console(
            file=file, record=True, width=NOTEBOOK_WIDTH, force_terminal=True,
            force_jupyter=False, highlight=False, markup=False, emoji=False,
        )  # fmt: skip

    def __repr__(self) -> str:
        console = self._console()
        console.print(self._shown, soft_wrap=isinstance(self._shown, Text))
        return console.export_text().rstrip()

    def _repr_html_(self) -> str:
        console = self._console()
        console.print(self._shown, soft_wrap=isinstance(self._shown, Text))
        style = "margin:0;white-space:pre;font-family:monospace;line-height:1.25"
        return console.export_html(
            inline_styles=True, code_format=f'<pre style="{style}">{{code}}</pre>'
        )
