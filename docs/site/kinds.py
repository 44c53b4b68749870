"""Every kind that a network file can name, with the fields of each."""

from __future__ import annotations

import inspect
from typing import Any

from docs.catalogue import sections
from shoal import Sequential

UNNAMED = ("Samplers",)
"""What no network file names: a sampler is an option of the command."""


def kinds() -> str:
    """Tables of kinds and fields, by section of the catalogue."""
    parts = []
    for heading, (_, classes) in sections().items():
        if heading in UNNAMED:
            continue
        if len(classes) == 1 and heading == "Early stopping":
            parts.append(f"### {heading}\n\nFields of `[recipe.early_stopping]`: "
                         f"{_fields(classes[0])}.")  # fmt: skip
            continue
        rows = [f"| `{cls.kind}` | {_fields(cls)} |" for cls in classes]  # type: ignore[attr-defined]
        if heading == "Layers":
            rows.append(f"| `{Sequential.kind}` | `layers` |")
        parts.append(f"### {heading}\n\n| kind | fields |\n| --- | --- |\n" + "\n".join(rows))
    return "\n\n".join(parts)


def _fields(cls: Any) -> str:
    shown = []
    for name, parameter in inspect.signature(cls).parameters.items():
        if name in ("name", "layers"):
            continue
        default = parameter.default
        plain = isinstance(default, bool | int | float | str)
        value = str(default).lower() if isinstance(default, bool) else repr(default)
        shown.append(f"`{name} = {value}`".replace("'", '"') if plain else f"`{name}`")
    return ", ".join(shown)
