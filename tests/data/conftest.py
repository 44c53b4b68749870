"""Files to read, written with nothing but the standard library."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

IDX_CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
STRUCT_CODES = {"u1": "B", "i1": "b", "i2": "h", "i4": "i", "f4": "f", "f8": "d"}


def _idx_bytes(array: np.ndarray) -> bytes:
    code = array.dtype.str[1:]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, IDX_CODES[code], array.ndim, *array.shape)
    return header + struct.pack(f">{array.size}{STRUCT_CODES[code]}", *array.ravel().tolist())


@pytest.fixture(scope="session")
def idx_bytes():
    """Writes an array in IDX, number by number."""
    return _idx_bytes


@pytest.fixture
def idx_folder(tmp_path):
    """Makes a folder in MNIST's naming: 40 training and 10 test images of 3×4."""

    def make(packed=True, train=40, test=10) -> Path:
        folder = tmp_path / "digits-idx"
        folder.mkdir()
        rng = np.random.default_rng(0)
        for part, count in (("train", train), ("t10k", test)):
            images = rng.integers(0, 256, (count, 3, 4)).astype(np.uint8)
            labels = (np.arange(count) % 2).astype(np.uint8)
            for name, array in (("images-idx3", images), ("labels-idx1", labels)):
                data = _idx_bytes(array)
                suffix = ".gz" if packed else ""
                path = folder / f"{part}-{name}-ubyte{suffix}"
                path.write_bytes(gzip.compress(data) if packed else data)
        return folder

    return make


@pytest.fixture
def csv_file(tmp_path):
    """Writes a table's text to a file and gives its path."""

    def write(text: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write
