"""The winner of a search, as data and as tables."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from shoal.cli.tables import WIDTH, finite, metrics_table, schedule_tables, values_table

if TYPE_CHECKING:
    from shoal.study import Study


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
    from shoal.report.test_uses import test_uses_sentence

    interrupted = bool(study.cost.get("interrupted"))
    told = test_uses_sentence(study.test_scored, interrupted=interrupted)
    return [Text(told)] if told else []


def interval_lines(study: Study, winner: Mapping[str, Any]) -> list[RenderableType]:
    """How sure the test accuracy is, by the number of test examples."""
    from shoal.report.compared import interval_sentence

    metric = str(study.header.objective["metric"])
    told = interval_sentence(study.product, metric, study.ensembles, winner, study.header.dataset)
    return ["", *map(Text, wrap(told, WIDTH))] if told else []


def optimism_line(study: Study, winner: Mapping[str, Any]) -> list[RenderableType]:
    """How far the search's own numbers can be believed, in a sentence, if it is known."""
    from shoal.report.optimism import optimism_sentence

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
