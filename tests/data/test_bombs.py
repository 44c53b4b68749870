"""Files that ask for far more memory than they take, or whose headers are none."""

import gzip
import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from shoal.data import load
from shoal.data.io.idx import read_idx
from shoal.data.io.npz import load_npz
from shoal.errors import DataError


def npy(header, data=b""):
    text = header.encode("latin1")
    text += b" " * (-(10 + len(text) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def whole(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def refused_with_little(call, match):
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=match):
            call()
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


def test_an_npz_that_unpacks_to_far_more_is_refused_before_it_does(monkeypatch, tmp_path):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, x=np.zeros((40_000, 1000), np.uint8), y=np.arange(40_000) % 2)
    monkeypatch.setenv("SHOAL_MAX_GB", "0.03")
    refused_with_little(lambda: load(path), r"must fit into the memory.*SHOAL_MAX_GB=1")
    monkeypatch.setenv("SHOAL_MAX_GB", "1")
    assert len(load(path)) == 40_000


def test_arrays_that_are_within_the_limit_only_one_by_one_are_refused(monkeypatch, tmp_path):
    path = tmp_path / "two.npz"
    np.savez_compressed(path, x=np.zeros((2000, 1000), np.uint8), y=np.zeros((250_000,)))
    monkeypatch.setenv("SHOAL_MAX_GB", "0.003")
    refused_with_little(lambda: load(path), "all arrays of the file must fit")


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_an_idx_that_unpacks_to_far_more_is_refused_before_it_does(monkeypatch, tmp_path, ending):
    content = bytes((0, 0, 8, 3)) + struct.pack(">3I", 40_000, 40, 25) + bytes(40_000_000)
    path = tmp_path / f"train-images-idx3-ubyte{ending}"
    path.write_bytes(gzip.compress(content) if ending else content)
    monkeypatch.setenv("SHOAL_MAX_GB", "0.03")
    refused_with_little(
        lambda: read_idx(path), r"an array of shape \(40000, 40, 25\) must fit into the memory"
    )


HEADERS = {
    "no end": "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2",
    "a call": "{'descr': '<f8', 'fortran_order': False, 'shape': open('x')}",
    "a deep one": "(" * 4000,
    "an odd string": "{'descr': '\\N', 'fortran_order': False, 'shape': (3,)}",
    "an indent": "  {'descr'",
    "negative": "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}",
    "truth values": "{'descr': '<f8', 'fortran_order': False, 'shape': (True, 2)}",
    "huge": "{'descr': '<f8', 'fortran_order': False, 'shape': (1" + "0" * 4000 + ",)}",
    "many": "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 99999999, 99999999)}",
    "no type": "{'descr': 'x9', 'fortran_order': False, 'shape': (3,)}",
    "a list": "['descr']",
    "nothing": "",
}


@pytest.mark.parametrize("header", HEADERS)
def test_headers_that_are_none(tmp_path, header):
    path = zipped(
        tmp_path / "a.npz", {"x": npy(HEADERS[header], bytes(48)), "y": whole(np.ones(3))}
    )
    with pytest.raises(DataError, match=r"a\.npz"):
        load_npz(path, need_target=True)


def test_packing_whose_size_cannot_be_foreseen_is_refused(tmp_path):
    path = zipped(tmp_path / "a.npz", {"x": whole(np.zeros((9, 2)))}, zipfile.ZIP_LZMA)
    with pytest.raises(DataError, match="deflated or as they are; received compression method 14"):
        load_npz(path, need_target=False)


def test_texts_that_are_no_unicode_are_refused(tmp_path):
    codes = np.array([[97, 98], [0x110000, 0]] * 5, "<u4").view("<U2").reshape(-1)
    path = zipped(tmp_path / "a.npz", {"x": whole(np.ones((10, 2))), "y": whole(codes)})
    with pytest.raises(DataError, match="texts in an npz file are Unicode"):
        load_npz(path, need_target=True)
