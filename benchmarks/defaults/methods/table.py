"""Every method by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.defaults.problem import Kind

_LINEAR = "benchmarks.defaults.methods.linear"
_TORCH = "benchmarks.defaults.methods.torch_networks"
_SHOAL = "benchmarks.defaults.methods.of_shoal"


@dataclass(frozen=True)
class Method:
    """Where a method is.

    Attributes:
        module: has `fit`.
        title: what a report calls it.
        kinds: of data that it is for.
    """

    module: str
    title: str
    kinds: tuple[Kind, ...] = ("image", "mask", "text")

    @property
    def own(self) -> bool:
        """Whether it is shoal's."""
        return self.module == _SHOAL


METHODS: Mapping[str, Method] = {
    "shoal-train": Method(_SHOAL, "shoal train"),
    "shoal-search": Method(_SHOAL, "shoal, default search"),
    "logistic": Method(_LINEAR, "logistic regression on pixels", ("image",)),
    "tfidf": Method(_LINEAR, "TF-IDF and logistic regression", ("text",)),
    "cnn": Method(_TORCH, "plain CNN, PyTorch", ("image",)),
    "unet": Method(_TORCH, "U-shaped network, PyTorch", ("mask",)),
}
