"""Which mask belongs to which picture: by folders and by names, as people have them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from shoal.data import load
from shoal.data.io.mask_pairs import find_pairs, mask_folders
from shoal.data.splitting.parts import TEST, TRAIN, VALIDATION
from shoal.errors import DataError

SIZE = 4


def write(root, name, number):
    """A picture whose pixels all have one number."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((SIZE, SIZE), number, np.uint8)).save(path)


def pairs_of(root):
    found = find_pairs(root, mask_folders(root))
    assert not found.bare
    assert not found.loose
    return {
        str(pair.image.relative_to(root)): [str(mask.relative_to(root)) for mask in pair.masks]
        for pair in found.pairs
    }


LAYOUTS = {
    "same name": ("images/{}.jpg", "masks/{}.png"),
    "other names of folders": ("img/{}.jpg", "label/{}.png"),
    "annotations": ("Images/{}.png", "annotations/{}.png"),
    "ground truth": ("Original/{}.tif", "Ground Truth/{}.tif"),
    "deeper": ("images/{}.jpg", "annotations/trimaps/{}.png"),
    "_mask": ("images/{}.jpg", "masks/{}_mask.png"),
    "-mask": ("images/{}.jpg", "masks/{}-mask.png"),
    "_label": ("images/{}.jpg", "labels/{}_label.png"),
    "_seg": ("images/{}.jpg", "masks/{}_seg.png"),
    "_gt": ("imgs/{}.jpg", "gt/{}_gt.png"),
    "_L": ("train/{}_01.png", "train_labels/{}_01_L.png"),
    "_Segmentation": ("images/{}.jpg", "masks/{}_Segmentation.png"),
    "before the name": ("images/img_{}.png", "masks/mask_{}.png"),
    "before the number": ("images/image{}.png", "masks/label{}.png"),
    "both marked": ("images/{}_image.png", "masks/{}_mask.png"),
    "beside train": ("train/{}.jpg", "train_masks/{}_mask.gif"),
    "annot": ("train/{}.png", "trainannot/{}.png"),
    "another folder": ("frames/{}.png", "masks/{}.png"),
    "one folder": ("{}.jpg", "{}_mask.png"),
    "one folder, both marked": ("{}_sat.jpg", "{}_mask.png"),
    "one folder, by format": ("{}.jpg", "{}.png"),
    "a folder for each": ("{}/image.jpg", "{}/mask.png"),
    "folders below": ("patient 1/{}.tif", "patient 1/{}_mask.tif"),
    "parts above": ("train/images/{}.jpg", "train/masks/{}.png"),
    "parts below": ("images/train/{}.jpg", "labels/train/{}.png"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_mask_is_found(tmp_path, layout):
    wanted = {}
    for name in ("a1", "b 22"):
        image, mask = (path.format(name) for path in LAYOUTS[layout])
        write(tmp_path, image, 9)
        write(tmp_path, mask, 1)
        wanted[image] = [mask]
    assert pairs_of(tmp_path) == wanted


def test_parts_are_those_of_the_folders(tmp_path):
    for i, part in enumerate(("test", "train", "val")):
        for j in range(2):
            write(tmp_path, f"{part}/images/p{j}.png", 10 * i)
            write(tmp_path, f"{part}/masks/p{j}_mask.png", j)
    data = load(tmp_path)
    assert data.parts.tolist() == [TEST, TEST, TRAIN, TRAIN, VALIDATION, VALIDATION]
    assert data.example_names[:3] == ("test/images/p0", "test/images/p1", "train/images/p0")
    assert data.x[:, 0, 0, 0].tolist() == [0, 0, 10, 10, 20, 20]
    assert data.y[:, 0, 0].tolist() == [0, 1] * 3
    assert "parts by folder: 2 for train, 2 for validation, 2 for test" in data.notes


def test_parts_below_the_folder_of_pictures(tmp_path):
    for part in ("training", "validation"):
        for j in range(2):
            write(tmp_path, f"images/{part}/{j}.png", j)
            write(tmp_path, f"annotations/{part}/{j}.png", j)
    data = load(tmp_path)
    assert data.parts.tolist() == [TRAIN, TRAIN, VALIDATION, VALIDATION]
    assert data.example_names == ("training/0", "training/1", "validation/0", "validation/1")


def test_a_part_without_masks_is_left_out_and_told(tmp_path):
    for j in range(2):
        write(tmp_path, f"train/images/{j}.png", j)
        write(tmp_path, f"train/masks/{j}.png", j)
        write(tmp_path, f"test/images/{j}.png", j)
    data = load(tmp_path)
    assert len(data) == 2
    assert "left out, for they have no masks: 2 pictures in test/" in data.notes


def test_masks_of_objects_are_united(tmp_path):
    corner = np.zeros((2, SIZE, SIZE), np.uint8)
    corner[0, 0, 0] = corner[1, 3, 3] = 255
    for name in ("a", "b"):
        write(tmp_path, f"images/{name}.png", 5)
        for i, mask in enumerate(corner):
            (tmp_path / "masks").mkdir(exist_ok=True)
            end = f"_{i}" if i else ""
            Image.fromarray(mask).save(tmp_path / "masks" / f"{name}_mask{end}.png")
    data = load(tmp_path)
    np.testing.assert_array_equal(data.y, [corner.max(axis=0) > 0] * 2)
    assert "of 2 pictures several masks are united, each an object's" in data.notes


def test_a_folder_for_each_picture_with_a_mask_for_each_object(tmp_path):
    for name in ("1f", "2c"):
        write(tmp_path, f"stage1_train/{name}/images/{name}.png", 3)
        for i in range(3):
            mask = np.zeros((SIZE, SIZE), np.uint8)
            mask[i, i] = 255
            path = tmp_path / "stage1_train" / name / "masks" / f"{name}{i}ab.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(mask).save(path)
    data = load(tmp_path / "stage1_train")
    assert len(data) == 2
    np.testing.assert_array_equal(data.y[0], np.diag([1, 1, 1, 0]))


def test_a_class_of_faces_with_masks_is_a_class(tmp_path):
    for place in ("mask", "no_mask", "with_mask"):
        for i in range(2):
            write(tmp_path, f"{place}/{i}.png", i)
    assert load(tmp_path).task == "classification"
    assert mask_folders(tmp_path) == []


def test_to_predict_a_picture_beside_another_of_its_name_is_a_picture(tmp_path):
    write(tmp_path, "a.jpg", 100)
    write(tmp_path, "a.png", 0)
    assert load(tmp_path).y.shape == (1, SIZE, SIZE)
    assert load(tmp_path, need_target=False).example_names == ("a.jpg", "a.png")


def test_to_predict_masks_are_neither_needed_nor_read(tmp_path):
    for name in ("a", "b"):
        write(tmp_path, f"images/{name}.png", 100)
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "a.png").write_bytes(b"broken")
    data = load(tmp_path, need_target=False)
    assert (data.y, data.example_names) == (None, ("a", "b"))


def test_masks_beside_their_pictures_are_no_pictures_to_predict(tmp_path):
    for name in ("a", "b"):
        write(tmp_path, f"{name}.png", 100)
        write(tmp_path, f"{name}_mask.png", 1)
    assert load(tmp_path, need_target=False).example_names == ("a", "b")


NAMES = st.lists(
    st.text("abc019_-. ", min_size=1, max_size=6).map(lambda name: f"p{name}q"),
    min_size=1, max_size=5, unique_by=str.lower,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(NAMES, st.sampled_from(["", "_mask", "-label", "_seg", " gt", "_L"]))
def test_whatever_pictures_are_called_each_gets_its_own_mask(tmp_path_factory, names, end):
    root = tmp_path_factory.mktemp("pairs")
    for place in ("images", "masks"):
        (root / place).mkdir()
    for name in names:
        (root / "images" / f"{name}.jpg").touch()
        (root / "masks" / f"{name}{end}.png").touch()
    wanted = {f"images/{name}.jpg": [f"masks/{name}{end}.png"] for name in names}
    assert pairs_of(root) == wanted


def test_two_pictures_of_one_name_and_no_mask(tmp_path):
    for name in ("images/a.png", "images/a.jpg", "images/b.png", "masks/b.png"):
        write(tmp_path, name, 1)
    with pytest.raises(DataError, match=r"a name of its own; received a\.jpg and a\.png"):
        load(tmp_path)
