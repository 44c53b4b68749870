"""Parameters of a network as named tensors of a file, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shoal.errors import ShoalError
from shoal.nn import HostParams, Network
from shoal.store import (
    check_tensors,
)


def flat_tensors(params: HostParams) -> dict[str, np.ndarray]:
    """Weights by ``layer.parameter``."""
    return {f"{owner}.{name}": a for owner, own in params.items() for name, a in own.items()}


def nested_params(tensors: Mapping[str, np.ndarray]) -> HostParams:
    """Weights by layer and parameter, from ``layer.parameter``."""
    params: HostParams = {}
    for key, array in tensors.items():
        owner, _, name = key.rpartition(".")
        params.setdefault(owner, {})[name] = array
    return params


def params_of(
    network: Network, tensors: Mapping[str, np.ndarray], where: str, error: type[ShoalError]
) -> HostParams:
    """Weights by layer and parameter, from ``layer.parameter``, once they are the network's.

    Raises:
        ShoalError: of the type given, if they are of another network.
    """
    expected = expected_tensors(network)
    check_tensors({n: a.shape for n, a in tensors.items()}, expected, where, error)
    return nested_params(tensors)


def expected_tensors(network: Network) -> dict[str, tuple[int, ...]]:
    """The shape of each weight that the network has, by ``layer.parameter``."""
    return {
        f"{owner}.{name}": spec.shape
        for owner, specs in network.param_specs().items()
        for name, spec in specs.items()
    }
