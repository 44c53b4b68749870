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

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shoal import (
        augmentation,
        clipping,
        data,
        errors,
        inspect,
        kernels,
        losses,
        optimizers,
        regularizers,
        samplers,
        schedules,
    )
    from shoal.ensemble import Ensemble
    from shoal.model import Model
    from shoal.network import (
        Add,
        AvgPool,
        BatchNorm,
        ChannelDropout,
        Concat,
        Conv,
        ConvTranspose,
        Crop,
        Dense,
        DepthwiseConv,
        Dropout,
        Elu,
        Embedding,
        Flatten,
        GaussianNoise,
        Gelu,
        GlobalAvgPool,
        GlobalMaxPool,
        HardSigmoid,
        Heaviside,
        Identity,
        Input,
        LayerNorm,
        LeakyRelu,
        LogSoftmax,
        MaxPool,
        Multiply,
        Network,
        Pad,
        Relu,
        Repeat,
        Reshape,
        Selu,
        Sequential,
        Sigmoid,
        Silu,
        Softmax,
        Softplus,
        Softsign,
        Tanh,
        UpSample,
        elu,
        gelu,
        hard_sigmoid,
        heaviside,
        identity,
        leaky_relu,
        log_softmax,
        network_from_json,
        relu,
        selu,
        sigmoid,
        silu,
        softmax,
        softplus,
        softsign,
        tanh,
    )
    from shoal.space import Choice, Float, Int, Space
    from shoal.study import Study
    from shoal.training import EarlyStopping, Recipe, recipe_from_json
    from shoal.wiring import (
        Comparison,
        Progress,
        compare,
        learning_curve,
        resume,
        search,
        train,
    )

__version__ = "0.1.0"

__all__ = [
    "Add",
    "AvgPool",
    "BatchNorm",
    "ChannelDropout",
    "Choice",
    "Comparison",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Crop",
    "Dense",
    "DepthwiseConv",
    "Dropout",
    "EarlyStopping",
    "Elu",
    "Embedding",
    "Ensemble",
    "Flatten",
    "Float",
    "GaussianNoise",
    "Gelu",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "HardSigmoid",
    "Heaviside",
    "Identity",
    "Input",
    "Int",
    "LayerNorm",
    "LeakyRelu",
    "LogSoftmax",
    "MaxPool",
    "Model",
    "Multiply",
    "Network",
    "Pad",
    "Progress",
    "Recipe",
    "Relu",
    "Repeat",
    "Reshape",
    "Selu",
    "Sequential",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "Softsign",
    "Space",
    "Study",
    "Tanh",
    "UpSample",
    "augmentation",
    "clipping",
    "compare",
    "data",
    "elu",
    "errors",
    "gelu",
    "hard_sigmoid",
    "heaviside",
    "identity",
    "inspect",
    "kernels",
    "leaky_relu",
    "learning_curve",
    "log_softmax",
    "losses",
    "network_from_json",
    "optimizers",
    "recipe_from_json",
    "regularizers",
    "relu",
    "resume",
    "samplers",
    "schedules",
    "search",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
    "train",
]

_HOMES = {
    "shoal": (
        "augmentation",
        "clipping",
        "data",
        "errors",
        "inspect",
        "kernels",
        "losses",
        "optimizers",
        "regularizers",
        "samplers",
        "schedules",
    ),
    "shoal.ensemble": ("Ensemble",),
    "shoal.model": ("Model",),
    "shoal.network": (
        "Add",
        "AvgPool",
        "BatchNorm",
        "ChannelDropout",
        "Concat",
        "Conv",
        "ConvTranspose",
        "Crop",
        "Dense",
        "DepthwiseConv",
        "Dropout",
        "Elu",
        "Embedding",
        "Flatten",
        "GaussianNoise",
        "Gelu",
        "GlobalAvgPool",
        "GlobalMaxPool",
        "HardSigmoid",
        "Heaviside",
        "Identity",
        "Input",
        "LayerNorm",
        "LeakyRelu",
        "LogSoftmax",
        "MaxPool",
        "Multiply",
        "Network",
        "Pad",
        "Relu",
        "Repeat",
        "Reshape",
        "Selu",
        "Sequential",
        "Sigmoid",
        "Silu",
        "Softmax",
        "Softplus",
        "Softsign",
        "Tanh",
        "UpSample",
        "elu",
        "gelu",
        "hard_sigmoid",
        "heaviside",
        "identity",
        "leaky_relu",
        "log_softmax",
        "network_from_json",
        "relu",
        "selu",
        "sigmoid",
        "silu",
        "softmax",
        "softplus",
        "softsign",
        "tanh",
    ),
    "shoal.space": ("Choice", "Float", "Int", "Space"),
    "shoal.study": ("Study",),
    "shoal.training": ("EarlyStopping", "Recipe", "recipe_from_json"),
    "shoal.wiring": (
        "Comparison",
        "Progress",
        "compare",
        "learning_curve",
        "resume",
        "search",
        "train",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: `shoal --help` needs no jax."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'shoal' has no attribute {name!r}")
    if home == __name__:
        return import_module(f"shoal.{name}")
    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
