"""shoal: train and tune neural networks, hundreds at a time, as one compiled program.

Wherever a number goes, a range goes::

    import shoal
    from shoal import Dense, Dropout, Flatten, Float, Int, relu

    digits = shoal.data.load("digits")
    family = shoal.Sequential(
        Flatten(), Dense(Int(16, 128, log=True)), relu, Dropout(Float(0.0, 0.5)), Dense(10)
    )
    recipe = shoal.Recipe(
        optimizer=shoal.optimizers.AdamW(learning_rate=Float(1e-4, 1e-1, log=True))
    )
    study = shoal.search(family, recipe, digits, trials=64)
    study.best_model.save("digits.safetensors")
"""

from shoal import data, errors
from shoal import samplers
from shoal.model import Model
from shoal.network import (
    Add,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Identity,
    Input,
    MaxPool,
    Network,
    Relu,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
    identity,
    network_from_json,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from shoal.space import Choice, Float, Int, Space
from shoal.study import Study
from shoal.training import EarlyStopping, Recipe, losses, optimizers, recipe_from_json
from shoal.wiring import Progress, search, train

__version__ = "0.1.0"

__all__ = [
    "Add",
    "Choice",
    "Concat",
    "Conv",
    "Dense",
    "Dropout",
    "EarlyStopping",
    "Flatten",
    "Float",
    "Identity",
    "Input",
    "Int",
    "MaxPool",
    "Model",
    "Network",
    "Progress",
    "Recipe",
    "Relu",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Space",
    "Study",
    "Tanh",
    "data",
    "errors",
    "identity",
    "losses",
    "network_from_json",
    "optimizers",
    "recipe_from_json",
    "relu",
    "samplers",
    "search",
    "sigmoid",
    "softmax",
    "tanh",
    "train",
]
