"""A layer of one's own, in a family with a range: searched, saved and loaded.

A component is one class. It derives from what it is (here `shoal.Activation`), has a kind
with a namespace, and says of each field what a range there becomes: ``traced`` numbers are
inputs of the compiled program, so that lanes with other scales share it. Run it with::

    python examples/own_layer.py
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

import shoal
from shoal import Activation, Choice, Dense, Flatten, Float, Int, traced
from shoal.testing import check_layer


@dataclass(frozen=True, eq=False)
class ScaledTanh(Activation):
    r"""A tanh of another height and slope: :math:`f(x) = a \tanh(b x)`.

    Source: LeCun, Bottou, Orr, Müller, "Efficient backprop" (1998), with a = 1.7159, b = 2/3.
    """

    kind: ClassVar[str] = "examples:scaled_tanh"
    formula: ClassVar[str] = r"@h = @height \tanh(@slope\, @x)"
    letters: ClassVar[dict[str, str]] = {"height": "a", "slope": "b"}
    keeps_zero: ClassVar[bool] = True
    monotone: ClassVar[bool] = True

    height: float | Float | Choice = traced(1.7159)
    slope: float | Float | Choice = traced(2 / 3)

    def function(self, x: Array) -> Array:
        """The function, element by element; bound, both numbers are traced values."""
        return self.height * jnp.tanh(self.slope * x)  # type: ignore[no-any-return]


def main(trials: int = 16, epochs: int = 10) -> None:
    """Check the layer, search a family with it, save the best network and load it."""
    check_layer(ScaledTanh(Float(1.0, 2.0)), (6,))
    activation = ScaledTanh(height=Float(0.5, 3.0), slope=Float(0.2, 2.0))
    family = shoal.Sequential(Flatten(), Dense(Int(16, 64)), activation, Dense(10))
    recipe = shoal.Recipe(optimizer=shoal.optimizers.AdamW(0.005), epochs=epochs)
    digits = shoal.data.load("digits")
    study = shoal.search(family, recipe, digits, trials=trials, progress=False)
    print(f"{trials} networks in {study.cost['groups']} program")
    model = study.model(single=True)
    print(model.network.equations())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.safetensors"
        model.save(path)
        again = shoal.load_model(path)
    same = np.array_equal(again.predict(digits.x), model.predict(digits.x))
    print(f"loaded, it predicts the same: {same}")
    study.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=10)
    given = parser.parse_args()
    main(given.trials, given.epochs)
