"""Networks and recipes written by hand, in TOML or JSON.

The schema is that of `Network.to_json`, with one short form: where a layer, a loss
or an optimizer stands, a bare word is one without numbers, ``"relu"`` for
``{kind = "relu"}``. What a recipe may do without, such as early stopping, is switched off
with ``false``, since TOML has no null.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoal.errors import NetworkError

if TYPE_CHECKING:
    from shoal.nn import Network

LAYER_FIELDS = ("layers", "activation")
"""Where layers stand."""

SUFFIXES = (".toml", ".json")

_LARGEST = 10_000_000
"""Bytes; a network written by hand has far fewer."""

_PLACE = re.compile(r"(.*?) ?\(at (?:line (\d+), column (\d+)|end of document)\)\Z", re.DOTALL)


@dataclass(frozen=True)
class NetworkFile:
    """What a file says of a network and of how to train it.

    Attributes:
        path: the file.
        network: the network, with its ranges.
        recipe: the recipe's table as it was read, if there is one; what it
            leaves out is for the data to decide.
    """

    path: Path
    network: Network
    recipe: Mapping[str, Any] | None


def read_network_file(path: Path) -> NetworkFile:
    """Read a network, and a recipe if there is one.

    Raises:
        NetworkError: no such file, no TOML or JSON (with line and column), or
            no network.
    """
    from shoal.nn import network_from_json

    data = _parsed(path)
    if not isinstance(data, dict):
        raise NetworkError("a network file is a table", where=str(path), received=_kind(data))
    recipe = data.pop("recipe", None)
    if recipe is not None and not isinstance(recipe, dict):
        raise NetworkError("recipe is a table", where=str(path), received=_kind(recipe))
    try:
        network = network_from_json(_spelled_out(data), where=str(path))
    except RecursionError:
        raise _too_deep(path) from None
    return NetworkFile(path, network, None if recipe is None else _spelled_out_recipe(recipe))


def _parsed(path: Path) -> Any:
    try:
        return _parse(path, _text(path))
    except RecursionError:
        raise _too_deep(path) from None


def _text(path: Path) -> str:
    if path.suffix.lower() not in SUFFIXES:
        raise NetworkError(
            "a network file is TOML or JSON",
            expected=" or ".join(SUFFIXES),
            received=repr(path.suffix),
            where=str(path),
        )
    try:
        if path.stat().st_size > _LARGEST:
            raise NetworkError("a network file is a short text", where=str(path))
        return path.read_text("utf-8")
    except OSError as error:
        raise NetworkError(
            "the network file can be read",
            where=str(path),
            received=error.strerror or str(error),
        ) from None
    except UnicodeDecodeError:
        raise NetworkError(
            "a network file is text in UTF-8", where=str(path), received="other bytes"
        ) from None


def _parse(path: Path, text: str) -> Any:
    try:
        if path.suffix.lower() == ".json":
            return json.loads(text)
        return tomllib.loads(text)
    except json.JSONDecodeError as error:
        place, problem = f"line {error.lineno}, column {error.colno}", error.msg
    except tomllib.TOMLDecodeError as error:
        place, problem = _toml_place(str(error))
    except ValueError as error:  # a number with too many digits
        place, problem = "a number", str(error)
    language = "JSON" if path.suffix.lower() == ".json" else "TOML"
    raise NetworkError(
        f"the file is {language}", where=f"{path}, {place}", received=problem
    ) from None


def _toml_place(message: str) -> tuple[str, str]:
    found = _PLACE.match(message)
    if found is None:
        return "somewhere", message
    problem, line, column = found.groups()
    return (f"line {line}, column {column}" if line else "end of file"), problem


def _spelled_out(value: Any) -> Any:
    """The data with each bare word that stands for a layer turned into one."""
    if isinstance(value, dict):
        return {
            key: _of_layers(item) if key in LAYER_FIELDS else _spelled_out(item)
            for key, item in value.items()
        }
    return [_spelled_out(item) for item in value] if isinstance(value, list) else value


def _of_layers(value: Any) -> Any:
    """The same of a list of layers, or of the activation of another."""
    if isinstance(value, list):
        return [{"kind": x} if isinstance(x, str) else _spelled_out(x) for x in value]
    return {"kind": value} if isinstance(value, str) else _spelled_out(value)


def _spelled_out_recipe(recipe: dict[str, Any]) -> dict[str, Any]:
    """The recipe with bare words as objects; what stops early needs no kind."""
    told = {name: None if value is False else value for name, value in recipe.items()}
    for name in ("loss", "optimizer"):
        if isinstance(told.get(name), str):
            told[name] = {"kind": told[name]}
    stopping = told.get("early_stopping")
    if isinstance(stopping, dict) and "range" not in stopping:
        told["early_stopping"] = {"kind": "early_stopping", **stopping}
    return told


def _too_deep(path: Path) -> NetworkError:
    return NetworkError("a network file is not nested without end", where=str(path))


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a boolean"}
    return names.get(type(value), "nothing" if value is None else type(value).__name__)
