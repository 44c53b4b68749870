"""Masks that JPEG or resizing has smeared are told from masks of many classes."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from shoal.data import Dataset
from shoal.errors import DataError

SMOOTH = [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS]


def objects(seed, labels, count=4, size=48):
    """Masks of disks and rectangles of these labels on a background of 0."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    masks = np.zeros((count, size, size), np.uint8)
    for mask in masks:
        for label in labels:
            y, x, r = *rng.uniform(0, size, 2), rng.uniform(4, 10)
            near = (rows - y) ** 2 + (columns - x) ** 2 < r**2
            square = (abs(rows - y) < r) & (abs(columns - x) < r / 2)
            mask[near if rng.random() < 0.5 else square] = label
    return masks


def classes_of(masks):
    return Dataset.from_arrays(np.zeros(masks.shape, np.uint8), masks).classes


def resized(masks, size, how):
    return np.stack([np.asarray(Image.fromarray(m).resize((size, size), how)) for m in masks])


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    labels=st.lists(st.integers(1, 250), min_size=1, max_size=12, unique=True),
    size=st.integers(20, 120),
)
def test_masks_of_objects_are_read_and_so_they_are_resized_with_nearest_neighbor(
    seed, labels, size
):
    masks = objects(seed, labels)
    assert set(classes_of(masks)) == {str(label) for label in np.unique(masks)}
    classes_of(resized(masks, size, Image.Resampling.NEAREST))


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    labels=st.sampled_from([(255,), (128, 255), (60, 120, 180, 240)]),
    size=st.integers(20, 200).filter(lambda size: size != 48),
    how=st.sampled_from(SMOOTH),
)
def test_masks_that_were_resized_smoothly_are_refused(seed, labels, size, how):
    smeared = resized(objects(seed, labels), size, how)
    if len(np.unique(smeared)) <= 5:  # nothing but background
        return
    with pytest.raises(DataError, match=r"but lines between others\. .* save masks as PNG"):
        classes_of(smeared)


@pytest.mark.parametrize("quality", [60, 85, 95])
def test_masks_that_were_once_jpeg_are_refused(quality):
    masks = []
    for mask in objects(0, (255,)):
        file = io.BytesIO()
        Image.fromarray(mask).save(file, "JPEG", quality=quality)
        masks.append(np.asarray(Image.open(file)))
    with pytest.raises(DataError, match="come from JPEG or resizing"):
        classes_of(np.stack(masks))


def test_a_rim_around_objects_is_a_class():
    inside = objects(0, (1,)) > 0
    rims = inside & ~(np.roll(inside, 1, 1) & np.roll(inside, -1, 1))
    for background, rim, filled in ((0, 1, 2), (0, 128, 255)):
        masks = np.where(rims, rim, np.where(inside, filled, background))
        assert classes_of(masks) == (str(background), str(rim), str(filled))


def test_many_classes_may_be_objects_and_this_is_told():
    masks = objects(3, tuple(range(1, 60)), count=6)
    data = Dataset.from_arrays(np.arange(masks.size).reshape(masks.shape), masks)
    assert len(data.classes) > 41
    assert data.notes[-1].endswith(
        "if each object has a number of its own: --masks instance, or masks='instance'"
    )
