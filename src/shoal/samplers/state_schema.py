"""What the state of each sampler holds: checked once, as a study's file is read to go on.

Points are those of the space, and no count is beyond the number of trials: a damaged
number must neither stop a search in its midst nor keep it busy without end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shoal.errors import SpaceError
from shoal.samplers.embedding import Embedding
from shoal.samplers.halving import Halving
from shoal.samplers.novelty import ATTEMPTS
from shoal.samplers.sampler import Sampler, State
from shoal.schema import (
    Schema,
    SchemaError,
    Told,
    agreed,
    by_name,
    either,
    flag,
    listed,
    mapping,
    maybe,
    number,
    one_of,
    record,
    row,
    text,
    whole,
)
from shoal.space import Space

_KEYS = listed(text)


def checked_state(sampler: Sampler, space: Space, state: State, trials: int) -> State:
    """The state, if it is one of this sampler's.

    Args:
        sampler: whose state it is; of one that shoal does not know nothing is checked.
        space: the search space.
        state: as it was stored.
        trials: number of trials of the search so far.

    Raises:
        SchemaError: it is none.
    """
    found: State = _schema(sampler, space, trials)(state)
    return found


def _schema(sampler: Sampler, space: Space, trials: int) -> Schema:
    make = _SCHEMAS.get(sampler.kind)
    if make is None:
        return mapping
    own = make(_point(space), trials, space)
    if isinstance(sampler, Halving):
        own = {**own, "points": _schema(sampler.points, space, trials)}
        if sampler.adaptive:
            own["model"] = _model(_point(space))
        return record({"kind": one_of(sampler.kind), **own})
    return record({"kind": one_of(sampler.kind), "seed": whole(), **own})


def _point(space: Space) -> Schema:
    """A point of the space."""

    def read(value: Any) -> Any:
        found = by_name(number())(value)
        try:
            space.check(found)
        except SpaceError as error:
            raise SchemaError("a point of the search space", Told(str(error))) from None
        return found

    return read


Fields = dict[str, Schema]


def _random(point: Schema, trials: int, space: Space) -> Fields:
    return {"drawn": whole(0, trials), "seen": _KEYS}


def _grid(point: Schema, trials: int, space: Space) -> Fields:
    return {"next": whole(0, trials)}


def _sobol(point: Schema, trials: int, space: Space) -> Fields:
    # Known points of the sequence are passed over.
    return {"place": whole(0, (ATTEMPTS + 1) * (trials + 1)), "seen": _KEYS}


def _tpe(point: Schema, trials: int, space: Space) -> Fields:
    return {"asked": whole(0, trials), "told": whole(), "best": listed(row(number(), point)),
            "others": listed(point), "pending": by_name(point), "seen": _KEYS}  # fmt: skip


def _genetic(point: Schema, trials: int, space: Space) -> Fields:
    return {"asked": whole(0, trials), "parents": listed(row(number(), point)), "seen": _KEYS}


def _swarm(point: Schema, trials: int, space: Space) -> Fields:
    size = Embedding(space).size
    vector = listed(number(), least=size, most=size)
    particle = agreed(
        record({"best": maybe(vector), "objective": maybe(number()), "x": vector, "v": vector,
                "moves": whole()}),
        (lambda p: (p["best"] is None) == (p["objective"] is None), "a particle with both or none"),
    )  # fmt: skip
    return {"asked": whole(0, trials), "swarm": listed(particle), "seen": _KEYS,
            "pending": by_name(row(whole(), vector))}  # fmt: skip


def _halving(point: Schema, trials: int, space: Space) -> Fields:
    return {"rungs": by_name(listed(number()))}


def _model(point: Schema) -> Schema:
    def budget(value: Any) -> Any:
        if value != "end" and not (text(value).isascii() and value.isdigit() and len(value) < 16):
            raise SchemaError("an epoch or the end", value)
        return value

    def larger(value: Any) -> Any:
        found = by_name(listed(row(whole(), point, number(), flag)))(value)
        for name in found:
            budget(name)
        return found

    return record({"budget": budget, "larger": larger, "told": listed(row(whole(), point)),
                   "stopped": listed(whole())})  # fmt: skip


def _breeding(point: Schema, trials: int, space: Space) -> Fields:
    count = whole(0, trials)
    return {"drawn": count, "heirs": count, "began": count, "told": flag, "vacant": listed(text),
            "replaced": listed(whole()), "seen": _KEYS}  # fmt: skip


def _optuna(point: Schema, trials: int, space: Space) -> Fields:
    results = listed(row(point, maybe(number())))
    return {
        "events": agreed(
            listed(either(whole(0, trials), results)),
            (
                lambda events: sum(e for e in events if isinstance(e, int)) <= trials,
                "as many points as there are trials",
            ),
        )
    }


_SCHEMAS: dict[str, Callable[[Schema, int, Space], Fields]] = {
    "random": _random, "grid": _grid, "sobol": _sobol, "tpe": _tpe, "genetic": _genetic,
    "swarm": _swarm, "halving": _halving, "pbt": _breeding, "optuna": _optuna,
}  # fmt: skip
