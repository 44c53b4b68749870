"""What is trained, and what layers keep for themselves: one tree, and two.

A model is both, so both are kept, stored and padded as one tree. Gradients and the optimizer
are for what is trained. The rest, such as the running statistics of a `BatchNorm`, is state
that a layer updates with each batch of the training.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from shoal.nn import Network, Params


def partition(network: Network, params: Params) -> tuple[Params, Params]:
    """What the optimizer changes, and what it never touches."""
    trained_specs = network.trained_specs()
    trained: Params = {}
    kept: Params = {}
    for owner, own in params.items():
        for name, array in own.items():
            part = trained if name in trained_specs.get(owner, {}) else kept
            part.setdefault(owner, {})[name] = array
    return trained, kept


def combine(trained: Params, kept: Params) -> Params:
    """Both in one tree."""
    owners = {**trained, **kept}
    return {owner: {**trained.get(owner, {}), **kept.get(owner, {})} for owner in owners}


def advanced(kept: Params, noted: Params, go: Array) -> Params:
    """The state after a step: what the layers noted, or as it was unless ``go``."""
    return {
        owner: {
            name: jnp.where(go, noted.get(owner, {}).get(name, old), old)
            for name, old in own.items()
        }
        for owner, own in kept.items()
    }
