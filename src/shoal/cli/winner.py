"""The winner of a search and its ensembles, as data and as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from shoal.cli.terminal import printable
from shoal.utils.text import number_text, spread_text

if TYPE_CHECKING:
    from shoal.models.ensemble import Ensemble
    from shoal.models.model import Model
    from shoal.study import Study

WIDTH = 80
"""Columns of a terminal, at least."""

_PARTS = 4
"""Of a lineage that stand side by side."""


def metrics_table(
    columns: Mapping[str, Mapping[str, Any] | None], positive: str | None = None
) -> Table:
    """Metrics by split.

    Args:
        columns: heading → metric → a number, or ``{"mean": …, "std": …}``.
        positive: of two classes the one that some metrics are of.
    """
    from shoal.report.wording import metric_name

    present = {heading: values for heading, values in columns.items() if values}
    table = _table("metric", *present)
    names = dict.fromkeys(name for values in present.values() for name in values)
    for name in names:
        cells = [_metric(values.get(name)) for values in present.values()]
        table.add_row(_text(metric_name(name, positive)), *cells)
    return table


def class_table(by_class: Mapping[str, Mapping[str, Any]], heading: str = "class") -> Table:
    """Metrics of each class, and their mean."""
    table = _table(heading, *by_class)
    names = dict.fromkeys(name for values in by_class.values() for name in values)
    for name in names:
        cells = [_metric(_finite(values.get(name))) for values in by_class.values()]
        table.add_row(_text(name), *cells)
    means = [_metric(_finite(mean_of(values))) for values in by_class.values()]
    table.add_section()
    table.add_row(_text("mean"), *means)
    return table


def mean_of(values: Mapping[str, Any]) -> float | None:
    """The mean of those that are numbers."""
    known = [value for value in map(_finite, values.values()) if value is not None]
    return sum(known) / len(known) if known else None


def positive_as_data(model: Model | Ensemble) -> dict[str, str]:
    """The class of two that metrics are of, for ``--json``; nothing where there are not two."""
    positive = model.preprocessing.positive_class
    return {} if positive is None else {"positive": positive}


def values_table(heading: str, values: Mapping[str, Any]) -> Table:
    """Names and values, such as hyperparameters."""
    table = _table(heading, "value")
    for name, value in values.items():
        table.add_row(_text(name), _text(number_text(value)))
    return table


def schedule_tables(schedule: Sequence[Mapping[str, Any]]) -> list[Table]:
    """Hyperparameters by epoch, a column for each part of a trial's lineage; a few a table."""
    return [_schedule(schedule[k : k + _PARTS]) for k in range(0, len(schedule), _PARTS)]


def _schedule(schedule: Sequence[Mapping[str, Any]]) -> Table:
    from shoal.report.wording import epochs_text

    table = _table("epochs", *(epochs_text(part["first"], part["last"]) for part in schedule))
    for name in schedule[0]["hyperparams"]:
        table.add_row(_text(name), *(_text(number_text(p["hyperparams"][name])) for p in schedule))
    return table


def rows_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """A table of rows, the first column of which is a heading."""
    table = _table(*headings)
    for row in rows:
        table.add_row(*(_text(number_text(cell, zeros=True)) for cell in row))
    return table


