"""The ensembles of a search, as data and as a table beside the winner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from shoal.cli.tables import finite, rows_table

if TYPE_CHECKING:
    from shoal.study import Study


def ensembles_as_data(study: Study) -> dict[str, Any]:
    """By name the members, their shares, and metrics by split."""
    return {
        name: {"members": told["members"], **_by_split(told)}
        for name, told in study.ensembles.items()
    }


def ensembles_table(study: Study, winner: Mapping[str, Any]) -> list[RenderableType]:
    """The objective of the ensembles and of the winner; nothing where there are none."""
    from shoal.report.compared import compared_by
    from shoal.report.wording import metric_name

    found = study.ensembles
    if not found:
        return []
    metric = compared_by(str(study.header.objective["metric"]), found)
    splits = [split for split in ("validation", "test") if any(split in f for f in found.values())]
    rows = [["the winner alone", *_cells(winner, splits, metric)]]
    rows += [[_name(name, told), *_cells(told, splits, metric)] for name, told in found.items()]
    called = metric_name(metric, winner.get("positive"))
    return ["", rows_table([f"together: {called}", *splits], rows)]


def _by_split(told: Mapping[str, Any]) -> dict[str, Any]:
    return {split: finite(told[split]) for split in ("validation", "test") if split in told}


def _name(name: str, told: Mapping[str, Any]) -> str:
    members = told["members"]
    if name == "best":
        return f"mean of the {len(members)} best"
    shares = [f"{member['trial']} ({member['share']:.0%})" for member in members]
    return "chosen on validation: " + ", ".join(shares)


def _cells(told: Mapping[str, Any], splits: list[str], metric: str) -> list[Any]:
    found = [finite(told.get(split)).get(metric) for split in splits]
    return ["–" if value is None else value for value in found]
