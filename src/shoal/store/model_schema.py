"""Schemas of the description in a model's or an ensemble's file.

Its network, recipe and preprocessing are read by `network_from_json`, `recipe_from_json`
and `Preprocessing.from_json`.
"""

from __future__ import annotations

from typing import Any

from shoal.schema import agreed, listed, mapping, number, record
from shoal.store.parts_schema import INFO

MOST_MEMBERS = 1000
"""Networks of an ensemble that is read from a file."""

MODEL = record({"network": mapping, "recipe": mapping, "preprocessing": mapping}, {"info": INFO})

_MEMBER = record({"network": mapping, "recipe": mapping, "share": number(0, 1)}, {"info": INFO})


def _whole(members: Any) -> bool:
    return bool(abs(sum(member["share"] for member in members) - 1) < 1e-6)


ENSEMBLE = record(
    {
        "preprocessing": mapping,
        "members": agreed(
            listed(_MEMBER, least=1, most=MOST_MEMBERS), (_whole, "shares that add up to 1")
        ),
    },
    {"info": INFO},
)


def read_description(header: Any) -> dict[str, Any]:
    """The description of a model, or of an ensemble where it has members.

    Raises:
        SchemaError: it is neither.
    """
    found: dict[str, Any] = (ENSEMBLE if "members" in mapping(header) else MODEL)(header)
    return found