def finite(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Metrics as numbers; what is not finite, or is stored as its name, becomes None."""
    return {name: _finite(value) for name, value in (values or {}).items()}


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return finite(value)
    if isinstance(value, str) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def _table(first: str, *rest: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(_text(first), overflow="fold")
    for heading in rest:
        table.add_column(_text(heading), justify="right")
    return table


def _metric(value: Any) -> Text:
    if value is None:
        return Text("–", style="dim")
    if isinstance(value, Mapping):
        return Text(spread_text(value["mean"], value["std"]))
    return Text(number_text(value, zeros=True))


def _text(text: str) -> Text:
    return Text(printable(text))


def ensembles_as_data(study: Study) -> dict[str, Any]:
    """By name the members, their shares, and metrics by split."""
    return {
        name: {"members": told["members"], **_by_split(told)}
        for name, told in study.ensembles.items()
    }


def ensembles_table(study: Study, winner: Mapping[str, Any]) -> list[RenderableType]:
    """The objective of the ensembles and of the winner; nothing where there are none."""
    from shoal.report.sentences import SPLITS, compared_by, product_sentence, splits_of
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
    from shoal.report.sentences import SPLITS

    of = {"of": told["of"]} if "of" in told else {}
    return {**of, **{split: finite(told[split]) for split in SPLITS if split in told}}


def _name(name: str, told: Mapping[str, Any]) -> str:
    members = told["members"]
    if name == "folds":
        from shoal.report.sentences import networks_text

        return networks_text(told)
    if name == "best":
        return f"mean of the {len(members)} best"
    shares = [f"{member['trial']} ({member['share']:.0%})" for member in members]
    return "chosen on validation: trials " + ", ".join(shares)


def _cells(told: Mapping[str, Any], splits: list[str], metric: str) -> list[Any]:
    found = [finite(told.get(split)).get(metric) for split in splits]
    return ["–" if value is None else value for value in found]


def best_as_data(winner: Mapping[str, Any]) -> dict[str, Any]:
    """The winner: hyperparameters, and metrics by split, its own and on fresh seeds.

    ``confirmed`` are those of the validation split on fresh seeds, ``confirmed_test`` those
    of the test split.
    """
    told = {
        "trial": winner["trial"],
        "hyperparams": winner["hyperparams"],
        "validation": finite(winner["validation"]),
        "test": finite(winner["test"]) if winner.get("test") else None,
        "confirmed": finite(winner["confirmed"]) if winner.get("confirmed") else None,
        "confirmed_test": finite(winner["confirmed_test"])
        if winner.get("confirmed_test")
        else None,
    }
    if winner.get("positive") is not None:
        told["positive"] = winner["positive"]
    if winner.get("test_by_class"):
        told["test_by_class"] = finite(winner["test_by_class"])
    if winner.get("schedule"):
        told["schedule"] = winner["schedule"]
    if winner.get("members"):
        told["members"] = {**winner["members"], "std": finite(winner["members"]["std"])}
    if winner.get("cross_validated"):
        told["cross_validated"] = finite(winner["cross_validated"])
    if winner.get("optimism"):
        told["optimism"] = finite(winner["optimism"])
    return told


MODELS = {
    "refit": "; its model was then trained on the rows of all folds",
    "best member": "; its model is the best of its members",
}
"""What the model of a winner with several seeds or folds is."""


def _validated(winner: Mapping[str, Any]) -> str:
    """The heading of the metrics that the search went by."""
    members = winner.get("members")
    if not members:
        return "validation"
    seeds = f"{members['repeats']} seeds"
    if not members["folds"]:
        return f"validation, {seeds}"
    return f"{members['folds']} folds" + (f", {seeds}" if members["repeats"] > 1 else "")


def _validation(winner: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics that the search went by, with their spread over seeds and folds."""
    metrics, members = finite(winner["validation"]), winner.get("members")
    if not members:
        return metrics
    stds = finite(members["std"])
    return {name: {"mean": mean, "std": stds[name]} for name, mean in metrics.items()}


def _cross_validated(winner: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A column of the metrics of its networks on folds."""
    found = dict(winner.get("cross_validated") or {})
    folds = found.pop("folds", 0)
    found.pop("networks", None)
    return {f"trained on\n{folds} folds": finite(found)} if found else {}


def _fresh(winner: Mapping[str, Any], split: str, stored: str) -> dict[str, dict[str, Any]]:
    """A column of a split's metrics on fresh seeds."""
    found = dict(winner.get(stored) or {})
    seeds = found.pop("seeds", 0)
    found.pop("diverged", None)
    return {f"{split},\n{seeds} fresh seed{'s' * (seeds != 1)}": finite(found)}


def test_uses_line(study: Study) -> list[RenderableType]:
    """How often the test split has been scored."""
    from shoal.report.sentences import test_uses_sentence

    interrupted = bool(study.cost.get("interrupted"))
    told = test_uses_sentence(study.test_scored, interrupted=interrupted)
    return [Text(told)] if told else []


def interval_lines(study: Study, winner: Mapping[str, Any]) -> list[RenderableType]:
    """How sure the test accuracy is, by the number of test examples."""
    from shoal.report.sentences import interval_sentence

    metric = str(study.header.objective["metric"])
    told = interval_sentence(study.product, metric, study.ensembles, winner, study.header.dataset)
    return ["", *map(Text, wrap(told, WIDTH))] if told else []


def optimism_line(study: Study, winner: Mapping[str, Any]) -> list[RenderableType]:
    """How far the search's own numbers can be believed, in a sentence, if it is known."""
    from shoal.report.sentences import optimism_sentence

    objective = study.header.objective
    told = optimism_sentence(
        winner, str(objective["metric"]), maximize=objective["direction"] == "maximize",
        percent=False,
    )  # fmt: skip
    return ["", *map(Text, wrap(told, WIDTH))] if told else []


def winner_tables(winner: Mapping[str, Any]) -> list[RenderableType]:
    """The winner's hyperparameters and metrics."""
    columns = {
        _validated(winner): _validation(winner),
        **_fresh(winner, "validation", "confirmed"),
        **_cross_validated(winner),
        "test": finite(winner.get("test")),
        **_fresh(winner, "test", "confirmed_test"),
    }
    told = MODELS[winner["members"]["model"]] if winner.get("members") else ""
    tables: list[RenderableType] = [
        Text(f"The winner is trial {winner['trial']}{told}", style="bold"),
        "",
    ]
    if winner["hyperparams"]:
        tables += [values_table("hyperparameter", winner["hyperparams"]), ""]
    if winner.get("schedule"):
        tables += [Text("These changed on the way, from epoch to epoch:"), "",
                   *schedule_tables(winner["schedule"]), ""]  # fmt: skip
    return [*tables, metrics_table(columns, winner.get("positive"))]
