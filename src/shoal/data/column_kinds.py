"""What the columns of a table hold, in a few words."""

from __future__ import annotations

from collections import Counter
from typing import Any

from shoal.data.arrays import is_frame
from shoal.data.joined_texts import columns_named

WORDS = {
    "number": ("number", "numbers"),
    "category": ("column of categories", "categories"),
    "boolean": ("yes or no", "yes or no"),
    "date": ("date", "dates"),
    "text": ("column of texts", "columns of texts"),
}
"""Of one column, and of several."""


def kinds_told(x: Any, text: str | None = None) -> str:
    """Such as `` (6 numbers, 8 categories; 2 with missing values)``; empty without names.

    Args:
        x: the table.
        text: names of its columns of texts, with commas between.
    """
    if not is_frame(x):
        return ""
    texts = columns_named(text, [str(name) for name in x.columns]) if text else ()
    counts = Counter(
        "text" if str(name) in texts else _kind(dtype) for name, dtype in x.dtypes.items()
    )
    told = ", ".join(
        f"{counts[kind]} {WORDS[kind][counts[kind] > 1]}" for kind in WORDS if counts[kind]
    )
    missing = int(x.isna().any().sum())
    return f" ({told}{f'; {missing} with missing values' if missing else ''})"


def _kind(dtype: Any) -> str:
    kind = {"f": "number", "b": "boolean", "M": "date"}.get(getattr(dtype, "kind", ""))
    return kind or "category"
