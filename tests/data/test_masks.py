"""Segmentation: masks in memory and in files, and the data set that is drawn."""

import numpy as np
import pytest
from PIL import Image

from shoal.data import Dataset, load
from shoal.data.io.bundled import CLASSES, draw_shapes
from shoal.data.prepare import prepare
from shoal.data.preprocessing import Preprocessing
from shoal.data.splitting.split import split
from shoal.errors import DataError


def pair(count=6, height=5, width=4, labels=(0, 255)):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, height, width, 3)).astype(np.uint8)
    return images, rng.choice(np.array(labels), (count, height, width))


def write(folder, images, masks, suffix="", mode=None):
    for name, arrays in (("images", images), ("masks", masks)):
        (folder / name).mkdir()
        end = suffix if name == "masks" else ""
        for i, array in enumerate(arrays):
            picture = Image.fromarray(array.astype(np.uint8))
            if mode and name == "masks":
                picture = picture.convert(mode)
            picture.save(folder / name / f"p{i}{end}.png")
    return folder


def test_masks_are_a_segmentation_into_the_labels_there_are():
    x, y = pair()
    data = Dataset.from_arrays(x, y)
    assert (data.task, data.classes) == ("segmentation", ("0", "255"))
    np.testing.assert_array_equal(data.y, y == 255)
    assert data.y.dtype == np.int32
    assert data.describe() == "arrays: 6 images of 5×4×3, segmentation into 2 classes"


@pytest.mark.parametrize(
    "convert", [lambda y: y[..., None], lambda y: y > 0, np.float32, np.uint16]
)
def test_masks_of_other_types_and_with_a_channel(convert):
    x, y = pair(labels=(0, 1))
    np.testing.assert_array_equal(Dataset.from_arrays(x, convert(y)).y, y)


def test_negative_labels_are_ignored_and_stay_so():
    x, y = pair(labels=(-7, -1, 2, 5))
    data = Dataset.from_arrays(x, y)
    assert data.classes == ("2", "5")
    np.testing.assert_array_equal(data.y == -1, y < 0)
    ready = prepare(data, split(data))
    np.testing.assert_array_equal(ready.train.y, data.y[ready.split.train])
    assert ready.outputs == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: (x, y[:, :-1]), r"expected shape \(6, 5, 4\); received masks of shape"),
        (lambda x, y: (x, y[:-1]), "a mask for each image"),
        (lambda x, y: (x[:, 0, 0], y), "expected images as inputs"),
        (lambda x, y: (x, y + 0.5), "masks hold whole numbers"),
        (lambda x, y: (x, y.astype(str)), "masks hold whole numbers"),
    ],
)
def test_masks_that_do_not_fit(change, message):
    with pytest.raises(DataError, match=message):
        Dataset.from_arrays(*change(*pair()))


def test_masks_of_objects_are_no_classes():
    x = np.zeros((2, 20, 20), np.uint8)
    with pytest.raises(DataError, match=r"received 800.*--masks instance"):
        Dataset.from_arrays(x, np.arange(800).reshape(2, 20, 20))


def test_labels_index_named_classes():
    x, y = pair(labels=(0, 1))
    assert Dataset.from_arrays(x, y, classes=("off", "on", "never")).classes[2] == "never"
    with pytest.raises(DataError, match="expected 0 to 0"):
        Dataset.from_arrays(x, y, classes=("off",))


def test_a_folder_of_images_and_masks(tmp_path):
    x, y = pair()
    data = load(write(tmp_path, x, y))
    np.testing.assert_array_equal(data.x, x)
    np.testing.assert_array_equal(data.y, y == 255)
    assert data.example_names == tuple(f"p{i}" for i in range(6))


@pytest.mark.parametrize(("suffix", "mode"), [("_mask", None), ("", "RGB"), ("", "1"), ("", "P")])
def test_masks_of_other_names_and_modes(tmp_path, suffix, mode):
    x, y = pair()
    np.testing.assert_array_equal(load(write(tmp_path, x, y, suffix, mode)).y, y == 255)


def test_gray_pictures_among_colored_ones(tmp_path):
    x, y = pair()
    write(tmp_path, x, y)
    gray = np.arange(20, dtype=np.uint8).reshape(5, 4)
    Image.fromarray(gray).save(tmp_path / "images" / "p0.png")
    opaque = np.dstack([x[1], np.full((5, 4), 9, np.uint8)])
    Image.fromarray(opaque).save(tmp_path / "images" / "p1.png")
    data = load(tmp_path)
    np.testing.assert_array_equal(data.x[0], np.repeat(gray[..., None], 3, axis=-1))
    np.testing.assert_array_equal(data.x[1], x[1])


