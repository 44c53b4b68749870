"""Which part of each parameter a step updates."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from shoal.kernels import UpdateBounds, mask_bounds
from shoal.network import Network, ParamSpec

Bounds = dict[str, dict[str, UpdateBounds]]


def update_bounds(network: Network, active: Mapping[str, Array], go: Array) -> Bounds:
    """For each parameter, the rows and columns that a step touches: none unless ``go``.

    Args:
        network: as wide as the program.
        active: by node, how many leading features are in use; absent for all.
        go: whether the step is taken.
    """
    specs = network.trained_specs()
    each: dict[tuple[str, str], tuple[Array | int, Array | None]] = {}
    for node in network.nodes:
        for name, spec in specs.get(node.owner, {}).items():
            features = {
                "in": active.get(node.inputs[0]),
                "out": active.get(node.name),
                "member": None,  # one that a lane has not has no gradient
            }
            each[node.owner, name] = _rows_and_columns(spec, features)
    # What several parameters share is masked once, and all of it in one call.
    distinct = {_key(rows): jnp.asarray(rows, jnp.int32) for rows, _ in each.values()}
    masked = dict(zip(distinct, mask_bounds(go, list(distinct.values())), strict=True))
    bounds: Bounds = {}
    for (owner, name), (rows, columns) in each.items():
        bounds.setdefault(owner, {})[name] = UpdateBounds(masked[_key(rows)], columns)
    return bounds


def _key(rows: Array | int) -> tuple[bool, int]:
    """Equal for the same number and for the same array."""
    return isinstance(rows, int), rows if isinstance(rows, int) else id(rows)


def _rows_and_columns(
    spec: ParamSpec, features: Mapping[str, Array | None]
) -> tuple[Array | int, Array | None]:
    """Of the last two axes of a parameter, as far as they are in use; None for all columns."""
    axes = (None, None, *spec.axes)[-2:]
    sizes = (1, 1, *spec.shape)[-2:]
    rows = None if axes[0] is None else features[axes[0]]
    columns = None if axes[1] is None else features[axes[1]]
    return int(sizes[0]) if rows is None else rows, columns
