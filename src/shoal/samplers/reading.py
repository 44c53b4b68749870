"""Samplers as plain data, so that a study knows how it goes on; and by the command's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from shoal.errors import RecipeError
from shoal.registry import SAMPLERS, field_hint
from shoal.samplers.sampler import Sampler

_PLAIN = (bool, int, float, str, type(None))


def named_samplers() -> dict[str, dict[str, Any]]:
    """The names that the command has for samplers, each with its kind and settings."""
    return {
        name: {"kind": kind, **settings}
        for kind, cls in SAMPLERS.of(Sampler).items()  # type: ignore[type-abstract]
        for name, settings in (cls.presets or {kind: {}}).items()
    }


def sampler_to_json(sampler: Sampler) -> dict[str, Any]:
    """Its kind and settings; of a class that no file can name, its kind alone."""
    if not SAMPLERS.has(type(sampler)):
        return {"kind": sampler.kind}
    known: Any = sampler
    settings = {field.name: getattr(sampler, field.name) for field in fields(known)}
    return {"kind": sampler.kind, **{name: _plain(value) for name, value in settings.items()}}


def _plain(value: Any) -> Any:
    """A setting; of an object the name of its class, which no sampler takes for one."""
    if isinstance(value, Sampler):
        return sampler_to_json(value)
    return value if isinstance(value, _PLAIN) else type(value).__name__


def sampler_from_json(data: Mapping[str, Any]) -> Sampler:
    """The sampler that `sampler_to_json` wrote.

    Raises:
        RecipeError: a kind that is not registered, or settings that it does not have.
    """
    kind = data.get("kind")
    cls = SAMPLERS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        expected, hint = SAMPLERS.unknown(kind)
        raise RecipeError(
            "there is no sampler of this kind",
            expected=expected,
            received=repr(kind),
            hint=hint or "Pass the sampler again, as sampler=.",
        )
    try:
        sampler: Sampler = cls(**{n: _setting(v) for n, v in data.items() if n != "kind"})
    except RecipeError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        names = [field.name for field in fields(cls)]
        unknown = [name for name in data if name not in ("kind", *names)]
        raise RecipeError(
            "a sampler has the settings of its kind",
            expected=", ".join(names) or "none",
            received=str(error),
            hint=field_hint(unknown[0], names) if unknown else None,
        ) from None
    return sampler


def _setting(value: Any) -> Any:
    """A setting as it was; a sampler within a sampler is written as an object."""
    return sampler_from_json(value) if isinstance(value, Mapping) else value
