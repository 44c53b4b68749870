import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.data import load
from shoal.data.io.npz import read_npz
from shoal.errors import DataError


def test_arrays_x_and_y(tmp_path):
    path = tmp_path / "a.npz"
    x, y = np.arange(12.0).reshape(6, 2), np.array(["u", "v"] * 3)
    np.savez_compressed(path, x=x, y=y, other=np.zeros(3))
    dataset = load(path)
    np.testing.assert_array_equal(dataset.x, x)
    assert dataset.classes == ("u", "v")
    assert dataset.name == str(path)


def test_to_predict_x_is_enough(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros((3, 4, 4), np.uint8))
    dataset = load(path, need_target=False)
    assert (dataset.kind, dataset.y) == ("image", None)
    with pytest.raises(DataError, match=r"expected an array named 'y'; received arrays named 'x'"):
        load(path)


def test_the_arrays_there_are_listed(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, shots=np.zeros(3), label=np.zeros(3))
    with pytest.raises(
        DataError, match=r"named 'x'; received arrays named 'shots', 'label'.*savez"
    ):
        load(path)


def test_objects_are_never_unpickled(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.array([{"a": 1}, None], object), y=np.zeros(2))
    with pytest.raises(DataError, match=r"array 'x': .* received Python objects"):
        load(path)


def test_a_header_that_claims_more_than_is_there(tmp_path):
    path = tmp_path / "a.npz"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 1000), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header + bytes(64)
        )
    tracemalloc.start()
    with pytest.raises(DataError, match=r"array 'x': .* expected 32000000000000 bytes"):
        load(path)
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b[:-30],
        lambda b: b"",
        lambda b: b[:100] + bytes(60) + b[160:],
    ],
)
def test_a_damaged_file(tmp_path, damage):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(100.0).reshape(50, 2), y=np.zeros(50))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"a\.npz"):
        load(path)


def test_a_newer_array_format_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x07\x00" + bytes(100))
    with pytest.raises(DataError, match=r"NumPy format version \(7, 0\)"):
        load(path)


@settings(deadline=None, max_examples=150)
@given(place=st.integers(0, 400), byte=st.integers(0, 255))
def test_a_flipped_byte_gives_arrays_or_a_data_error(place, byte):
    buffer = io.BytesIO()
    np.savez(buffer, x=np.arange(6))
    data = bytearray(buffer.getvalue())
    data[place % len(data)] = byte
    try:
        arrays = read_npz(io.BytesIO(bytes(data)), len(data), where="a.npz")
    except DataError:
        return
    assert all(isinstance(array, np.ndarray) for array in arrays.values())
