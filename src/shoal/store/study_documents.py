"""What a study has one of: the states of sampler and run, and results by name."""

from __future__ import annotations

import sqlite3
from typing import Any

from shoal.schema import SchemaError, shallow
from shoal.store.json_text import from_json, to_json
from shoal.store.results_schema import DOCUMENTS

SAMPLER = "sampler"
RUN = "run"
RESULT = "result:"
"""Of a result, in front of its name."""


def put_document(db: sqlite3.Connection, name: str, value: Any) -> None:
    """Store plain data under a name, replacing what was there."""
    db.execute(
        "INSERT OR REPLACE INTO document (name, value) VALUES (?, ?)", (name, to_json(value))
    )


def get_document(db: sqlite3.Connection, name: str) -> Any:
    """Return what is stored under a name, or None.

    Raises:
        ValueError: it is not what the name's schema asks for.
    """
    row = db.execute("SELECT value FROM document WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    try:
        return DOCUMENTS.get(name, shallow)(from_json(row[0]))
    except SchemaError as error:
        raise error.within(name.removeprefix(RESULT)) from None
