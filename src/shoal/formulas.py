"""Texts that a spreadsheet would run: what to write in their place into a CSV file.

A spreadsheet takes a cell that begins with a sign of a formula for one, and computes it as
the file is opened; a label such as ``=cmd|' /C calc'!A0`` starts a program then. The accepted
remedy is an apostrophe in front, which makes it a text. A label that nobody would run stays
as it is, so that a program reads it back: a number, ``+``, ``-``, ``-ve``.

Source: OWASP, "CSV injection".
"""

from __future__ import annotations

from typing import Any

_ALWAYS = ("=", "@", "\t", "\r", "\n")
_SIGNED = ("+", "-")
_CALLS = frozenset("(|!=")
"""Without one of these a text with a sign computes nothing but numbers and names."""


def is_formula(value: Any) -> bool:
    """Whether a spreadsheet would run the cell."""
    if not isinstance(value, str):
        return False
    return value.startswith(_ALWAYS) or (value.startswith(_SIGNED) and not _CALLS.isdisjoint(value))


def harmless(value: Any) -> Any:
    """The cell, with an apostrophe in front if it would be run."""
    return f"'{value}" if is_formula(value) else value
