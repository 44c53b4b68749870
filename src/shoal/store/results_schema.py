"""Schemas of a study's results, and of what the files of models share with them."""

from __future__ import annotations

from typing import Any

from shoal.utils.schema import (
    Schema,
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

METRICS = by_name(real)

HYPERPARAMS = by_name(scalar)
"""What a reader is told: numbers, words, for a choice among objects its label."""

POINT = by_name(number())

SECONDS = record({"total": number(0), "train": number(), "compile": number()})

STATE = one_of("waiting", "running", "completed", "stopped", "diverged", "failed")

ROLE = one_of("search", "confirm", "refit", "fold")


def _named_alike(parts: Any) -> bool:
    return all(set(part["hyperparams"]) == set(parts[0]["hyperparams"]) for part in parts)


SCHEDULE = agreed(
    listed(
        record({"trial": whole(), "first": whole(), "last": whole(), "hyperparams": HYPERPARAMS})
    ),
    (_named_alike, "a schedule whose parts have the same hyperparameters"),
)

UNSEEN = record({"rows": whole(), "test": text, "digest": text})

_DATA = record(
    {},
    {"digest": text, "target": maybe(text), "task": text, "rows": by_name(whole()),
     "class_rows": by_name(listed(whole())), "notes": listed(text), "weighted": flag},
)  # fmt: skip

_SEARCH = record(
    {},
    {"trials": by_name(whole()), "sampler": maybe(text), "metric": text,
     "seconds": by_name(real)},
)  # fmt: skip

INFO = record(
    {},
    {
        "dataset": maybe(text),
        "seed": whole(),
        "trial": maybe(whole()),
        "validation": METRICS,
        "test": METRICS,
        "out_of_fold": METRICS,
        "schedule": SCHEDULE,
        "unseen": maybe(UNSEEN),
        "epochs": whole(),
        "best_epoch": maybe(whole()),
        "seconds": by_name(real),
        "history": listed(METRICS),
        "interrupted": flag,
        "data": _DATA,
        "search": _SEARCH,
        "versions": by_name(text),
    },
)
"""Where a model comes from. What a caller adds under other names is kept as it is."""


MOST_LANES = 2**16
"""Of one program; a search of a hundred thousand trials has hundreds."""

# --- the winner -------------------------------------------------------------------------

_SPREAD = by_name(either(whole(), record({"mean": real, "std": real})))

_LAYER = record(
    {"name": text},
    {"kind": text, "text": text, "inputs": listed(text), "shape": listed(whole()),
     "parameters": maybe(whole())},
)  # fmt: skip

_MEMBERS = record(
    {"count": whole(1), "repeats": whole(1), "folds": whole(), "std": METRICS,
     "model": one_of("refit", "best member")}
)  # fmt: skip

_CONFUSION = agreed(
    listed(listed(whole())),
    (lambda rows: all(len(one) == len(rows) for one in rows), "as many columns as rows"),
)

_SCATTER = agreed(
    record({"true": listed(real), "predicted": listed(real)}),
    (lambda found: len(found["true"]) == len(found["predicted"]), "a prediction for each value"),
)

_OVERLAY = record(
    {"row": whole(), "right": real, "size": row(whole(1), whole(1)), "image": text,
     "true": listed(row(whole(-(2**31)), whole(1))),
     "predicted": listed(row(whole(-(2**31)), whole(1)))}
)  # fmt: skip

_MESSAGE = record(
    {"row": whole(), "text": text, "cut": flag, "true": whole(), "predicted": whole()},
    {"lead": real},
)


def _spreads_fit(winner: Any) -> bool:
    members = winner.get("members")
    return members is None or set(winner["validation"]) <= set(members["std"])


WINNER = agreed(
    record(
        {"trial": whole(), "hyperparams": HYPERPARAMS, "validation": METRICS},
        {
            "weights": whole(),
            "test": METRICS,
            "test_by_class": by_name(METRICS),
            "positive": maybe(text),
            "best_epoch": maybe(whole()),
            "classes": listed(scalar),
            "network": mapping,
            "layers": listed(_LAYER),
            "schedule": SCHEDULE,
            "members": _MEMBERS,
            "confirmed": _SPREAD,
            "confirmed_test": _SPREAD,
            "cross_validated": _SPREAD,
            "optimism": by_name(METRICS),
            "confusion": _CONFUSION,
            "scatter": _SCATTER,
            "overlays": listed(_OVERLAY),
            "messages": listed(_MESSAGE),
        },
    ),
    (_spreads_fit, "a winner whose spread over members is of its metrics"),
)

# --- ensembles and cost -----------------------------------------------------------------

_SHARES = agreed(
    listed(record({"trial": whole(), "share": number(0, 1)}), least=1),
    (lambda of: abs(sum(one["share"] for one in of) - 1) < 1e-6, "shares that add up to 1"),
)

_OF_FOLDS = record({"configurations": whole(1), "folds": whole(2), "seeds": whole(1)})

ENSEMBLES = by_name(
    record(
        {"members": _SHARES},
        {"validation": METRICS, "out_of_fold": METRICS, "test": METRICS, "of": _OF_FOLDS},
    )
)

PRODUCT = one_of("folds", "greedy", "single")
"""What a study hands over: the ensemble of this name, or the winner alone."""

COST = record(
    {"seconds": SECONDS, "lanes": whole(), "occupancy": real, "compilations": whole(),
     "interrupted": flag},
    {"rounds": whole(), "groups": whole(), "epochs": whole(), "backend": text,
     "rounds_log": listed(row(number(), whole(), whole())), "time_up": flag},
)  # fmt: skip

# --- where the run stands ---------------------------------------------------------------


def _seats_fit(group: Any) -> bool:
    taken = [lane for lanes, *_ in group["seats"] for lane in lanes]
    return len(set(taken)) == len(taken) and max(taken, default=-1) < max(group["lanes"], 0)


_GROUP = agreed(
    record(
        {
            "first": whole(),
            "lanes": whole(0, MOST_LANES),
            "seats": listed(row(listed(whole(), least=1), whole(), whole())),
        }
    ),
    (_seats_fit, "a group with a lane for each seat"),
)

_LANES = agreed(
    record({"current": maybe(whole()), "groups": listed(_GROUP)}),
    (
        lambda lanes: lanes["current"] is None or lanes["current"] < len(lanes["groups"]),
        "lanes whose current group there is",
    ),
)

_SPENT = record(
    {"epochs": whole(), "training": number(), "total": number(), "useful": whole(),
     "steps": whole(), "rounds": whole(), "compilations": whole(), "compiling": number()}
)  # fmt: skip

RUN = record({"lanes": _LANES, "cost": _SPENT, "seconds": number()})

DOCUMENTS: dict[str, Schema] = {
    "sampler": mapping,
    "run": RUN,
    "result:winner": WINNER,
    "result:ensembles": ENSEMBLES,
    "result:product": PRODUCT,
    "result:cost": COST,
    "result:test_scored": listed(whole()),
}
"""By name. The sampler's state is read by the sampler's own schema, where a search goes on."""
