"""The winner of a search, as data and as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from shoal.cli.tables import finite, metrics_table, values_table


def best_as_data(winner: Mapping[str, Any]) -> dict[str, Any]:
    """The winner: hyperparameters, and metrics by split and on fresh seeds."""
    told = {
        "trial": winner["trial"],
        "hyperparams": winner["hyperparams"],
        "validation": finite(winner["validation"]),
        "test": finite(winner["test"]) if winner.get("test") else None,
        "confirmed": finite(winner["confirmed"]) if winner.get("confirmed") else None,
    }
    if winner.get("confirmed_test"):
        told["confirmed_test"] = finite(winner["confirmed_test"])
    return told


def winner_tables(winner: Mapping[str, Any]) -> list[RenderableType]:
    """The winner's hyperparameters and metrics."""
    confirmed = dict(winner.get("confirmed") or {})
    seeds = confirmed.pop("seeds", 0)
    confirmed.pop("diverged", None)
    columns = {
        "validation": finite(winner["validation"]),
        f"on {seeds} fresh seeds": finite(confirmed),
        "test": finite(winner.get("test")),
    }
    tables: list[RenderableType] = [
        Text(f"The winner is trial {winner['trial']}", style="bold"),
        "",
    ]
    if winner["hyperparams"]:
        tables += [values_table("hyperparameter", winner["hyperparams"]), ""]
    return [*tables, metrics_table(columns)]
