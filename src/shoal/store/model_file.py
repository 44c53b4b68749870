"""A model on disk: one safetensors file, its description as JSON in the metadata.

Files are data, never code. Nothing is unpickled and nothing imported. Names, shapes, offsets
and sizes are all checked before an array is allocated. The description has its schema here; its
network, recipe and preprocessing are read by `network_from_json`, `recipe_from_json` and
`Preprocessing.from_json`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from shoal.errors import ModelError, ShoalError, near_file
from shoal.store.json_text import from_json, to_json
from shoal.store.results_schema import INFO
from shoal.store.tensors import (
    TensorIndex,
    TensorsError,
    encode_tensors,
    read_arrays,
    read_index,
)
from shoal.utils.schema import SchemaError, agreed, listed, mapping, number, record

MOST_MEMBERS = 1000
"""Networks of an ensemble that is read from a file."""

MODEL = record({"network": mapping, "recipe": mapping, "preprocessing": mapping}, {"info": INFO})

_MEMBER = record({"network": mapping, "recipe": mapping, "share": number(0, 1)}, {"info": INFO})


def _whole(members: Any) -> bool:
    return bool(abs(sum(member["share"] for member in members) - 1) < 1e-6)


ENSEMBLE = record(
    {
        "preprocessing": mapping,
        "members": agreed(
            listed(_MEMBER, least=1, most=MOST_MEMBERS), (_whole, "shares that add up to 1")
        ),
    },
    {"info": INFO},
)


def read_description(header: Any) -> dict[str, Any]:
    """The description of a model, or of an ensemble where it has members.

    Raises:
        SchemaError: it is neither.
    """
    found: dict[str, Any] = (ENSEMBLE if "members" in mapping(header) else MODEL)(header)
    return found


MODEL_VERSION = 1
"""Version of the format of a model that this program writes."""

ENSEMBLE_VERSION = 2
"""That of an ensemble's; up to here versions are read, newer ones are refused."""

_TAKEN = (
    "A training that runs has taken its name, or one that was killed: wait for it, or remove it"
)

_HEADER = "shoal"
_CARD = "card"
_VERSION = "shoal_version"


def write_model(
    path: str | os.PathLike[str],
    tensors: Mapping[str, np.ndarray[Any, Any]],
    header: dict[str, Any],
    version: int = MODEL_VERSION,
    card: str = "",
) -> None:
    """Write a model file; a file that was there is replaced in one step or stays as it was.

    Args:
        path: where to.
        tensors: name → float32 array.
        header: plain data that describes the model (network, recipe, preprocessing, …).
            Numbers that are not finite become the strings "nan", "inf" and "-inf".
        version: of the format.
        card: the model card, which stands in the metadata for other programs to show.

    Raises:
        ModelError: a tensor is not float32, or the file cannot be written.
    """
    metadata = {_HEADER: to_json(header), _VERSION: str(version)}
    if card:
        metadata[_CARD] = card
    try:
        encoded = encode_tensors(tensors, metadata)
    except TensorsError as error:
        raise ModelError(f"cannot store this model: {error}", where=str(path)) from error
    try:
        _replace(Path(path), encoded)
    except OSError as error:
        raise ModelError(
            "cannot write the model file",
            received=error.strerror or str(error),
            where=str(path),
            hint="Choose a path in a folder that exists and can be written",
        ) from error


def check_description(header: dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Raise ModelError unless a model with this header could be read again."""
    try:
        read_description(from_json(to_json(header)))
    except (TypeError, ValueError) as error:
        raise ModelError(
            "what a model tells of itself can be read again", received=str(error), where=str(path)
        ) from error


def read_model_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the description that `write_model` stored, without reading a tensor.

    Raises:
        ModelError: no such file, truncated, not a shoal model, or made by a newer version.
    """
    with _opened(path) as (_, index):
        return _header(index)


def read_model_tensors(
    path: str | os.PathLike[str], expected: Mapping[str, tuple[int, ...]]
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the tensors, after checking that they are exactly the expected ones.

    Args:
        path: the model file.
        expected: name → shape, as the network in the header asks for.

    Raises:
        ModelError: as `read_model_header`, or a tensor is missing, is not
            expected, or has another shape. Nothing was allocated then.
    """
    with _opened(path) as (file, index):
        _header(index)
        check_tensors(index.shapes, expected)
        return read_arrays(file, index)


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[BinaryIO, TensorIndex]]:
    where = str(path)
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if not size:
                raise ModelError("this file is empty", where=where, hint=_TAKEN)
            yield file, read_index(file, size)
    except FileNotFoundError as error:
        hint = near_file(Path(path)) or "Check the path"
        raise ModelError("no such model file", where=where, hint=hint) from error
    except IsADirectoryError as error:
        raise ModelError(
            "a model is one file", expected="a file", received="a folder", where=where
        ) from error
    except OSError as error:
        raise ModelError(
            "cannot read the model file", received=error.strerror or str(error), where=where
        ) from error
    except TensorsError as error:
        raise ModelError(
            f"not a readable model file: {error}",
            where=where,
            hint="Save the model again, or copy the file again if it came over a network",
        ) from error
    except ModelError as error:
        raise ModelError(
            error.rule,
            expected=error.expected,
            received=error.received,
            where=where,
            hint=error.hint,
        ) from error.__cause__


def _header(index: TensorIndex) -> dict[str, Any]:
    text, version = index.metadata.get(_HEADER), index.metadata.get(_VERSION, "")
    if text is None or not (version.isascii() and version.isdigit() and len(version) < 10):
        raise ModelError(
            "this safetensors file was not written by shoal",
            hint="Give a file that Model.save or `shoal search --out` wrote",
        )
    if int(version) > ENSEMBLE_VERSION:
        raise ModelError(
            "this model was made by a newer version of shoal",
            expected=f"format {ENSEMBLE_VERSION} or older",
            received=f"format {version}",
            hint="Upgrade shoal",
        )
    try:
        return read_description(from_json(text))
    except ValueError as error:
        received = str(error) if isinstance(error, SchemaError) else "no JSON"
        raise ModelError("the model's description is damaged", received=received) from error


def check_tensors(
    shapes: Mapping[str, tuple[int, ...]],
    expected: Mapping[str, tuple[int, ...]],
    where: str | None = None,
    error: type[ShoalError] = ModelError,
) -> None:
    """Raise unless a network's tensors are exactly the expected ones.

    Args:
        shapes: name → shape, as they are.
        expected: name → shape, as the network asks for.
        where: what to call the file.
        error: what is raised.
    """
    missing = sorted(set(expected) - set(shapes))
    extra = sorted(set(shapes) - set(expected))
    if missing or extra:
        problems = [f"missing: {_listed(missing)}"] * bool(missing)
        problems += [f"not expected: {_listed(extra)}"] * bool(extra)
        raise error(
            "the file's tensors must be those of its network",
            where=where,
            expected=f"{len(expected)} tensors",
            received=f"{len(shapes)} ({'; '.join(problems)})",
        )
    for name, shape in expected.items():
        if shapes[name] != tuple(shape):
            raise error(
                f"tensor {name!r} does not fit its network",
                where=where,
                expected=f"shape {tuple(shape)}",
                received=f"shape {shapes[name]}",
            )


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"{name!r:.60}" for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _replace(path: Path, content: bytes) -> None:
    """Write beside `path`, force it to the disk, then rename: a crash leaves old or new."""
    if path.is_dir():
        raise IsADirectoryError(0, "this is a folder")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system can open or sync a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
