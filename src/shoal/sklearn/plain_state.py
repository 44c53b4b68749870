"""An estimator as plain data, for pickle: nothing in it brings code of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shoal.engine import Recipe, recipe_from_json
from shoal.engine.trial import Start
from shoal.models.ensemble import Ensemble, load_model
from shoal.models.model import Model
from shoal.nn import Network, network_from_json
from shoal.space import Space, encode

_FILE = "model.safetensors"


def to_plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an estimator with network, recipe and model as plain data.

    The study stays behind: it is a file of its own.
    """
    plain = dict(state)
    kinds = {"network": Network, "recipe": Recipe}
    parts = {name: plain[name] for name, kind in kinds.items() if isinstance(plain[name], kind)}
    space = Space(*parts.values())  # a range at two places stays one
    plain.update({name: encode(part, space) for name, part in parts.items()})
    if "model_" in plain:
        plain["model_"] = model_to_bytes(plain["model_"])
        plain["study_"] = None
    reached = plain.pop("_reached", None)
    if isinstance(reached, Start):  # its weights are the model's
        plain["_reached"] = (list(reached.memory), reached.epoch, reached.step)
    return plain


def from_plain(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that `to_plain` was given.

    Raises:
        ShoalError: network, recipe or model are none that shoal wrote.
    """
    state = dict(plain)
    if isinstance(state["network"], Mapping):
        state["network"] = network_from_json(state["network"])
    if isinstance(state["recipe"], Mapping):
        state["recipe"] = recipe_from_json(state["recipe"])
    if "model_" in state:
        state["model_"] = model_from_bytes(state["model_"])
    if "_reached" in state:
        memory, epoch, step = state["_reached"]
        state["_reached"] = Start(state["model_"].params, tuple(memory), int(epoch), int(step))
    return state


def model_to_bytes(model: Model | Ensemble) -> bytes:
    """What `save` writes."""
    with tempfile.TemporaryDirectory(prefix="shoal-") as folder:
        path = Path(folder) / _FILE
        model.save(path)
        return path.read_bytes()


def model_from_bytes(data: bytes) -> Model | Ensemble:
    """The model or ensemble of a file's bytes, checked as those of a file.

    Raises:
        ModelError: bytes that are no model.
    """
    with tempfile.TemporaryDirectory(prefix="shoal-") as folder:
        path = Path(folder) / _FILE
        path.write_bytes(data)
        return load_model(path)
