"""Folders of photos as people keep them: below parts, nested, in archives, with strays."""

import os
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from shoal.data import Dataset, load
from shoal.data.io.class_folder import load_class_folder
from shoal.data.io.picture_tree import (
    PictureTree,
    class_layout,
    part_named,
    parts_note,
    pictures_below,
)
from shoal.data.splitting.split import split
from shoal.errors import DataError
from shoal.utils.environment import MAX_GB


def picture(path, level=99, size=(4, 4)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (level, 0, 7)).save(path)
    return path


def of_paths(*paths):
    """The layout of pictures at these paths, as ``{path: (part, class)}``, and the layout."""
    found = PictureTree(tuple((tuple(p.split("/")), p) for p in sorted(paths)), ())
    layout = class_layout(found)
    parts = layout.parts or (None,) * len(layout.files)
    told = zip(layout.files, zip(parts, layout.labels, strict=True), strict=True)
    return dict(told), layout


# --- which class, which part ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["cat/1", "dog/1"], {"cat/1": (None, "cat"), "dog/1": (None, "dog")}),
        (["p/cat/1", "p/dog/1"], {"p/cat/1": (None, "cat"), "p/dog/1": (None, "dog")}),
        (["a/b/cat/1", "a/b/dog/1"], {"a/b/cat/1": (None, "cat"), "a/b/dog/1": (None, "dog")}),
        (
            ["cat/2021/1", "cat/2022/1", "dog/1"],
            {"cat/2021/1": (None, "cat"), "cat/2022/1": (None, "cat"), "dog/1": (None, "dog")},
        ),
        (
            ["train/cat/1", "train/dog/1", "val/cat/1", "test/dog/1"],
            {
                "train/cat/1": ("train", "cat"), "train/dog/1": ("train", "dog"),
                "val/cat/1": ("validation", "cat"), "test/dog/1": ("test", "dog"),
            },
        ),
        (
            ["set/Training_set/training_set/cat/1", "set/test_set/cat/1", "set/test_set/dog/2"],
            {
                "set/Training_set/training_set/cat/1": ("train", "cat"),
                "set/test_set/cat/1": ("test", "cat"), "set/test_set/dog/2": ("test", "dog"),
            },
        ),
        (
            ["seg_train/cat/1", "seg_train/dog/1", "seg_test/cat/1", "seg_pred/3", "seg_test/9"],
            {
                "seg_train/cat/1": ("train", "cat"), "seg_train/dog/1": ("train", "dog"),
                "seg_test/cat/1": ("test", "cat"),
            },
        ),
        (
            ["cat/train/1", "cat/valid/2", "dog/train/1"],
            {
                "cat/train/1": ("train", "cat"), "cat/valid/2": ("validation", "cat"),
                "dog/train/1": ("train", "dog"),
            },
        ),
        (
            ["train/steam/1", "bus/1", "car/1"],
            {"train/steam/1": (None, "train"), "bus/1": (None, "bus"), "car/1": (None, "car")},
        ),
        (["cat/1", "dog/1", "loose"], {"cat/1": (None, "cat"), "dog/1": (None, "dog")}),
    ],
    ids=["plain", "around", "twice", "nested", "parts", "sets", "unlabelled", "inner", "a-train",
         "loose"],
)  # fmt: skip
def test_the_class_and_the_part_of_each_picture(paths, expected):
    told, layout = of_paths(*paths)
    assert told == expected
    assert {"/".join(place) for place in layout.left} == set(paths) - set(expected)


@pytest.mark.parametrize(
    ("folder", "part"),
    [
        ("train", "train"), ("Train", "train"), ("training_set", "train"), ("valid", "validation"),
        ("VAL", "validation"), ("test-images", "test"), ("test-tube", None), ("trainers", None),
        ("train test", None), ("", None),
    ],
)  # fmt: skip
def test_names_of_parts(folder, part):
    assert part_named(folder) == part


def test_what_is_guessed_of_folders_is_told():
    assert of_paths("photos/cat/1", "photos/dog/1")[1].notes == (
        "the classes are the folders in photos",
    )
    nested = of_paths("cat/2021/1", "dog/old/1")[1].notes
    assert nested[0].startswith("files in folders within a class's folder are of this class: ")
    assert "cat/2021, dog/old" in nested[0]
    assert parts_note(["train", "test", "train", "validation"]) == (
        "the folders tell the split: 2 for training, 1 for validation, 1 for the test"
    )
    assert parts_note(["train", "validation"]).endswith("; the test is drawn from training")
    assert parts_note(["train"]).endswith("; validation and the test are drawn from training")


# --- read -------------------------------------------------------------------------------------


