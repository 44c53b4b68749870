"""Channels that come first are told by the shape, or by the masks."""

import numpy as np
import pytest

from shoal.data import Dataset, load
from shoal.data.preprocessing import Preprocessing
from shoal.errors import DataError

RNG = np.random.default_rng(0)
NAMES = list("abcde")


def images(*shape):
    return RNG.integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("shape", [(5, 3, 24, 24), (5, 1, 8, 8), (5, 4, 6, 9), (5, 3, 8, 5)])
def test_channels_that_plainly_come_first_are_turned_and_told(tmp_path, shape):
    x = images(*shape)
    data = Dataset.from_arrays(x, NAMES)
    np.testing.assert_array_equal(data.x, x.transpose(0, 2, 3, 1))
    assert len(data.notes) == 1
    assert data.notes[0].startswith(f"the channels come first in shape {shape}: read as pictures")
    assert data.notes[0].endswith("If they come last, give channels='last' (--channels last).")
    np.savez(tmp_path / "a.npz", x=x, y=NAMES)
    np.testing.assert_array_equal(load(tmp_path / "a.npz").x, data.x)
    as_it_is = load(tmp_path / "a.npz", channels="last")
    assert as_it_is.x.shape == shape
    assert as_it_is.notes == ()


@pytest.mark.parametrize(
    "shape",
    [(5, 24, 24, 3), (5, 8, 8, 1), (5, 3, 4, 2), (5, 3, 24, 3), (5, 4, 4, 16), (5, 1, 1, 9),
     (5, 28, 28, 2)],
)  # fmt: skip
def test_channels_that_may_come_last_are_left(shape):
    data = Dataset.from_arrays(images(*shape), NAMES)
    assert (data.x.shape, data.notes) == (shape, ())


def test_what_might_be_otherwise_is_told():
    data = Dataset.from_arrays(images(5, 2, 16, 16), NAMES)
    assert data.x.shape == (5, 2, 16, 16)
    assert data.notes == (
        "read as pictures 2 high and 16 wide with 16 channels. "
        "If the channels come first, give channels='first' (--channels first).",
    )


def test_which_axis_can_be_said():
    x = images(5, 2, 16, 16)
    turned = Dataset.from_arrays(x, NAMES, channels="first")
    np.testing.assert_array_equal(turned.x, x.transpose(0, 2, 3, 1))
    assert turned.notes == ()
    with pytest.raises(DataError, match=r"channels come first or last; .* received 'middle'"):
        Dataset.from_arrays(x, channels="middle")


@pytest.mark.parametrize("channels", [1, 2, 3, 7])
def test_masks_tell_where_the_channels_are(channels):
    first, masks = images(6, channels, 9, 12), RNG.integers(0, 2, (6, 9, 12))
    for x, y in ((first, masks), (first, masks[:, None]), (first, masks[..., None])):
        data = Dataset.from_arrays(x, y)
        np.testing.assert_array_equal(data.x, first.transpose(0, 2, 3, 1))
        np.testing.assert_array_equal(data.y, masks)
        assert len(data.notes) == 1
    last = Dataset.from_arrays(first.transpose(0, 2, 3, 1), masks)
    np.testing.assert_array_equal(last.x, data.x)
    assert last.notes == ()


def test_one_hot_masks_are_refused_with_the_way_out():
    one_hot = np.eye(3)[RNG.integers(0, 3, (6, 9, 12))]
    with pytest.raises(DataError, match=r"received masks of .* 12, 3\).*argmax\(axis=-1\)"):
        Dataset.from_arrays(images(6, 9, 12), one_hot, task="segmentation")
    with pytest.raises(DataError, match=r"received masks of .*argmax\(axis=1\)"):
        Dataset.from_arrays(images(6, 9, 12), one_hot.transpose(0, 3, 1, 2))


def fitted(x, **options):
    return Preprocessing.fit(Dataset.from_arrays(x, np.arange(len(x)), **options), np.arange(4))


def test_a_model_reads_pictures_either_way():
    x = images(5, 24, 20, 3)
    model = fitted(x)
    expected = model.transform(x)
    np.testing.assert_array_equal(model.transform(x.transpose(0, 3, 1, 2)), expected)
    first = fitted(images(5, 2, 16, 12), channels="last")  # trained as pictures 2 high
    y = images(3, 2, 16, 12)
    np.testing.assert_array_equal(
        first.transform(y), first.transform(Dataset.from_arrays(y, channels="first"))
    )


def test_gray_fills_the_channels_of_a_model_of_color_and_color_that_is_gray_is_gray():
    color, gray = fitted(images(5, 8, 8, 3)), fitted(images(5, 8, 8, 1))
    x = images(4, 8, 8, 1)
    three = np.repeat(x, 3, axis=-1)
    for some in (x, x[..., 0], x.transpose(0, 3, 1, 2), three):
        np.testing.assert_array_equal(color.transform(some), color.transform(three))
        np.testing.assert_array_equal(gray.transform(some), gray.transform(x))
    three[2, 5, 5, 1] ^= 1
    with pytest.raises(DataError, match="expected gray; received color in picture 2"):
        gray.transform(three)


def test_a_single_picture_is_told_how_it_is_given():
    for shape in ((8, 8, 3), (8, 9, 1)):
        model = fitted(images(5, *shape))
        with pytest.raises(DataError, match=r"A single picture is x\[np\.newaxis\]"):
            model.transform(images(*shape))


def test_pictures_of_unlike_sizes_in_memory_are_told_with_their_sizes():
    ragged = [images(4, 5, 3), images(4, 5, 3), images(6, 5, 3)]
    objects = np.empty(3, object)
    objects[:] = ragged
    for x in (ragged, objects):
        wanted = r"expected shape \(4, 5, 3\), .* received shape \(6, 5, 3\) at index 2\. Cut or"
        with pytest.raises(DataError, match=wanted):
            Dataset.from_arrays(x, np.arange(3))
    objects[2] = ragged[1]
    np.testing.assert_array_equal(Dataset.from_arrays(objects).x[2], ragged[1])
