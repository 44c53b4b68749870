"""Which part of each parameter a step updates."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from shoal.kernels import UpdateBounds
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
    bounds: Bounds = {}
    for node in network.nodes:
        for name, spec in specs.get(node.owner, {}).items():
            features = {
                "in": active.get(node.inputs[0]),
                "out": active.get(node.name),
                "member": None,  # one that a lane has not has no gradient
            }
            bounds.setdefault(node.owner, {})[name] = _bounds(spec, features, go)
    return bounds


def _bounds(spec: ParamSpec, features: Mapping[str, Array | None], go: Array) -> UpdateBounds:
    axes = (None, None, *spec.axes)[-2:]
    sizes = (1, 1, *spec.shape)[-2:]
    rows = None if axes[0] is None else features[axes[0]]
    columns = None if axes[1] is None else features[axes[1]]
    most = jnp.asarray(sizes[0], jnp.int32) if rows is None else rows
    return UpdateBounds(jnp.where(go, most, 0), columns)
