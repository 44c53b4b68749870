"""Every method by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SKLEARN = "benchmarks.tables.methods.scikit_learn"
_PYTABKIT = "benchmarks.tables.methods.networks_for_tables"
_SHOAL = "benchmarks.tables.methods.of_shoal"
_VARIED = "benchmarks.tables.methods.varied"

PART = "part:"
"""What the name of a variation begins with, as a method."""


@dataclass(frozen=True)
class Method:
    """Where a method is.

    Attributes:
        module: has `fit`.
        title: what a report calls it.
        quick: whether `make bench` runs it.
    """

    module: str
    title: str
    quick: bool = False

    @property
    def apart(self) -> bool:
        """Whether it runs in pytabkit's environment."""
        return self.module == _PYTABKIT

    @property
    def own(self) -> bool:
        """Whether it is shoal's."""
        return self.module in (_SHOAL, _VARIED)


METHODS: Mapping[str, Method] = {
    "shoal": Method(_SHOAL, "shoal, estimator as it comes", quick=True),
    "shoal-search": Method(_SHOAL, "shoal, default search"),
    "shoal-2min": Method(_SHOAL, "shoal, search of 2 minutes", quick=True),
    "shoal-10min": Method(_SHOAL, "shoal, search of 10 minutes"),
    "hgb": Method(_SKLEARN, "HistGradientBoosting", quick=True),
    "mlp": Method(_SKLEARN, "MLP of scikit-learn", quick=True),
    "realmlp": Method(_PYTABKIT, "RealMLP (TD)"),
    "tabm": Method(_PYTABKIT, "TabM (D)"),
    "hgb-search": Method(_SKLEARN, "HistGradientBoosting, search of 30"),
    "mlp-search": Method(_SKLEARN, "MLP, search of 16"),
}

REFERENCE = "hgb"
"""What others are set in relation to."""


def method_of(name: str) -> Method:
    """A method by its name, or the variation of the default that it names."""
    return Method(_VARIED, name.removeprefix(PART)) if name.startswith(PART) else METHODS[name]
