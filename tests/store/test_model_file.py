"""A model file: the round trip, an outside reader, and files that lie."""

from __future__ import annotations

import json
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shoal.errors import ModelError
from shoal.store import model_file, read_model_header, read_model_tensors, write_model

TENSORS = {
    "dense.weight": np.arange(12, dtype=np.float32).reshape(3, 4),
    "dense.bias": np.array([0.5, -0.5, math.pi, 0], dtype=np.float32),
    "scale": np.float32(2).reshape(()),
    "empty": np.zeros((0, 3), np.float32),
}
SHAPES = {name: array.shape for name, array in TENSORS.items()}
HEADER = {
    "network": {"nodes": [1, 2]}, "recipe": {"name": "Übung"}, "preprocessing": {},
    "score": math.inf,
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    write_model(path, TENSORS, HEADER)
    return path


def forged(path: Path, entries: Any, data: bytes = b"", **metadata: str) -> Path:
    """Write a file with a header of one's own, as safetensors lays it out."""
    if isinstance(entries, dict):
        metadata = {"shoal": "{}", "shoal_version": "1", **metadata}
        entries = json.dumps({"__metadata__": metadata, **entries})
    raw = entries if isinstance(entries, bytes) else entries.encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + data)
    return path


def tensor(shape: Any, start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def test_what_is_written_is_read_back(path: Path) -> None:
    assert read_model_header(path) == {**HEADER, "score": "inf"}
    read = read_model_tensors(path, SHAPES)
    assert set(read) == set(TENSORS)
    for name, array in TENSORS.items():
        assert read[name].dtype == np.float32
        assert read[name].shape == array.shape
        np.testing.assert_array_equal(read[name], array)


def test_the_safetensors_library_reads_the_file(path: Path) -> None:
    with safetensors.safe_open(path, framework="numpy") as file:
        assert json.loads(file.metadata()["shoal"])["network"] == HEADER["network"]
        assert set(file.keys()) == set(TENSORS)
        for name, array in TENSORS.items():
            np.testing.assert_array_equal(file.get_tensor(name), array)


def test_arrays_that_are_not_contiguous_keep_their_order(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.float32).reshape(4, 6).T[::2]
    write_model(tmp_path / "m", {"a": array}, HEADER)
    np.testing.assert_array_equal(read_model_tensors(tmp_path / "m", {"a": (3, 4)})["a"], array)


def test_a_model_is_replaced_in_one_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = path.read_bytes()
    monkeypatch.setattr(model_file.os, "fsync", full_disk)
    with pytest.raises(ModelError, match="cannot write the model file; received No space left"):
        write_model(path, {}, {})
    assert path.read_bytes() == before
    monkeypatch.undo()
    write_model(path, {}, {**HEADER, "score": "new"})
    assert read_model_header(path)["score"] == "new"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_model_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No such file or directory. Choose a path in a folder"):
        write_model(tmp_path / "missing" / "m", {}, {})
    with pytest.raises(ModelError, match="cannot write the model file; received this is a folder"):
        write_model(tmp_path, {}, {})
    with pytest.raises(ModelError, match="tensor 'w' must be float32, not float64"):
        write_model(tmp_path / "m", {"w": np.ones(3)}, {})
    with pytest.raises(ModelError, match="the header must not be longer than"):
        write_model(tmp_path / "m", {}, {"text": "x" * 9_000_000})
    with pytest.raises(TypeError, match="object is not plain data"):
        write_model(tmp_path / "m", {}, {"thing": object()})
    assert list(tmp_path.iterdir()) == []


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no such model file. Check the path"):
        read_model_header(tmp_path / "missing")
    with pytest.raises(ModelError, match="a model is one file; expected a file; received a folder"):
        read_model_header(tmp_path)


def test_tensors_that_are_not_the_expected_ones(path: Path) -> None:
    renamed = {("other" if n == "scale" else n): s for n, s in SHAPES.items()}
    with pytest.raises(ModelError, match=r"received 4 \(missing: 'other'; not expected: 'scale'\)"):
        read_model_tensors(path, renamed)
    with pytest.raises(ModelError, match=r"expected 0 tensors.*'dense.bias', 'dense.weight'"):
        read_model_tensors(path, {})
    with pytest.raises(
        ModelError,
        match=r"model\.safetensors: tensor 'scale' does not fit.*\(1,\); received .*\(\)",
    ):
        read_model_tensors(path, {**SHAPES, "scale": (1,)})


@pytest.mark.parametrize(
    ("entries", "data", "message"),
    [
        ({"a": tensor([2], 0, 8)}, b"1234", "cut off: tensor 'a' ends at byte 8 of 4"),
        ({"a": tensor([2], 0, 4)}, b"1234", "'a' does not lie where its shape"),
        ({"a": tensor([2**40], 0, 4)}, b"1234", "'a' has no valid shape"),
        ({"a": tensor([2**30, 2**30, 2**30], 0, 4)}, b"1234", "'a' does not lie where"),
        ({"a": tensor([2**62, 4, 0], 0, 0)}, b"", "'a' has no valid shape"),
        ({"a": tensor([-1], 0, 4)}, b"1234", "'a' has no valid shape"),
        ({"a": tensor([1.0], 0, 4)}, b"1234", "'a' has no valid shape"),
        ({"a": tensor([True], 0, 4)}, b"1234", "'a' has no valid shape"),
        ({"a": tensor([1] * 99, 0, 4)}, b"1234", "'a' has no valid shape"),
        ({"a": tensor("1", 0, 4)}, b"1234", "'a' has no valid shape"),
        ({"a": tensor([1], -4, 0)}, b"1234", "'a' has no valid data_offsets"),
        ({"a": tensor([1], 4, 0)}, b"1234", "'a' does not lie where its shape"),
        ({"a": tensor([1], 0, 4), "b": tensor([1], 0, 4)}, b"1234", "'b' does not lie where"),
        ({"a": tensor([1], 4, 8)}, b"12345678", "'a' does not lie where its shape"),
        ({"a": tensor([1], 0, 4)}, b"12345678", "4 bytes of data belong to no tensor"),
        ({"a": tensor([1], 0, 8, "F64")}, b"12345678", r"must be float32 \(F32\), not 'F64'"),
        ({"a": tensor([1], 0, 4, ["F32"])}, b"1234", r"must be float32 \(F32\), not \['F32'\]"),
        ({"a": {"dtype": "F32"}}, b"", "'a' is not described by dtype, shape and data_offsets"),
        ({"a": 3}, b"", "'a' is not described by"),
        ({"a": {**tensor([1], 0, 4), "data_offsets": [0]}}, b"1234", "no valid data_offsets"),
        ("[]", b"", "its header is not a JSON object"),
        ("{", b"", "its header is not JSON"),
        (b"\xff\xfe", b"", "its header is not JSON"),
        ("[" * 100_000, b"", "its header is not JSON"),
        (f'{{"a": {"9" * 5000}}}', b"", "its header is not JSON"),
        ('{"a": 1, "a": 2}', b"", "its header is not JSON"),
        ('{"__metadata__": {"shoal": 3}}', b"", "its metadata is not text by name"),
        ('{"__metadata__": []}', b"", "its metadata is not text by name"),
        ("{}", b"", "this safetensors file was not written by shoal"),
        ('{"__metadata__": {"shoal": "{}"}}', b"", "was not written by shoal"),
        ('{"__metadata__": {"shoal": "{}", "shoal_version": "²"}}', b"", "not written by shoal"),
    ],
)
def test_headers_that_lie(tmp_path: Path, entries: Any, data: bytes, message: str) -> None:
    path = forged(tmp_path / "m", entries, data)
    with pytest.raises(ModelError, match=message):
        read_model_header(path)


def test_a_name_that_a_running_training_has_taken(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.touch()
    with pytest.raises(ModelError, match=r"this file is empty\. A training that runs has taken"):
        read_model_header(path)


@pytest.mark.parametrize("content", [b"1234567", (100).to_bytes(8, "little") + b"{}"])
def test_files_that_are_too_short(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="it is cut off"):
        read_model_header(path)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(b"PK\x03\x04" + b"some zip archive" * 10)
    with pytest.raises(ModelError, match=r"no .safetensors file.*announce a header of"):
        read_model_header(path)


def test_descriptions_that_lie(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with pytest.raises(ModelError, match=r"newer version of shoal.*received format 3. Upgrade"):
        read_model_tensors(forged(path, {}, shoal_version="3"), {})
    for text in ("{", "NaN", "[" * 100_000):
        with pytest.raises(ModelError, match="description is damaged; received no JSON"):
            read_model_header(forged(path, {}, shoal=text))
    with pytest.raises(ModelError, match="description is damaged; received it must be an object"):
        read_model_header(forged(path, {}, shoal="[]"))


def damaged(whole: bytes, cut: int, flips: list[tuple[int, int]]) -> bytes:
    content = bytearray(whole[: max(0, len(whole) - cut)])
    for place, bit in flips:
        if content:
            content[place % len(content)] ^= 1 << bit
    return bytes(content)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cut=st.sampled_from([0, 0, 0, 1, 4, 60, 300]) | st.integers(0, 900),
    flips=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 7)), max_size=4),
    front=st.integers(0, 200) | st.none(),
)
def test_damage_raises_model_errors_and_allocates_little(
    path: Path, cut: int, flips: list[tuple[int, int]], front: int | None
) -> None:
    write_model(path, TENSORS, HEADER)
    if front is not None:  # aim at the header
        flips = [(place % (front + 1), bit) for place, bit in flips]
    path.write_bytes(damaged(path.read_bytes(), cut, flips))
    tracemalloc.start()
    try:
        read_model_header(path)
        read = read_model_tensors(path, SHAPES)
        assert {name: array.shape for name, array in read.items()} == SHAPES
    except ModelError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 200_000  # the file is below 1 kB; the rest is the reader's own buffers


def test_half_of_a_surrogate_pair_is_no_text(tmp_path: Path) -> None:
    """A file could not be written again with it, nor a terminal print it."""
    path = tmp_path / "m"
    write_model(path, TENSORS, HEADER)
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"]["note"] = "\ud800"
    damaged = json.dumps(header).encode()
    path.write_bytes(len(damaged).to_bytes(8, "little") + damaged + content[8 + length :])
    with pytest.raises(ModelError, match="its header is not JSON"):
        read_model_header(path)
