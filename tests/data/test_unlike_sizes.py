"""Pictures of unlike sizes in one array."""

import numpy as np
import pytest

from shoal.data import Dataset
from shoal.data.encode.unlike_sizes import by_size, one_size_at_a_time
from shoal.data.splitting.unseen_rows import digest_of
from shoal.errors import DataError


def unlike(channels=()):
    rng = np.random.default_rng(0)
    sizes = [(3, 5), (4, 2), (3, 5)]
    pictures = [rng.integers(1, 255, (*size, *channels)).astype(np.uint8) for size in sizes]
    return pictures, [picture.reshape(*size, -1)[..., 0] % 2 for picture, size
                      in zip(pictures, sizes, strict=True)]  # fmt: skip


@pytest.mark.parametrize("channels", [(), (3,)])
def test_pictures_are_filled_up_and_masks_say_nothing_there(channels):
    pictures, masks = unlike(channels)
    data = Dataset.from_arrays(pictures, masks)
    assert (data.task, data.classes) == ("segmentation", ("0", "1"))
    assert data.x.shape == (3, 4, 5, *(channels or (1,)))
    np.testing.assert_array_equal(data.sizes, [(3, 5), (4, 2), (3, 5)])
    np.testing.assert_array_equal(data.y[1, :, :2], masks[1])
    assert (data.y[1, :, 2:] == -1).all()
    assert (data.y[0, 3] == -1).all()
    np.testing.assert_array_equal(data.x[0, :3, :, 0], pictures[0].reshape(3, 5, -1)[..., 0])
    np.testing.assert_array_equal(data.x[0, 3], data.x[0, 2])  # its mirror image
    np.testing.assert_array_equal(data.x[1, :, 2:4], data.x[1, :, 1::-1])
    assert "up to 4×5" in data.describe()


def test_each_picture_alone_is_what_it_was():
    pictures, masks = unlike()
    data = Dataset.from_arrays(pictures, masks).rows(np.array([2, 1]))
    found = {int(row): (part, place) for rows, part in by_size(data)
             for place, row in enumerate(rows)}  # fmt: skip
    np.testing.assert_array_equal(found[0][0].x[found[0][1], ..., 0], pictures[2])
    np.testing.assert_array_equal(found[1][0].y[found[1][1]], masks[1])
    whole = one_size_at_a_time(data, lambda part: part.x[..., 0].astype(int), -1)
    np.testing.assert_array_equal(whole[0, :3], pictures[2])
    assert (whole[0, 3] == -1).all()


def test_sizes_count_in_the_digest_only_where_there_are_some():
    pictures, masks = unlike()
    data = Dataset.from_arrays(pictures, masks)
    alike = Dataset.from_arrays(data.x, data.y, task="segmentation")
    assert digest_of(data) != digest_of(alike)


def test_what_does_not_go_together_is_refused():
    pictures, masks = unlike()
    with pytest.raises(DataError, match="as large as its picture"):
        Dataset.from_arrays(pictures, [masks[1], masks[0], masks[2]])
    with pytest.raises(DataError, match="a mask for each picture"):
        Dataset.from_arrays(pictures, masks[:2])
    with pytest.raises(DataError, match="alike in channels and in type"):
        Dataset.from_arrays([pictures[0].astype(float), *pictures[1:]], masks)
    with pytest.raises(DataError, match="whole numbers"):
        Dataset.from_arrays(pictures, [mask + 0.5 for mask in masks])
