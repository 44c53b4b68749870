"""The schema of a sampler's state, checked when a study's file is read to go on.

Each sampler says what its state is made of (`Sampler.state_fields`), from the parts here.
Points must be points of the space, and no count may exceed the number of trials. So a damaged
number can neither stop a search in its midst nor keep it busy without end.
"""

from __future__ import annotations

from typing import Any

from shoal.errors import SpaceError
from shoal.samplers.sampler import Sampler, State
from shoal.space import Space
from shoal.utils.schema import (
    Schema,
    SchemaError,
    Told,
    by_name,
    mapping,
    number,
    one_of,
    record,
)


def checked_state(sampler: Sampler, space: Space, state: State, trials: int) -> State:
    """The state, if it is one of this sampler's.

    Args:
        sampler: whose state it is.
        space: the search space.
        state: as it was stored.
        trials: number of trials of the search so far.

    Raises:
        SchemaError: it is none.
    """
    found: State = state_schema(sampler, space, trials)(state)
    return found


def state_schema(sampler: Sampler, space: Space, trials: int) -> Schema:
    """What a state of the sampler is; of one that says nothing of its state, any object."""
    tell = getattr(sampler, "state_fields", None)
    fields = tell(space, trials) if tell is not None else {}
    return record({"kind": one_of(sampler.kind), **fields}) if fields else mapping


def point_of(space: Space) -> Schema:
    """A point of the space."""

    def read(value: Any) -> Any:
        found = by_name(number())(value)
        try:
            space.check(found)
        except SpaceError as error:
            raise SchemaError("a point of the search space", Told(str(error))) from None
        return found

    return read
