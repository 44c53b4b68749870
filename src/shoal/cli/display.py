"""What a run of the command looks like while it runs: a live panel, or now and then a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shoal.cli.terminal import Terminal, printable
from shoal.display import Lines, nobody, on_terminal

if TYPE_CHECKING:
    from shoal.display import Watch


@contextmanager
def watching(terminal: Terminal, title: str) -> Iterator[Watch]:
    """What to hand to a search or a training as ``watch``.

    Args:
        terminal: where to; nothing is shown if it is quiet.
        title: what runs.
    """
    console = terminal.remarks
    if terminal.quiet:
        yield nobody
    elif not console.is_terminal or console.is_dumb_terminal:
        yield Lines(terminal.remark)
    else:
        with on_terminal(console, printable(title)) as panel:
            yield panel
