"""Named float32 arrays as safetensors bytes, read without trusting a single one of them.

The format: eight bytes with the length of the header, the header (JSON: name →
dtype, shape, place), then the arrays back to back. Everything the header
declares is checked against the number of bytes that are really there before
any array is allocated.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from safetensors.numpy import save

from shoal.store.json_text import check_sound

MAX_HEADER_BYTES = 8 * 2**20
"""Longest header that is written or read; Python objects cost many times their JSON text."""

_MAX_DIMENSIONS = 16
_LENGTH_BYTES = 8
_ITEM_BYTES = 4


class TensorsError(ValueError):
    """Bytes that are not what a file of float32 arrays must be; says which rule they break."""


@dataclass(frozen=True)
class TensorIndex:
    """What the header says, checked.

    Attributes:
        metadata: the free text entries.
        shapes: name → shape, in the order of the data.
        start: byte at which the arrays begin.
    """

    metadata: dict[str, str]
    shapes: dict[str, tuple[int, ...]]
    start: int


def encode_tensors(
    tensors: Mapping[str, np.ndarray[Any, Any]], metadata: dict[str, str] | None = None
) -> bytes:
    """Return the safetensors bytes of `tensors`.

    Raises:
        TensorsError: an array is not float32, or the header would be too long to be read.
    """
    arrays = {}
    for name, tensor in tensors.items():
        array = np.asarray(tensor, order="C")
        if array.dtype != np.float32:
            raise TensorsError(f"tensor {name!r} must be float32, not {array.dtype}")
        arrays[name] = array
    encoded: bytes = save(arrays, metadata)
    if int.from_bytes(encoded[:_LENGTH_BYTES], "little") > MAX_HEADER_BYTES:
        raise TensorsError(f"the header must not be longer than {MAX_HEADER_BYTES} bytes")
    return encoded


_STUDY_BYTES = b"SQLite f"
"""What a study's file begins with."""


def read_index(file: BinaryIO, size: int) -> TensorIndex:
    """Read and check the header of a file of `size` bytes, leaving `file` at the first array.

    Raises:
        TensorsError: truncated, or not safetensors, or not float32.
    """
    if size < _LENGTH_BYTES:
        raise TensorsError(f"it is cut off: {size} bytes are too few even for a header")
    first = file.read(_LENGTH_BYTES)
    if first == _STUDY_BYTES:
        raise TensorsError("it is a study: shoal.Study.open reads it, and its model() is a model")
    length = int.from_bytes(first, "little")
    if length > MAX_HEADER_BYTES:
        raise TensorsError(
            "it is no .safetensors file, or a damaged one: its first bytes announce a header of "
            f"{length} bytes"
        )
    if length > size - _LENGTH_BYTES:
        raise TensorsError(f"it is cut off: a header of {length} bytes in a file of {size}")
    header = _parse(file.read(length))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise TensorsError("its metadata is not text by name")
    start = _LENGTH_BYTES + length
    return TensorIndex(metadata, _shapes(header, size - start), start)


def read_arrays(file: BinaryIO, index: TensorIndex) -> dict[str, np.ndarray[Any, Any]]:
    """Read all arrays that a checked index names.

    Raises:
        TensorsError: the file ended while it was read.
    """
    file.seek(index.start)
    arrays = {}
    for name, shape in index.shapes.items():
        array = np.empty(shape, np.dtype("<f4"))
        if array.size and file.readinto(array.reshape(-1).view(np.uint8)) != array.nbytes:  # type: ignore[attr-defined]  # typeshed: BinaryIO lacks readinto
            raise TensorsError(f"it is cut off inside tensor {name!r}")
        arrays[name] = array.astype(np.float32, copy=False)
    return arrays


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique)
        if b"\\ud" in raw or b"\\uD" in raw:
            check_sound(header)
    except (ValueError, RecursionError) as error:
        raise TensorsError("its header is not JSON") from error
    if not isinstance(header, dict):
        raise TensorsError("its header is not a JSON object")
    return header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name appears twice")
    return result


def _shapes(header: dict[str, Any], available: int) -> dict[str, tuple[int, ...]]:
    """Check that the arrays fill the data exactly: no gap, no overlap, nothing beyond the end."""
    places = sorted(
        ((*_place(name, entry), name) for name, entry in header.items()),
        key=lambda place: place[:2],
    )
    shapes = {}
    position = 0
    for start, end, name in places:
        if end > available:
            raise TensorsError(
                f"it is cut off: tensor {name!r} ends at byte {end} of {available} bytes of data"
            )
        shape = _shape(name, header[name])
        if start != position or end - start != _ITEM_BYTES * math.prod(shape):
            raise TensorsError(f"tensor {name!r} does not lie where its shape {shape} says")
        shapes[name] = shape
        position = end
    if position != available:
        raise TensorsError(f"{available - position} bytes of data belong to no tensor")
    return shapes


def _place(name: str, entry: Any) -> tuple[int, int]:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise TensorsError(f"tensor {name!r} is not described by dtype, shape and data_offsets")
    if entry["dtype"] != "F32":
        raise TensorsError(f"tensor {name!r} must be float32 (F32), not {entry['dtype']!r:.40}")
    offsets = _counts(entry["data_offsets"])
    if offsets is None or len(offsets) != 2:
        raise TensorsError(f"tensor {name!r} has no valid data_offsets")
    return offsets[0], offsets[1]


def _shape(name: str, entry: dict[str, Any]) -> tuple[int, ...]:
    shape = _counts(entry["shape"])
    if shape is None or len(shape) > _MAX_DIMENSIONS or any(size >= 2**40 for size in shape):
        raise TensorsError(f"tensor {name!r} has no valid shape")
    return shape


def _counts(value: Any) -> tuple[int, ...] | None:
    if not isinstance(value, list) or not all(type(item) is int and item >= 0 for item in value):
        return None
    return tuple(value)
