"""The schema of a study's header and rows, each checked once, as it is read.

Network, recipe and preprocessing of the header are read by `network_from_json`,
`recipe_from_json` and `Preprocessing.from_json`; the results by `results_schema`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shoal.store.model_file import MOST_MEMBERS as MOST_NETWORKS
from shoal.store.records import StudyHeader, TrialRecord
from shoal.store.results_schema import HYPERPARAMS, METRICS, POINT, ROLE, STATE, UNSEEN
from shoal.utils.schema import (
    LARGEST,
    Schema,
    SchemaError,
    agreed,
    by_name,
    either,
    flag,
    listed,
    mapping,
    maybe,
    number,
    one_of,
    real,
    record,
    row,
    scalar,
    text,
    whole,
)

_LAST_YEAR = 9000


def _moment(value: Any) -> str:
    try:
        year = datetime.fromisoformat(text(value)).year
    except ValueError:
        raise SchemaError("a date and time", value) from None
    if year > _LAST_YEAR:  # what is counted on from it must be a moment too
        raise SchemaError(f"a date up to {_LAST_YEAR}", value)
    return text(value)


def _blob(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise SchemaError("bytes", value)
    return value


_SECONDS = number(0, 2**31)
"""Since a study began: up to 68 years."""

MOST_MEMBERS = 2**16
"""Seeds or folds of a trial: each takes a lane."""

# --- the search space -------------------------------------------------------------------

_NUMBERS = agreed(
    record({"kind": one_of("int", "float"), "low": number(), "high": number(), "log": flag}),
    (lambda r: r["low"] < r["high"], "a range from a lower to a higher number"),
    (lambda r: r["low"] > 0 or not r["log"], "a logarithmic range above zero"),
)

_OPTIONS = record({"kind": one_of("choice"), "options": listed(scalar, least=1)})

_PATH = listed(row(text, whole()))


def _range(value: Any) -> Any:
    return (_OPTIONS if mapping(value).get("kind") == "choice" else _NUMBERS)(value)


def _conditions_hold(entries: Any) -> bool:
    """Whether each condition is of a choice or a whole number, and of a value that it has."""
    values = {e["name"]: _values_of(e["range"]) for e in entries}
    paths = [
        path
        for entry in entries
        for path in (*entry.get("conditions", ()), entry.get("condition") or ())
    ]
    return all(value in values.get(name, ()) for path in paths for name, value in path)


def _values_of(given: dict[str, Any]) -> range:
    """What a condition may say of a range: an option's number, or a whole number itself."""
    if given["kind"] == "choice":
        return range(len(given["options"]))
    return range(int(given["low"]), int(given["high"]) + 1) if given["kind"] == "int" else range(0)


SPACE = record(
    {
        "hyperparameters": agreed(
            listed(
                record(
                    {"name": text, "range": _range},
                    {"conditions": listed(_PATH), "condition": maybe(_PATH)},
                )
            ),
            (
                lambda e: len({one["name"] for one in e}) == len(e),
                "hyperparameters of one name each",
            ),
            (_conditions_hold, "hyperparameters whose conditions are options of the space"),
        )
    }
)

# --- the header -------------------------------------------------------------------------

_DATASET = record(
    {"name": text},
    {
        "digest": text,
        "target": maybe(text),
        "weight": maybe(text),
        "group": maybe(text),
        "drop": listed(text),
        "categorical": listed(text),
        "numeric": listed(text),
        "dates": listed(text),
        "header": flag,
        "encoding": maybe(text),
        "channels": maybe(one_of("first", "last")),
        "resizing": record(
            {"height": whole(1), "width": whole(1), "way": one_of("fit", "crop", "pad")}
        ),
        "skip_broken": flag,
        "ignore": listed(either(text, whole(-LARGEST))),
        "images": text,
        "guessed": flag,
        "parts": by_name(text),
        "notes": listed(text),
        "text": maybe(either(text, flag)),
        "tokenization": maybe(
            record({"vocabulary": whole(1), "length": maybe(whole(1)), "lowercase": flag})
        ),
        "kind": one_of("image", "table", "text"),
        "task": one_of("classification", "regression", "segmentation", "multi-label"),
        "rows": by_name(whole()),
        "classes": listed(scalar),
        "class_rows": by_name(listed(whole())),
        "input_shape": listed(whole(1)),
        "unseen": maybe(UNSEEN),
    },
)

_FIRST = record(
    {"point": POINT, "origin": one_of("defaults", "hand", "prior")},
    {"study": maybe(text), "trial": maybe(whole()), "rank": maybe(whole())},
)

_PLAN = record(
    {},
    {
        "sampler": record({"kind": text}),
        "keep": whole(1),
        "confirm_seeds": whole(0, MOST_MEMBERS),
        "repeats": whole(1, MOST_MEMBERS),
        "folds": whole(0, MOST_MEMBERS),
        "first": listed(_FIRST),
        "lanes": either(whole(1), one_of("auto")),
        "machine": record({"processors": whole(1), "memory": number(1)}),
        "checkpoint": number(),
        "ensemble": agreed(
            record({"folds": whole(), "size": whole(1), "seeds": whole(1)}),
            (lambda of: math.prod(of.values()) <= MOST_NETWORKS, "networks that a file can hold"),
        ),
        "together": flag,
        "time_limit": maybe(number(0)),
        "open": flag,
    },
)

GOING_ON = record(
    {"dataset": record({"digest": text, "name": text, "target": maybe(text)}),
     "plan": record(dict.fromkeys(("sampler", "keep", "confirm_seeds", "repeats", "folds"),
                                  lambda value: value))}
)  # fmt: skip
"""What a header has beside the rest where its search can go on."""

