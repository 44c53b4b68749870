"""Samplers as plain data, so that a study knows how it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from shoal.errors import RecipeError
from shoal.samplers.genetic import Genetic
from shoal.samplers.grid import Grid
from shoal.samplers.halving import Halving
from shoal.samplers.optuna_sampler import Optuna
from shoal.samplers.particle_swarm import ParticleSwarm
from shoal.samplers.population_based import PopulationBased
from shoal.samplers.random_search import Random
from shoal.samplers.sampler import Sampler
from shoal.samplers.sobol import Sobol
from shoal.samplers.tpe import TPE

REGISTRY: dict[str, type[Any]] = {
    cls.kind: cls
    for cls in (
        Random,
        Grid,
        Sobol,
        ParticleSwarm,
        Genetic,
        TPE,
        Halving,
        PopulationBased,
        Optuna,
    )
}
"""Every sampler that a file can name."""

_PLAIN = (bool, int, float, str, type(None))


def sampler_to_json(sampler: Sampler) -> dict[str, Any]:
    """Its kind and settings; of a sampler that shoal does not know, its kind alone."""
    if type(sampler) is not REGISTRY.get(sampler.kind):
        return {"kind": sampler.kind}
    known: Any = sampler
    settings = {field.name: getattr(sampler, field.name) for field in fields(known)}
    if isinstance(sampler, Halving) and sampler.points == Random():
        del settings["points"]  # as studies have it that know of no other points
    return {"kind": sampler.kind, **{name: _plain(value) for name, value in settings.items()}}


def _plain(value: Any) -> Any:
    """A setting; of an object the name of its class, which no sampler takes for one."""
    if isinstance(value, Sampler):
        return sampler_to_json(value)
    return value if isinstance(value, _PLAIN) else type(value).__name__


def sampler_from_json(data: Mapping[str, Any]) -> Sampler:
    """The sampler that `sampler_to_json` told of.

    Raises:
        RecipeError: one that shoal does not know, or settings that it does not have.
    """
    cls = REGISTRY.get(str(data.get("kind")))
    if cls is None:
        raise RecipeError(
            "a sampler that is not shoal's own has to be given again",
            expected=", ".join(sorted(REGISTRY)),
            received=repr(data.get("kind")),
            hint="Pass it as sampler=.",
        )
    try:
        sampler: Sampler = cls(**{n: _setting(v) for n, v in data.items() if n != "kind"})
    except (TypeError, ValueError, OverflowError) as error:
        raise RecipeError("a sampler has the settings of its kind", received=str(error)) from None
    return sampler


def _setting(value: Any) -> Any:
    """A setting as it was; a sampler within a sampler is told of as an object."""
    return sampler_from_json(value) if isinstance(value, Mapping) else value
