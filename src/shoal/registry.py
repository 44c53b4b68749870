"""The components of networks, recipes and searches, each known by its kind.

A component is a class that derives from a protocol: `Layer`, `Loss`, `Optimizer`, `Schedule`,
`Augmentation`, `Clipping`, `Regularizer`, `Sampler` and others. It registers itself as it is
defined, under its ``kind``, which is its name in files. What reads files, the command's
choices, the catalogue and the tests of the protocols all take the components from here.

A kind of shoal's own is one word, ``tanh``. A component that is defined elsewhere has a
namespace before it, ``my_lab:scaled_tanh``, so that it never takes the place of one of
shoal's, today or in a later version. A file names kinds and nothing else: reading it makes
objects of classes that are registered already, and never imports a module.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, TypeVar

from shoal.errors import ComponentError

OWN = "shoal"
"""The package whose components have kinds without a namespace."""

_KIND = re.compile(r"[a-z][a-z0-9_]*")
_NAMESPACED = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*:[A-Za-z_][A-Za-z0-9_]*")

Protocol = TypeVar("Protocol")


class Registry(Mapping[str, Any]):
    """The components of one or several protocols, by kind.

    Args:
        what: what one of them is called in messages: ``layer``.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._components: dict[str, Any] = {}

    def __getitem__(self, kind: str) -> Any:
        return self._components[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._components)

    def __len__(self) -> int:
        return len(self._components)

    def add(self, component: Any, kind: str | None = None) -> None:
        """Register a class (or a function), under its own kind if none is given.

        A class that is defined again, as when a cell of a notebook is run twice, takes the
        place of the one before it.

        Raises:
            ComponentError: the kind is taken, has no namespace though the class is not
                shoal's own, or is no kind at all.
        """
        kind = component.kind if kind is None else kind
        self._check_kind(component, kind)
        earlier = self._components.get(kind)
        if earlier is not None and _place(earlier) != _place(component):
            raise ComponentError(
                f"the kind {kind!r} is taken",
                expected=f"a kind that no other {self.what} has",
                received=f"{_place(component)}, after {_place(earlier)}",
            )
        self._components[kind] = component

    def _check_kind(self, component: Any, kind: object) -> None:
        own = is_own(component)
        if isinstance(kind, str) and (_KIND if own else _NAMESPACED).fullmatch(kind):
            return
        raise ComponentError(
            "a kind is one word of small letters"
            if own
            else "the kind of a component outside shoal has a namespace",
            expected="for example 'tanh'" if own else "for example 'my_lab:scaled_tanh'",
            received=repr(kind),
            where=_place(component),
        )

    def of(self, protocol: type[Protocol]) -> dict[str, type[Protocol]]:
        """Shoal's own classes that derive from a protocol, by kind, in the order of their kinds."""
        return {
            kind: component
            for kind, component in sorted(self._components.items())
            if isinstance(component, type) and issubclass(component, protocol) and is_own(component)
        }

    def has(self, cls: type[Any]) -> bool:
        """Whether the class stands here under its kind, so that a file can name it."""
        found = self._components.get(getattr(cls, "kind", ""))
        return found is not None and _place(found) == _place(cls)

    def check(self, cls: type[Any]) -> None:
        """Raise ComponentError unless objects of the class can be written to a file and read."""
        if not self.has(cls):
            inherited = getattr(cls, "kind", None)
            raise ComponentError(
                f"{cls.__name__} has no kind of its own, so no file can name it",
                where=_place(cls),
                expected=f"kind: ClassVar[str] = 'my_lab:{_snake(cls.__name__)}'",
                received="no kind" if inherited is None else f"the inherited kind {inherited!r}",
            )
        for name, value in vars(cls).items():
            if isinstance(value, dataclasses.Field):
                raise ComponentError(
                    f"{cls.__name__} is no dataclass, so its field {name!r} is none",
                    where=_place(cls),
                    expected="@dataclass(frozen=True, eq=False) before the class",
                )

    def unknown(self, kind: object) -> tuple[str | None, str | None]:
        """Of a kind that is not here: what was expected instead, and what to do about it."""
        if isinstance(kind, str) and _NAMESPACED.fullmatch(kind):
            return None, "Import the module that defines it first; reading a file imports nothing."
        near = get_close_matches(kind, self, 1, 0.75) if isinstance(kind, str) else []
        return ", ".join(sorted(self)), f"Is {near[0]!r} meant?" if near else None


class Component:
    """The base of every protocol: a subclass with a kind of its own registers itself.

    A class without one is a protocol or a base that others share, and is not registered.
    """

    registry: ClassVar[Registry]
    """Where the components of the protocol stand."""
    kind: ClassVar[str]
    """Its name in files."""
    shortcuts: ClassVar[Mapping[str, str]] = {}
    """By the method that says what a component computes, the one that computes the same faster.

    A subclass with a new method of the first kind does without the inherited one of the second.
    """

    def __init_subclass__(cls, *, registered: bool = True, **options: Any) -> None:
        super().__init_subclass__(**options)
        for method, faster in cls.shortcuts.items():
            if method in vars(cls) and faster not in vars(cls):
                setattr(cls, faster, _first(cls, faster))
        if registered and "kind" in vars(cls):
            cls.registry.add(cls)


def is_own(component: Any) -> bool:
    """Whether a class or function is one of shoal's own."""
    module = str(getattr(component, "__module__", ""))
    return module == OWN or module.startswith(f"{OWN}.")


SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "candidates": ("n_ei_candidates",),
    "decay_rate": ("factor",),
    "eps": ("epsilon",),
    "filters": ("channels",),
    "first": ("n_startup_trials",),
    "interval": ("perturbation_interval",),
    "kernel": ("kernel_size",),
    "kernel_size": ("pool_size",),
    "least": ("min_resource",),
    "lr": ("learning_rate",),
    "metric": ("monitor",),
    "min_change": ("min_delta",),
    "negative_slope": ("slope",),
    "out_channels": ("channels",),
    "out_features": ("units",),
    "p": ("rate",),
    "particles": ("n_particles",),
    "points": ("sampler",),
    "share": ("quantile_fraction",),
    "strides": ("stride",),
    "use_bias": ("bias",),
    "window": ("pool_size",),
}
"""Words that other libraries have for a field, and its names here, for hints in messages."""


def field_hint(unknown: str, fields: Iterable[str]) -> str | None:
    """The hint on a field that a component does not have; None where no other is near."""
    fields = list(fields)
    meant = [name for name in SYNONYMS.get(unknown, ()) if name in fields]
    meant = meant or get_close_matches(unknown, fields, 1, 0.75)
    return f"Is {meant[0]!r} meant?" if meant else None


def bare(kind: str) -> str:
    """A kind without its namespace: what layers are named after."""
    return kind.rpartition(":")[2]


def _first(cls: type[Any], method: str) -> Any:
    """The method as the protocol has it."""
    return next(vars(base)[method] for base in reversed(cls.__mro__) if method in vars(base))


def _place(component: Any) -> str:
    return f"{component.__module__}.{component.__qualname__}"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


LAYERS = Registry("layer")
"""Layers and activations, and the networks that stand for one in a file."""
RECIPE_PARTS = Registry("part of a recipe")
"""Losses, optimizers, schedules, augmentation, clipping and regularizers."""
SAMPLERS = Registry("sampler")
