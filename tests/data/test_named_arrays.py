"""Files of arrays whose names tell inputs, targets and parts, in npz and in HDF5."""

import numpy as np
import pytest

from shoal.data import load
from shoal.data.io.named_arrays import array_names
from shoal.data.splitting.parts import TEST, TRAIN, VALIDATION
from shoal.errors import DataError

X = np.arange(6 * 5 * 4 * 3, dtype=np.uint8).reshape(6, 5, 4, 3)
Y = np.array([0, 1, 1, 0, 1, 0])


def write(folder, end, arrays):
    path = folder / f"a.{end}"
    if end == "npz":
        np.savez(path, **{name.replace("/", "_"): array for name, array in arrays.items()})
        return path
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


@pytest.mark.parametrize("end", ["npz", "h5"])
@pytest.mark.parametrize(
    ("inputs", "targets"),
    [("images", "labels"), ("X", "Y"), ("image", "label"), ("data", "target"), ("arr_0", "arr_1")],
)
def test_arrays_are_known_by_usual_names(tmp_path, end, inputs, targets):
    data = load(write(tmp_path, end, {targets: Y, inputs: X, "ids": np.arange(6)}))
    np.testing.assert_array_equal(data.x, X)
    np.testing.assert_array_equal(data.y, Y)
    assert data.notes[0] == f"read as inputs: {inputs!r}; as targets: {targets!r}"
    assert data.notes[1].startswith("arrays that are not read: 'ids'; target= (--target)")


@pytest.mark.parametrize("end", ["npz", "h5"])
def test_channels_that_come_first(tmp_path, end):
    large = np.repeat(np.repeat(X, 3, axis=1), 4, axis=2)
    data = load(write(tmp_path, end, {"images": large.transpose(0, 3, 1, 2), "labels": Y}))
    np.testing.assert_array_equal(data.x, large)


@pytest.mark.parametrize("end", ["npz", "h5"])
@pytest.mark.parametrize("form", ["{what}_{part}", "{part}_{what}", "{part}/{what}"])
def test_names_tell_parts(tmp_path, end, form):
    arrays = {}
    for part, rows in (("test", slice(4, 6)), ("train", slice(0, 3)), ("val", slice(3, 4))):
        arrays[form.format(what="images", part=part)] = X[rows]
        arrays[form.format(what="labels", part=part)] = Y[rows, None]
    data = load(write(tmp_path, end, arrays))
    np.testing.assert_array_equal(data.x, X)
    np.testing.assert_array_equal(data.y, Y)
    assert data.parts.tolist() == [TRAIN] * 3 + [VALIDATION] + [TEST] * 2


def test_a_part_without_targets_is_left_out_and_told(tmp_path):
    data = load(write(tmp_path, "npz", {"x_train": X[:4], "y_train": Y[:4], "x_test": X[4:]}))
    assert (len(data), data.parts.tolist()) == (4, [TRAIN] * 4)
    assert "left out, for they have no targets: 'x_test'" in data.notes


def test_parts_of_unlike_shapes_are_named(tmp_path):
    path = write(tmp_path, "npz", {"x_train": X, "y_train": Y, "x_test": X[:, 1:], "y_test": Y})
    with pytest.raises(DataError, match=r"inputs of all parts have one shape; received shapes"):
        load(path)


@pytest.mark.parametrize("end", ["npz", "h5"])
def test_the_target_may_be_named(tmp_path, end):
    path = write(tmp_path, end, {"images": X, "labels": Y, "nuclei": X[..., 0] > 100})
    assert load(path).task == "classification"
    masks = load(path, target="nuclei")
    assert masks.task == "segmentation"
    np.testing.assert_array_equal(masks.y, X[..., 0] > 100)
    with pytest.raises(DataError, match=r"expected an array named 'cells'; received arrays named"):
        load(path, target="cells")


def test_an_ignored_label_of_arrays(tmp_path):
    path = write(tmp_path, "npz", {"images": X, "masks": X[..., 0] % 3})
    data = load(path, ignore=1)
    assert data.classes == ("0", "2")
    expected = np.select([X[..., 0] % 3 == 0, X[..., 0] % 3 == 2], [0, 1], -1)
    np.testing.assert_array_equal(data.y, expected)


def test_the_whole_goes_before_its_parts():
    found = array_names(["x", "y", "x_test", "y_test", "weight"])
    assert (found.used, found.others) == (("x", "y", "weight"), ("x_test", "y_test"))
