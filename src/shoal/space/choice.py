"""A choice among options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from shoal.errors import SpaceError
from shoal.space.bounds import check_name, is_number


@dataclass(frozen=True, eq=False, init=False)
class Choice:
    """One of several options: numbers, words, layers, blocks of layers, optimizers.

    An option may itself contain ranges; they count only where it is chosen.

    Args:
        options: at least two.
        name: of the hyperparameter; by default from where the choice stands.
        default: the option of the first trial, or its label; by default the field's
            own where it is among the options, else the first.

    Raises:
        SpaceError: fewer than two options, or a default that is none of them.
    """

    options: tuple[Any, ...]
    name: str | None = None
    default: Any = None

    def __init__(self, *options: Any, name: str | None = None, default: Any = None) -> None:
        if len(options) < 2:
            raise SpaceError(
                "a Choice is among at least two options",
                received=f"{len(options)} option(s)",
                hint="Write Choice(a, b), not Choice([a, b]).",
            )
        check_name(name)
        object.__setattr__(self, "options", tuple(options))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "default", default)
        if default is not None and self.index_of(default) is None:
            raise SpaceError(
                "a choice's default is one of its options, or the label of one",
                expected=" | ".join(map(str, self.labels())),
                received=repr(default),
            )

    def __call__(self, symbol: Any) -> Any:
        """A node of a network's graph that applies the chosen layer, as a layer's call does.

        Raises:
            SpaceError: called on something that is no node.
        """
        if not hasattr(symbol, "then"):
            raise SpaceError(
                "a Choice is called on Input(...) or on the result of a layer",
                received=f"{type(symbol).__name__} {symbol!r}",
            )
        return symbol.then(self)

    def __deepcopy__(self, memo: Any) -> Self:
        """Itself: it does not change, and what was one hyperparameter stays one."""
        return self

    def from_unit(self, u: float) -> int:
        """The index of the option at u in [0, 1]."""
        return min(int(u * len(self.options)), len(self.options) - 1)

    def to_unit(self, index: float) -> float:
        """The middle of the interval of u that belongs to the option."""
        return (index + 0.5) / len(self.options)

    def contains(self, index: Any) -> bool:
        """Whether the index is that of an option."""
        return is_number(index) and 0 <= index < len(self.options) and int(index) == index

    def index_of(self, option: Any) -> int | None:
        """The index of an option, given itself or by its label; None if it is none."""
        for among in (self.options, self.labels()):
            for index, known in enumerate(among):
                if known is option or _same(known, option):
                    return index
        return None

    def labels(self) -> tuple[str | int | float | bool | None, ...]:
        """What each option is called: itself if plain, else its kind, numbered if repeated."""
        labels = [_label(option) for option in self.options]
        return tuple(
            f"{label}_{labels[: i + 1].count(label)}" if labels.count(label) > 1 else label
            for i, label in enumerate(labels)
        )

    def is_numeric(self) -> bool:
        """Whether every option is a number."""
        return all(is_number(option) for option in self.options)


def _same(one: Any, other: Any) -> bool:
    """Whether two plain values are equal; a number is not a truth value."""
    if is_number(one) and is_number(other):
        return bool(one == other)
    plain = isinstance(one, str | bool | list | tuple)
    return plain and type(one) is type(other) and bool(one == other)


def _label(option: Any) -> str | int | float | bool | None:
    if option is None or isinstance(option, str | int | float | bool):
        return option
    if isinstance(option, list | tuple):
        return "×".join(str(_label(item)) for item in option)
    kind = getattr(option, "kind", None)
    return kind if isinstance(kind, str) else type(option).__name__.lower()
