"""A user's script: it is type-checked, strictly, against the installed package, and run."""

from pathlib import Path

import numpy as np

import shoal
from shoal import Dense, Dropout, Flatten, Float, Int, relu
from shoal.data import Dataset


def family_of(classes: int) -> shoal.Sequential:
    """A family of perceptrons."""
    return shoal.Sequential(
        Flatten(), Dense(Int(8, 32, log=True)), relu, Dropout(Float(0.0, 0.5)), Dense(classes)
    )


def accuracy_of(model: shoal.Model, data: Dataset) -> float:
    """The share of rows that a model gets right."""
    return float(np.mean(np.asarray(model.predict(data.x)) == data.y))


digits = shoal.data.load("digits")
recipe = shoal.Recipe(
    loss=shoal.losses.CrossEntropy(),
    optimizer=shoal.optimizers.AdamW(learning_rate=Float(1e-4, 1e-1, log=True)),
    epochs=3,
)
study = shoal.search(
    family_of(10), recipe, digits, trials=4, sampler=shoal.samplers.Random(), ensemble_folds=0
)
best: shoal.Model = study.best_model
best.save("best.safetensors")
again = shoal.load_model("best.safetensors")
assert Path("best.safetensors").stat().st_size > 0
assert isinstance(again, shoal.Model)
print(f"accuracy {accuracy_of(again, digits):.3f}")
study.close()