def test_to_predict_images_are_enough(tmp_path):
    x, y = pair()
    write(tmp_path, x, y)
    for path in (tmp_path / "masks").iterdir():
        path.unlink()
    (tmp_path / "masks").rmdir()
    with pytest.raises(DataError, match="their masks beside it"):
        load(tmp_path)
    for folder in (tmp_path, tmp_path / "images"):
        data = load(folder, need_target=False)
        assert (len(data), data.y, data.task) == (6, None, "segmentation")


def test_what_is_wrong_with_a_folder_is_told(tmp_path):
    x, y = pair()
    write(tmp_path, x, y)
    image, mask = tmp_path / "images" / "p0.png", tmp_path / "masks" / "p0.png"
    mask.rename(tmp_path / "masks" / "q.png")
    with pytest.raises(DataError, match=r"expected p0.png or p0_mask.png; received none for 1 of"):
        load(tmp_path)
    (tmp_path / "masks" / "q.png").rename(mask)
    Image.fromarray(y[0].astype(np.uint8)).save(tmp_path / "masks" / "extra.png")
    with pytest.raises(DataError, match=r"extra\.png without one"):
        load(tmp_path)
    (tmp_path / "masks" / "extra.png").unlink()
    Image.fromarray(x[0]).save(mask)
    with pytest.raises(DataError, match=r"p0\.png: each number in a mask is a class; received 22 "):
        load(tmp_path)
    Image.fromarray(y[0].astype(np.uint8)).save(mask)
    Image.fromarray(x[0, :3]).save(image)
    with pytest.raises(DataError, match=r"expected 3×4, as p0\.png has; received 5×4"):
        load(tmp_path)
    image.write_bytes(b"GIF89a, or so")
    with pytest.raises(DataError, match="the file is a picture"):
        load(tmp_path)


def test_an_npz_with_masks(tmp_path):
    x, y = pair()
    np.savez(tmp_path / "a.npz", x=x, y=y)
    assert load(tmp_path / "a.npz").task == "segmentation"


# --- preparing ---------------------------------------------------------------------------


def test_masks_are_matched_by_name():
    x, y = pair(labels=(3, 8, 9))
    data = Dataset.from_arrays(x, y)
    fitted = Preprocessing.fit(data, np.arange(6))
    again = Preprocessing.from_json(fitted.to_json())
    assert again == fitted
    part = Dataset.from_arrays(x, np.where(y == 8, -1, y))  # its classes are 3 and 9
    np.testing.assert_array_equal(
        again.transform_targets(part), np.select([y == 3, y == 9], [0, 2], -1)
    )
    other = Dataset.from_arrays(x, y + 1)
    with pytest.raises(DataError, match="every label of a mask is a class of the model"):
        again.transform_targets(other)
    with pytest.raises(DataError, match="received targets of a regression"):
        again.transform_targets(Dataset.from_arrays(x, np.arange(6)))


def test_a_preprocessing_of_masks_is_one_of_images():
    x, y = pair()
    data = Preprocessing.fit(Dataset.from_arrays(x, y), np.arange(6)).to_json()
    data["encoder"] = {"kind": "array", "mean": [0.0], "scale": [1.0], "low": [0.0], "high": [1.0]}
    with pytest.raises(DataError, match="images to be segmented"):
        Preprocessing.from_json(data)


def test_a_segmentation_has_two_classes():
    x, _ = pair()
    data = Dataset.from_arrays(x, np.zeros((6, 5, 4), int))
    with pytest.raises(DataError, match="segmentation needs at least two classes"):
        split(data)


# --- shapes --------------------------------------------------------------------------------


def test_shapes_are_always_the_same():
    data, again = load("shapes"), load("shapes")
    np.testing.assert_array_equal(data.x, again.x)
    assert (data.x.shape, data.classes) == ((400, 32, 32, 1), CLASSES)
    assert set(np.unique(data.y)) == {0, 1, 2, 3}


def test_shapes_without_noise_are_their_masks():
    images, masks = draw_shapes(50, 24, seed=3, noise=0.0)
    np.testing.assert_array_equal(images[..., 0] != 0, masks > 0)
    assert (np.abs(images[images != 0]) >= 0.5).all()


def test_each_shape_has_its_area():
    """Alone in a picture, each fills its share of the circle around it."""
    images, masks = draw_shapes(3000, 64, seed=1, noise=0.0)
    alone = [
        (len(np.unique(np.abs(i))) == 2, m.max(), (m > 0))
        for i, m in zip(images, masks, strict=True)
    ]
    for kind, share in ((1, np.pi), (2, 2.0), (3, 0.75 * 3**0.5)):
        areas = [m.sum() for one, of, m in alone if one and of == kind]
        radius = np.array([0.14, 0.26]) * 64
        expected = share * (radius[1] ** 3 - radius[0] ** 3) / 3 / (radius[1] - radius[0])
        assert np.mean(areas) == pytest.approx(expected, rel=0.06)
