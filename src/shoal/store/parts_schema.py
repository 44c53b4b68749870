"""Schemas of what models and studies both tell: metrics, hyperparameters, schedules, origins."""

from __future__ import annotations

from typing import Any

from shoal.schema import (
    agreed,
    by_name,
    flag,
    listed,
    maybe,
    number,
    one_of,
    real,
    record,
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
    },
)
"""Where a model comes from. What a caller adds under other names is kept as it is."""
