"""Names of layers: their kind and a number, or as given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from shoal.errors import NetworkError
from shoal.network.layers import Activation
from shoal.registry import bare
from shoal.space import Choice


def name_nodes(layers: Sequence[Any]) -> list[tuple[str, str | None]]:
    """For each use of a layer its name, and the name whose parameters it shares.

    An activation shares nothing, so ``relu`` may stand anywhere.

    Raises:
        NetworkError: two layers have been given one name, or one a name that is
            no text.
    """
    kinds: Counter[str] = Counter()
    owners: dict[int, str] = {}
    uses: Counter[str] = Counter()
    named: list[tuple[str, str | None]] = []
    for layer in layers:
        if id(layer) in owners:
            owner = owners[id(layer)]
            uses[owner] += 1
            named.append((f"{owner}@{uses[owner] + 1}", owner))
            continue
        given = _given(layer)
        kind = _kind(layer)
        kinds[kind] += 1
        name = given or f"{kind}_{kinds[kind]}"
        if given or not isinstance(layer, Activation):
            owners[id(layer)] = name
        named.append((name, None))
    _check_unique([name for name, _ in named])
    return named


def _given(layer: Any) -> str | None:
    name = getattr(layer, "name", None)
    if name is not None and not (isinstance(name, str) and name):
        raise NetworkError("a layer's name is a text", received=repr(name))
    return name


def _kind(layer: Any) -> str:
    if isinstance(layer, Choice):
        return "activation" if all(isinstance(o, Activation) for o in layer.options) else "choice"
    return bare(layer.kind)


def _check_unique(names: list[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1 or name == "input":
            raise NetworkError(
                "a layer's name is unique, and not 'input'", received=f"{name!r}, {count} times"
            )