HEADER: dict[str, Schema] = {
    "created": _moment,
    "seed": whole(),
    "trials": whole(),
    "objective": record({"metric": text, "direction": one_of("maximize", "minimize")}),
    "space": SPACE,
    "network": mapping,
    "recipe": mapping,
    "dataset": _DATASET,
    "preprocessing": mapping,
    "split": _blob,
    "plan": _PLAN,
}
"""By column of its one row."""

# --- trials and epochs ------------------------------------------------------------------

_MEMBERS = listed(record({"seed": whole(), "fold": maybe(whole()), "metrics": METRICS}))

_LINEAGE = listed(
    record({"trial": whole(), "epoch": whole(1), "hyperparams": HYPERPARAMS, "point": POINT})
)

TRIAL: dict[str, Schema] = {
    "id": whole(),
    "state": STATE,
    "hyperparams": HYPERPARAMS,
    "point": POINT,
    "seed": whole(),
    "role": ROLE,
    "parent": maybe(whole()),
    "objective": maybe(real),
    "metrics": METRICS,
    "best_epoch": maybe(whole()),
    "epochs": whole(),
    "first_bad_step": maybe(whole()),
    "parameters": maybe(whole()),
    "message": maybe(text),
    "started": maybe(_SECONDS),
    "ended": maybe(_SECONDS),
    "members": _MEMBERS,
    "lineage": _LINEAGE,
}

_MEMBERS_KNOW = "members that have the metrics of their trial"
_LINEAGE_KNOWS = "a lineage with the hyperparameters of its trial"


def whole_trial(values: dict[str, Any]) -> dict[str, Any]:
    """A trial's values, each of which fits `TRIAL`, once they go together.

    Raises:
        SchemaError: they do not.
    """
    folds = [member["fold"] for member in values.get("members", ())]
    if values.get("role") == "fold" and (len(folds) != 1 or folds[0] is None):
        raise SchemaError("one member with its fold", folds, "members")
    for member in values.get("members", ()):
        if not set(values["metrics"]) <= set(member["metrics"]):
            raise SchemaError(_MEMBERS_KNOW, sorted(member["metrics"]), "members")
    for leg in values.get("lineage", ()):
        if not set(values["hyperparams"]) <= set(leg["hyperparams"]):
            raise SchemaError(_LINEAGE_KNOWS, sorted(leg["hyperparams"]), "lineage")
    return values


def _has(values: dict[str, Any], value: Any) -> bool:
    """Whether a range, as a study's space tells it, may have this value.

    A sampler of the user's own may propose numbers outside of the range.
    """
    if values["kind"] == "choice":
        return value in values["options"]
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return numeric and math.isfinite(value)


def check_together(trials: Sequence[TrialRecord], header: StudyHeader) -> None:
    """Raise SchemaError unless all trials of a study go together, in the order of their numbers.

    Args:
        trials: all of them.
        header: the study's: hyperparameters are those of its space, and a trial with an
            objective has the metric that is optimized.
    """
    metric = header.objective["metric"]
    ranges = {entry["name"]: entry["range"] for entry in header.space["hyperparameters"]}
    known: set[int] = set()
    for trial in trials:
        before = [leg["trial"] for leg in trial.lineage]
        before += [] if trial.parent is None else [trial.parent]
        if not known.issuperset(before):
            raise SchemaError("of trials before it", before, f"trial {trial.id}: parent or lineage")
        if trial.objective is not None and metric not in trial.metrics:
            told = sorted(trial.metrics)
            raise SchemaError(f"some with {metric}", told, f"trial {trial.id}: metrics")
        for name, value in trial.hyperparams.items():
            if name not in ranges or not _has(ranges[name], value):
                place = f"trial {trial.id}: hyperparams.{name}"
                raise SchemaError("a hyperparameter of the study's space", value, place)
        known.add(trial.id)


EPOCH: dict[str, Schema] = {
    "trial": whole(),
    "epoch": whole(1),
    "train_loss": real,
    "metrics": METRICS,
    "seconds": real,
}

_SCORE = maybe(row(real, real))

STANDING = agreed(
    record(
        {
            "steps": listed(whole(), least=1),
            "best": _SCORE,
            "best_epoch": whole(),
            "best_metrics": METRICS,
            "best_members": listed(METRICS),
            "mark": _SCORE,
            "mark_epoch": whole(),
        }
    ),
    (
        lambda of: all(set(one) == set(of["best_metrics"]) for one in of["best_members"]),
        "members that have the metrics of the best epoch",
    ),
)

CHECKPOINT: dict[str, Schema] = {
    "trial": whole(),
    "epoch": whole(1),
    "standing": STANDING,
    "arrays": _blob,
}


def check_checkpoint(metrics: Mapping[str, float], header: StudyHeader) -> None:
    """Raise SchemaError unless a checkpoint's best epoch has what trials are ranked by."""
    missing = {str(header.objective["metric"]), "loss"} - set(metrics)
    if metrics and missing:
        raise SchemaError(f"some with {min(missing)}", sorted(metrics), "standing.best_metrics")


def read_columns(schemas: dict[str, Schema], values: dict[str, Any]) -> dict[str, Any]:
    """A row's values, each as its column's schema reads it.

    Raises:
        SchemaError: naming the column.
    """
    found = {}
    for name, value in values.items():
        try:
            found[name] = schemas[name](value)
        except SchemaError as error:
            raise error.within(name) from None
    return found
