import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shoal.data import load
from shoal.data.io.idx import read_idx
from shoal.data.preprocessing import Preprocessing
from shoal.errors import DataError

arrays = st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]).flatmap(
    lambda code: hnp.arrays(np.dtype(code), hnp.array_shapes(min_dims=1, max_dims=4, max_side=4))
)


@settings(deadline=None, max_examples=60)
@given(array=arrays, packed=st.booleans())
def test_every_element_type_and_shape_comes_back(tmp_path_factory, array, packed, idx_bytes):
    path = tmp_path_factory.mktemp("idx") / ("a.gz" if packed else "a")
    path.write_bytes(gzip.compress(idx_bytes(array)) if packed else idx_bytes(array))
    read = read_idx(path)
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


@settings(deadline=None, max_examples=150)
@given(damaged=st.binary(max_size=40) | st.binary(max_size=12).map(lambda b: b"\0\0\x08\x02" + b))
def test_any_bytes_give_an_array_or_a_data_error(tmp_path_factory, damaged):
    path = tmp_path_factory.mktemp("idx") / "a"
    path.write_bytes(damaged)
    try:
        array = read_idx(path)
    except DataError:
        return
    assert array.nbytes < len(damaged)


def test_a_file_cut_short_says_what_is_missing(tmp_path, idx_bytes):
    path = tmp_path / "cut"
    path.write_bytes(idx_bytes(np.zeros((2, 3), np.uint8))[:-1])
    with pytest.raises(DataError, match=r"cut: .* expected 18 bytes for shape \(2, 3\).*truncated"):
        read_idx(path)


def test_a_packed_file_cut_short_inside_says_what_is_missing(tmp_path, idx_bytes):
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.zeros((2, 3), np.uint8))[:-1]))
    with pytest.raises(DataError, match=r"expected 18 bytes .* received 17 bytes"):
        read_idx(path)


@pytest.mark.parametrize("name", ["huge", "huge.gz"])
def test_a_header_that_claims_terabytes_is_refused_before_anything_is_allocated(tmp_path, name):
    path = tmp_path / name
    data = struct.pack(">BBBB3I", 0, 0, 8, 3, 2**31, 2**10, 2**10) + bytes(100)
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    tracemalloc.start()
    with pytest.raises(DataError, match=r"2251799813685264 bytes .* received at most"):
        read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", "an empty file"),
        (b"\x89PNG....", "89 50 4e 47"),
        (b"\0\0\x07\x01\0\0\0\0", "00 00 07 01"),
        (b"\0\0\x08\x00", "00 00 08 00"),
        (b"\0\0\x08\xff", "00 00 08 ff"),
    ],
)
def test_a_wrong_magic_number_is_shown(tmp_path, data, shown):
    path = tmp_path / "odd"
    path.write_bytes(data)
    with pytest.raises(DataError, match=f"begins with 00 00, .* received {shown}"):
        read_idx(path)


def test_half_a_header(tmp_path):
    path = tmp_path / "half"
    path.write_bytes(b"\0\0\x08\x03\0\0\0\x01")
    with pytest.raises(DataError, match=r"half a header"):
        read_idx(path)


def test_bytes_after_the_end(tmp_path, idx_bytes):
    path = tmp_path / "long"
    path.write_bytes(idx_bytes(np.zeros(3, np.uint8)) + b"x")
    with pytest.raises(DataError, match=r"ends where its header says; expected 11 bytes.*more"):
        read_idx(path)


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[:-9], lambda b: b[:30] + b"\xff\xff" + b[32:], lambda b: b"not gzip at all"],
)
def test_a_damaged_gzip(tmp_path, damage, idx_bytes):
    path = tmp_path / "bad.gz"
    packed = gzip.compress(idx_bytes(np.arange(400, dtype=np.int32)))
    path.write_bytes(damage(packed))
    with pytest.raises(DataError, match=r"bad\.gz"):
        read_idx(path)


