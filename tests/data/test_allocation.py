"""Memory for inputs: aligned, and a mapped file where it is much."""

from __future__ import annotations

import numpy as np
import pytest

from shoal.data.encode import pixels
from shoal.data.encode.pixels import ALIGNED, allocated, concatenated, taken

PARTS = [np.arange(12, dtype=np.uint8).reshape(2, 3, 2), np.full((3, 3, 2), 7, np.uint8)]


@pytest.mark.parametrize("share", [1.0, 0.0], ids=["memory", "file"])
def test_rows_are_copied_into_memory_or_a_file(
    monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(pixels, "SHARE", share)
    monkeypatch.setattr(pixels, "LARGE", 8)
    empty = allocated((2, 3), np.uint16)
    assert (empty.shape, empty.dtype, empty.ctypes.data % ALIGNED) == ((2, 3), np.uint16, 0)
    whole = concatenated(PARTS)
    rows = np.array([4, 0, 0, 3])
    some = taken(whole, rows)
    for found, wanted in ((whole, np.concatenate(PARTS)), (some, np.concatenate(PARTS)[rows])):
        assert np.array_equal(found, wanted)
        assert found.dtype == np.uint8
        assert found.ctypes.data % ALIGNED == 0


def test_unlike_types_and_objects_are_joined_as_numpy_joins_them() -> None:
    assert concatenated([PARTS[0], PARTS[1].astype(np.uint16)]).dtype == np.uint16
    texts = [np.array(["a", None], object), np.array(["b"], object)]
    assert concatenated(texts).tolist() == ["a", None, "b"]
    assert taken(texts[0], np.array([1])).tolist() == [None]
    assert taken(PARTS[0], np.array([True, False])).tolist() == PARTS[0][:1].tolist()
