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

__version__ = "0.1.0"

_sources: dict[str, tuple[str, str]] = {}


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for: `shoal --help` needs no jax.

    The public names stand in the stub beside this file, each once.
    """
    from shoal.utils.lazy import names_of, value_of

    if not _sources:
        _sources.update(names_of(__name__, __file__))
    if name == "__all__":
        return sorted(_sources)
    if name not in _sources:
        raise AttributeError(f"module 'shoal' has no attribute {name!r}")
    value = globals()[name] = value_of(*_sources[name])
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__getattr__("__all__")})  # type: ignore[misc]
