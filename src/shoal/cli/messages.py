"""What a model says of texts that were given on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shoal.cli.tables import rows_table
from shoal.cli.terminal import Terminal
from shoal.errors import DataError

if TYPE_CHECKING:
    from shoal.ensemble import Ensemble
    from shoal.model import Model

LETTERS = 60
"""Of a text in the table, at most."""


def tell_messages(
    terminal: Terminal, texts: Sequence[str], header: Sequence[str], columns: Sequence[Any]
) -> None:
    """Show each text with its prediction.

    Args:
        terminal: where to.
        texts: those that were given.
        header: headings of the predictions.
        columns: the predictions, by heading.
    """
    rows = list(zip(*columns, strict=True))
    told = [
        {"text": text, **dict(zip(header, row, strict=True))}
        for text, row in zip(texts, rows, strict=True)
    ]
    shown = [[_short(text), *row] for text, row in zip(texts, rows, strict=True)]
    terminal.result({"predictions": told}, rows_table(["text", *header], shown))


def check_reads_texts(model: Model | Ensemble) -> None:
    """Raise DataError unless a model reads texts."""
    kind = model.preprocessing.kind
    if kind != "text":
        raise DataError(
            "--message is for models that read texts",
            received=f"a model that reads {'images' if kind == 'image' else 'tables'}",
            hint="Give it DATA.",
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LETTERS else line[: LETTERS - 1] + "…"