def test_given_folders_are_the_split(tmp_path):
    for part, level in (("train", 10), ("valid", 20), ("test", 30)):
        for i in range(3):
            picture(tmp_path / part / "cat" / f"{i}.png", level + i)
            picture(tmp_path / part / "dog" / f"{i}.jpg", level + i)
    data = load(tmp_path)
    made = split(data)
    names = np.array(data.example_names)
    assert {name.split("/")[0] for name in names[made.train]} == {"train"}
    assert {name.split("/")[0] for name in names[made.validation]} == {"valid"}
    assert {name.split("/")[0] for name in names[made.test]} == {"test"}
    assert (len(data), data.classes) == (18, ("cat", "dog"))
    assert data.x[list(names).index("valid/cat/1.png"), 0, 0].tolist() == [21, 0, 7]
    alone = load(tmp_path / "test")
    assert (len(alone), alone.parts) == (6, None)


def test_formats_of_all_kinds_together_and_what_no_picture_is(tmp_path):
    for i, end in enumerate(["png", "jpg", "JPEG", "webp", "gif", "bmp", "tif", "jfif"]):
        path = tmp_path / ("cat" if i % 2 else "dog") / f"{i}.{end}"
        picture(path.with_suffix(".png"), 100).rename(path)
    for name in ("._0.png", ".DS_Store", "Thumbs.db", "desktop.ini"):
        (tmp_path / "cat" / name).write_bytes(b"stray")
    (tmp_path / "__MACOSX" / "cat").mkdir(parents=True)
    (tmp_path / "__MACOSX" / "cat" / "0.png").write_bytes(b"stray")
    (tmp_path / "labels.txt").write_text("cat\ndog")
    (tmp_path / "bird").mkdir()
    for i in range(3):
        (tmp_path / "bird" / f"{i}.HEIC").write_bytes(b"unread")
    (tmp_path / "empty").mkdir()
    (tmp_path / "cat" / "captions.txt").write_text("a cat")
    data = load(tmp_path)
    assert len(data) == 8
    assert data.notes[-2:] == (
        "left out, for they are not of the data: bird, empty, labels.txt and 1 more",
        "3 .heic files cannot be read: save them as JPEG or PNG",
    )


def test_a_loop_of_links_ends_and_a_pipe_is_no_picture(tmp_path):
    picture(tmp_path / "cat" / "1.png")
    picture(tmp_path / "dog" / "1.png")
    (tmp_path / "cat" / "again").symlink_to(tmp_path)
    (tmp_path / "cat" / "round").symlink_to(tmp_path / "cat" / "round")
    os.mkfifo(tmp_path / "cat" / "2.png")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cat").symlink_to(tmp_path / "cat")
    (tmp_path / "data" / "dog").symlink_to(tmp_path / "dog")
    found = pictures_below(tmp_path / "data")
    assert [place for place, _ in found.pictures] == [("cat", "1.png"), ("dog", "1.png")]
    assert found.others == (("cat", "2.png"), ("cat", "again"), ("cat", "round"))


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    picture(tmp_path / "cat" / "1.png")
    scan = os.scandir

    def refused(folder):
        if str(folder).endswith("cat"):
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(DataError, match=r"cat: a folder of pictures can be read; .* denied"):
        pictures_below(tmp_path)


def test_a_picture_that_is_too_large_for_memory_is_named(tmp_path, monkeypatch):
    picture(tmp_path / "cat" / "1.png")
    picture(tmp_path / "cat" / "big.png", size=(1000, 1000))
    picture(tmp_path / "dog" / "1.png")
    monkeypatch.setenv(MAX_GB, "0.005")
    with pytest.raises(DataError, match=r"big\.png: a picture of 1000×1000 pixels must fit"):
        load(tmp_path)
    monkeypatch.setenv(MAX_GB, "0.01")
    assert load(tmp_path).x.shape == (3, 4, 4, 3)


# --- broken files -----------------------------------------------------------------------------