@pytest.mark.parametrize("packed", [True, False])
def test_a_folder_gives_images_with_its_canonical_test_rows_last(idx_folder, packed):
    folder = idx_folder(packed)
    dataset = load(folder)
    assert dataset.x.shape == (50, 3, 4, 1)
    assert dataset.classes == ("0", "1")
    assert dataset.fixed_test.tolist() == list(range(40, 50))
    assert dataset.y.tolist() == [0, 1] * 25


def test_a_folder_with_one_pair_has_no_canonical_test_rows(idx_folder):
    folder = idx_folder()
    for path in folder.glob("t10k-*"):
        path.unlink()
    assert load(folder).fixed_test is None
    assert len(load(folder)) == 40


def test_a_folder_without_labels_is_enough_to_predict(idx_folder):
    folder = idx_folder()
    for path in folder.glob("*labels*"):
        path.unlink()
    assert load(folder, need_target=False).y is None
    with pytest.raises(DataError, match=r"comes with its labels; expected train-labels-idx1-ubyte"):
        load(folder)


def test_counts_of_images_and_labels_must_agree(idx_folder, idx_bytes):
    folder = idx_folder(packed=False)
    (folder / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(39, np.uint8)))
    with pytest.raises(DataError, match=r"expected 40 labels for train-images.*\(39,\)"):
        load(folder)


def test_training_and_test_images_must_have_one_shape(idx_folder, idx_bytes):
    folder = idx_folder(packed=False)
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((10, 3, 5), np.uint8)))
    with pytest.raises(DataError, match=r"have one shape; received \(3, 4\) and \(3, 5\)"):
        load(folder)


def test_a_file_of_images_must_hold_images(idx_folder, idx_bytes):
    folder = idx_folder(packed=False)
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros(40, np.uint8)))
    with pytest.raises(DataError, match=r"three dimensions.*received shape \(40,\)"):
        load(folder)


def test_two_data_sets_in_one_folder(idx_folder):
    folder = idx_folder(packed=False)
    (folder / "other-train-images-idx3-ubyte").write_bytes(b"")
    with pytest.raises(DataError, match=r"holds one data set; received other-train-images"):
        load(folder)


def test_a_folder_without_idx_files_says_what_it_looked_for(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match=r"expected train-images-idx3-ubyte .* received notes\.txt"):
        load(tmp_path)


@pytest.mark.parametrize("code", ["i1", "i2", "i4", "f4", "f8"])
def test_images_of_every_element_type_are_read_as_they_are(idx_folder, idx_bytes, code):
    folder = idx_folder(packed=False)
    rng = np.random.default_rng(0)
    parts = [rng.integers(-100, 100, (count, 3, 4)).astype(code) for count in (40, 10)]
    for name, images in zip(("train", "t10k"), parts, strict=True):
        (folder / f"{name}-images-idx3-ubyte").write_bytes(idx_bytes(images))
    data = load(folder)
    np.testing.assert_array_equal(data.x[..., 0], np.concatenate(parts))
    fitted = Preprocessing.fit(data, np.arange(40))
    expected = (parts[1] - parts[0].astype(float).mean()) / parts[0].astype(float).std()
    np.testing.assert_allclose(fitted.transform(data)[40:, ..., 0], expected, atol=1e-5)


def test_training_and_test_images_must_count_alike(idx_folder, idx_bytes):
    folder = idx_folder(packed=False)
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((10, 3, 4), np.float32)))
    with pytest.raises(DataError, match="images count alike; received float32 and uint8"):
        load(folder)


def test_channels_of_idx_images_may_come_first(idx_folder, idx_bytes):
    folder = idx_folder(packed=False)
    for path in folder.glob("t10k-*"):
        path.unlink()
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 8, 9)).astype(np.uint8)
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(images))
    data = load(folder)
    np.testing.assert_array_equal(data.x, images.transpose(0, 2, 3, 1))
    assert data.notes[0].startswith("the channels come first")
    assert load(folder, channels="last").x.shape == (40, 3, 8, 9)
