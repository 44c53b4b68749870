"""The ensembles of a search, as data and as a table beside the winner."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from shoal.cli.tables import WIDTH, finite, rows_table

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
    from shoal.report.compared import SPLITS, compared_by, product_sentence, splits_of
    from shoal.report.wording import metric_name

    found = study.ensembles
    if not found:
        return []
    metric = compared_by(str(study.header.objective["metric"]), found)
    splits = splits_of(found)
    rows = [["the winner alone", *_cells(winner, splits, metric)]]
    rows += [[_name(name, told), *_cells(told, splits, metric)] for name, told in found.items()]
    called = metric_name(metric, winner.get("positive"))
    shown: list[RenderableType] = [
        "", rows_table([called, *(SPLITS[split] for split in splits)], rows)
    ]  # fmt: skip
    told = product_sentence(study.product, metric, found, winner)
    return [*shown, "", *map(Text, wrap(told, WIDTH))] if told else shown


def _by_split(told: Mapping[str, Any]) -> dict[str, Any]:
    from shoal.report.compared import SPLITS

    of = {"of": told["of"]} if "of" in told else {}
    return {**of, **{split: finite(told[split]) for split in SPLITS if split in told}}


def _name(name: str, told: Mapping[str, Any]) -> str:
    members = told["members"]
    if name == "folds":
        from shoal.report.compared import networks_text

        return networks_text(told)
    if name == "best":
        return f"mean of the {len(members)} best"
    shares = [f"{member['trial']} ({member['share']:.0%})" for member in members]
    return "chosen on validation: trials " + ", ".join(shares)


def _cells(told: Mapping[str, Any], splits: list[str], metric: str) -> list[Any]:
    found = [finite(told.get(split)).get(metric) for split in splits]
    return ["–" if value is None else value for value in found]
