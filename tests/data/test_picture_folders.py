"""A folder is read as what most of its files are; what is left out is told."""

import numpy as np
import pytest
from PIL import Image

from shoal.data import load
from shoal.errors import DataError

RNG = np.random.default_rng(0)


def pictures(folder, count=3, size=(5, 4, 3), end="png"):
    folder.mkdir(parents=True, exist_ok=True)
    values = RNG.integers(0, 256, (count, *size)).astype(np.uint8)
    for i, value in enumerate(values):
        Image.fromarray(value).save(folder / f"{i}.{end}")
    return values


def texts(folder, count=3):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        (folder / f"{i}.txt").write_text(f"text {i} of {folder.name}")


STRAYS = ("notes.txt", "LICENSE.txt", ".hidden.png", ".DS_Store", "Thumbs.db", "desktop.ini")


def stray(folder):
    for name in STRAYS:
        (folder / name).write_bytes(b"stray")


def test_a_folder_of_pictures_for_each_class(tmp_path):
    cats, dogs = pictures(tmp_path / "cat"), pictures(tmp_path / "dog", 2)
    stray(tmp_path)
    stray(tmp_path / "dog")
    (tmp_path / "drafts").mkdir()
    data = load(tmp_path)
    np.testing.assert_array_equal(data.x, np.concatenate([cats, dogs]))
    assert (data.task, data.classes, data.y.tolist()) == (
        "classification", ("cat", "dog"), [0, 0, 0, 1, 1],
    )  # fmt: skip
    assert data.example_names == ("cat/0.png", "cat/1.png", "cat/2.png", "dog/0.png", "dog/1.png")
    assert data.notes == (
        "left out, for they are not of the data: LICENSE.txt, drafts, notes.txt and 2 more",
    )
    assert load(tmp_path, need_target=False).y.tolist() == data.y.tolist()


def test_strays_among_pictures_with_masks(tmp_path):
    x = pictures(tmp_path / "images")
    pictures(tmp_path / "masks", size=(5, 4))
    for name in STRAYS:
        for place in (tmp_path, tmp_path / "images", tmp_path / "masks"):
            (place / name).write_bytes(b"stray")
    for path in (tmp_path / "masks").glob("[0-9].png"):
        Image.fromarray((np.asarray(Image.open(path)) > 99).astype(np.uint8)).save(path)
    data = load(tmp_path)
    np.testing.assert_array_equal(data.x, x)
    assert data.task == "segmentation"
    assert data.notes == ("left out, for they are not of the data: LICENSE.txt, notes.txt",) * 2


def test_strays_among_pictures_to_predict(tmp_path):
    x = pictures(tmp_path)
    stray(tmp_path)
    data = load(tmp_path, need_target=False)
    np.testing.assert_array_equal(data.x, x)
    assert data.example_names == ("0", "1", "2")
    pictures(tmp_path, end="jpg")
    assert load(tmp_path, need_target=False).example_names[:2] == ("0.jpg", "0.png")


def test_strays_among_idx_files(idx_folder):
    folder = idx_folder()
    stray(folder)
    texts(folder / "papers", 200)
    pictures(folder / "figures")
    assert len(load(folder)) == 50


def test_strays_among_texts(tmp_path):
    texts(tmp_path / "ham")
    texts(tmp_path / "spam")
    (tmp_path / "README.txt").write_text("what this is")
    pictures(tmp_path / "spam", 1)
    data = load(tmp_path)
    assert (data.kind, len(data), data.classes) == ("text", 6, ("ham", "spam"))
    assert "left out, for they are not of the data: README.txt, 0.png" in data.notes
    assert load(tmp_path, need_target=False).example_names == data.example_names


def test_a_caption_for_each_picture_makes_no_texts_of_them(tmp_path):
    pictures(tmp_path / "cat")
    texts(tmp_path / "cat")
    pictures(tmp_path / "dog")
    assert load(tmp_path).kind == "image"


def test_images_is_a_class_where_there_are_others(tmp_path):
    pictures(tmp_path / "images")
    pictures(tmp_path / "drawings")
    assert load(tmp_path).classes == ("drawings", "images")
    texts(tmp_path / "texts" / "images")
    texts(tmp_path / "texts" / "words")
    assert load(tmp_path / "texts").classes == ("images", "words")


def test_pictures_without_classes_are_nothing_to_train_on(tmp_path):
    pictures(tmp_path / "b")
    with pytest.raises(DataError, match=r"received 3 pictures without a class, such as 0\.png"):
        load(tmp_path / "b")
    pictures(tmp_path / "c" / "train")
    pictures(tmp_path / "c" / "val")
    with pytest.raises(DataError, match=r"expected such as train/cat/0\.png.*in train, val"):
        load(tmp_path / "c")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "IMG_1.HEIC").write_bytes(b"x")
    with pytest.raises(
        DataError, match=r"none, but IMG_1\.HEIC\. 1 \.heic file cannot be read: save"
    ):
        load(tmp_path / "d")


def test_a_broken_picture_among_good_ones_is_named(tmp_path):
    pictures(tmp_path / "daisy")
    pictures(tmp_path / "rose")
    (tmp_path / "rose" / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"rose/1\.png: the file is a picture.*an empty file"):
        load(tmp_path)
