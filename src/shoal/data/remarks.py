"""What a user should know of data before a score is believed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shoal.data.leaks import leak_notes
from shoal.data.repeats import repeat_notes

if TYPE_CHECKING:
    from shoal.data.dataset import Dataset


def noted(dataset: Dataset) -> Dataset:
    """The data set with remarks on what gives the target away, and on repeated rows."""
    return replace(dataset, notes=(*dataset.notes, *leak_notes(dataset), *repeat_notes(dataset)))