@pytest.fixture
def broken(tmp_path):
    """Six good pictures of different sizes, and a broken file of each kind among them."""
    noise = np.random.default_rng(0).integers(0, 255, (40, 50, 3)).astype(np.uint8)
    for i in range(3):
        picture(tmp_path / "cat" / f"{2 * i}.png", 50 + i, (5, 6 + i))
        picture(tmp_path / "dog" / f"{2 * i}.png", 80 + i, (6, 5))
    (tmp_path / "cat" / "1.jpg").write_text("a text")
    (tmp_path / "dog" / "1.png").write_bytes(b"")
    (tmp_path / "dog" / "3.png").symlink_to(tmp_path / "nowhere.png")
    Image.fromarray(noise).save(tmp_path / "dog" / "5.jpg")
    whole = (tmp_path / "dog" / "5.jpg").read_bytes()
    (tmp_path / "dog" / "5.jpg").write_bytes(whole[: len(whole) // 2])
    return tmp_path


def test_broken_files_are_refused_by_name(broken):
    with pytest.raises(DataError, match=r"cat/1\.jpg: the file is a picture.*2 more files") as told:
        load(broken)
    assert "--skip-broken (in Python skip_broken=True)" in str(told.value)
    for name in ("cat/1.jpg", "dog/1.png", "dog/3.png"):
        (broken / name).unlink()
    with pytest.raises(DataError, match=r"dog/5\.jpg.*truncated.*skip-broken"):
        load(broken)


def test_broken_files_are_left_out_and_told(broken):
    data = load(broken, skip_broken=True)
    assert data.example_names == tuple(f"{c}/{i}.png" for c in ("cat", "dog") for i in (0, 2, 4))
    assert data.x[:, 0, 0, 0].tolist() == [50, 51, 52, 80, 81, 82]
    assert (data.y.tolist(), data.skip_broken) == ([0, 0, 0, 1, 1, 1], True)
    assert data.notes[-1] == (
        "4 of 10 files cannot be read and are left out: cat/1.jpg, dog/1.png, dog/3.png and 1 more"
    )


def test_a_folder_of_broken_files_alone(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_text("a text")
    with pytest.raises(DataError, match="received 2 files, none of which can"):
        load(tmp_path, skip_broken=True)


# --- archives ---------------------------------------------------------------------------------


def archive(path, folder, around="", **others):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.rglob("*.*")):
            packed.write(file, f"{around}{file.relative_to(folder)}")
        for name, data in others.items():
            packed.writestr(name, data)
    return path


@pytest.fixture
def photos(tmp_path):
    for i in range(3):
        picture(tmp_path / "photos" / "cat" / f"{i}.png", 50 + i, (5, 6 + i))
        picture(tmp_path / "photos" / "dog" / f"{i}.jpg", 80 + i, (6, 5))
    return tmp_path / "photos"


def test_an_archive_is_read_as_its_folder_and_nothing_is_unpacked(photos, tmp_path, monkeypatch):
    path = archive(tmp_path / "a.zip", photos, "photos/", **{"__MACOSX/photos/cat/._0.png": b"x"})
    expected = load(photos)
    monkeypatch.setattr(zipfile.ZipFile, "extract", None)
    data = load(path)
    np.testing.assert_array_equal(data.x, expected.x)
    assert (data.y.tolist(), data.classes) == (expected.y.tolist(), expected.classes)
    assert data.example_names[0] == "photos/cat/0.png"
    assert "the classes are the folders in photos" in data.notes


@pytest.mark.parametrize(
    "name",
    ["../evil.png", "/evil.png", "a/../../evil.png", "C:\\evil.png"],
    ids=["up", "root", "down-up", "drive"],
)
def test_an_archive_whose_paths_lead_outside_is_refused(photos, tmp_path, name):
    path = archive(tmp_path / "a.zip", photos, **{name: b"x"})
    with pytest.raises(DataError, match="the paths of an archive's files stay inside of it"):
        load(path)


def test_damage_in_an_archive(photos, tmp_path, monkeypatch):
    path = archive(tmp_path / "a.zip", photos)
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    with pytest.raises(DataError, match=r"a \.zip file is whole and undamaged"):
        load(path)
    at = whole.index(b"cat/1.png") + 40
    path.write_bytes(whole[:at] + bytes(9) + whole[at + 9 :])
    with pytest.raises(DataError, match=r"a\.zip/cat/1\.png: a file in an archive is whole"):
        load(path)
    assert len(load(path, skip_broken=True)) == 5
    path.write_bytes(whole)
    monkeypatch.setenv(MAX_GB, "0.00000001")
    with pytest.raises(DataError, match="must fit into the memory"):
        load(path)


def test_a_link_in_an_archive_is_no_picture(photos, tmp_path):
    path = archive(tmp_path / "a.zip", photos)
    with zipfile.ZipFile(path, "a") as packed:
        link = zipfile.ZipInfo("cat/9.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(link, "/etc/passwd")
    assert len(load(path)) == 6


def test_an_archive_without_pictures_is_what_it_was_before(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("notes.pdf", "x")
    with pytest.raises(DataError, match="Unpack it first: unzip"):
        load(tmp_path / "a.zip")


def test_no_row_of_one_class_alone_is_trained_on(tmp_path):
    picture(tmp_path / "cat" / "1.png")
    with pytest.raises(DataError, match="expected two classes or more; received one, 'cat'"):
        load(tmp_path)
    data = load_class_folder(tmp_path)  # as for a model that knows other classes
    assert isinstance(data, Dataset)
    with pytest.raises(DataError, match="needs at least two classes; received only 'cat'"):
        split(data)
