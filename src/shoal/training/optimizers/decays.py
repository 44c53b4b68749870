"""Which parameters the weight decay applies to."""

from __future__ import annotations

from shoal.network import Network

Decays = dict[str, dict[str, bool]]


def decays_of(network: Network) -> Decays:
    """For each parameter that is trained, whether it decays, as its layer declares."""
    return {
        owner: {name: spec.decays for name, spec in specs.items()}
        for owner, specs in network.trained_specs().items()
    }
