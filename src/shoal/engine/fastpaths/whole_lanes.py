"""The functions of a program that move whole lanes: place, keep, read and inherit.

None of them computes anything. Weights, the optimizer's state and the lanes' inputs are copied.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
from jax import Array

from shoal.engine import lane
from shoal.engine.lane import LaneInputs, TrainState
from shoal.engine.specialize import Specialization
from shoal.kernels import keep_lanes, put_lanes, take_lanes

ZEROS = -1
COMPUTED = -2


def placing(special: Specialization) -> Callable[..., tuple[TrainState, Any, LaneInputs]]:
    """Fill some lanes: (learners, best, settings, lanes, count, params, settings).

    The first ``count`` of the lanes, weights and settings are used. One call for several
    lanes, because what a call costs is mostly the calling.
    """

    def place(
        learners: TrainState,
        best: Any,
        settings: LaneInputs,
        at: Array,
        count: Array,
        params: Any,
        own: LaneInputs,
    ) -> tuple[TrainState, Any, LaneInputs]:
        given = (params, own)
        fresh = _fresh(special, given)
        whole, tree = jax.tree.flatten((learners, best, settings))
        parts = [*fresh, *jax.tree.leaves(given)]
        filled: tuple[TrainState, Any, LaneInputs] = jax.tree.unflatten(
            tree, put_lanes(whole, parts, at, count)
        )
        return filled

    return place


def _fresh(special: Specialization, given: tuple[Any, LaneInputs]) -> list[Array | None]:
    """The leaves of learners that begin with these weights and settings; None for zeros."""
    start = partial(lane.start, special)
    leaves = jax.tree.leaves(given)
    first = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), given)
    origins = origins_of(start, *first)
    # Of what is not used here the compiler sees nothing.
    computed = jax.tree.leaves(jax.vmap(start)(*given)) if COMPUTED in origins else []
    return [
        leaves[origin] if origin >= 0 else None if origin == ZEROS else computed[i]
        for i, origin in enumerate(origins)
    ]


def origins_of(function: Callable[..., Any], *examples: Any) -> list[int]:
    """Where each leaf of a function's result comes from.

    Returns:
        for each leaf the number of the argument's leaf that it is, or `ZEROS`, or `COMPUTED`.
    """
    program = jax.make_jaxpr(function)(*examples).jaxpr
    inputs = {id(variable): i for i, variable in enumerate(program.invars)}
    zeros = {
        id(step.outvars[0])
        for step in program.eqns
        if step.primitive.name == "broadcast_in_dim" and _is_zero(step.invars[0])
    }
    return [
        inputs.get(id(leaf), ZEROS if id(leaf) in zeros or _is_zero(leaf) else COMPUTED)
        for leaf in program.outvars
    ]


def _is_zero(variable: Any) -> bool:
    """Whether a variable of a traced function stands for the number zero."""
    value = getattr(variable, "val", None)  # only constants have one
    return value is not None and getattr(value, "ndim", 0) == 0 and bool(value == 0)


def keep(best: Any, now: Any, improved: Array) -> Any:
    """The best weights so far: now's where the lane improved."""
    leaves, tree = jax.tree.flatten(best)
    return jax.tree.unflatten(tree, keep_lanes(leaves, jax.tree.leaves(now), improved))


def read(stack: Any, at: Array) -> Any:
    """One lane out of the lanes' tree."""
    leaves, tree = jax.tree.flatten(stack)
    taken = take_lanes(leaves, at.reshape(1))
    return jax.tree.unflatten(tree, [leaf.reshape(leaf.shape[1:]) for leaf in taken])


def inherit(learners: TrainState, source: Array) -> TrainState:
    """Weights and memory of all lanes, each from the lane that is named."""
    leaves, tree = jax.tree.flatten(learners)
    found: TrainState = jax.tree.unflatten(tree, take_lanes(leaves, source))
    return found
