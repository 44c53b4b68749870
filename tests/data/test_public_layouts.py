"""Folders as well-known data sets lie in them: read as what they are, or refused with a way out."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shoal.data import load
from shoal.data.io.other_formats import way_out
from shoal.errors import DataError

LABELS = ("beagle", "pug", "sphynx")


def picture(path: Path, level: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((6, 6, 3), level % 250, np.uint8)
    pixels[0, 0] = (level * 7 % 250, 9, 200)
    Image.fromarray(pixels).save(path)


def refusal(source: Path) -> str:
    with pytest.raises(DataError) as caught:
        load(source)
    return str(caught.value)


def test_pets_with_trimaps(tmp_path: Path) -> None:
    for i in range(4):
        picture(tmp_path / "images" / f"pug_{i}.jpg", i)
        trimap = np.kron(np.array([[1, 2], [3, 1]]), np.ones((3, 3), int)).astype(np.uint8)
        (tmp_path / "annotations" / "trimaps").mkdir(parents=True, exist_ok=True)
        Image.fromarray(trimap).save(tmp_path / "annotations" / "trimaps" / f"pug_{i}.png")
    data = load(tmp_path)
    assert (data.task, data.classes, len(data)) == ("segmentation", ("1", "2", "3"), 4)


@pytest.mark.parametrize("suffix", ["", ".jpg"])
def test_a_table_of_a_contest(tmp_path: Path, suffix: str) -> None:
    for i in range(6):
        picture(tmp_path / "train" / f"{i}ab.jpg", i)
        picture(tmp_path / "test" / f"{i}cd.jpg", i)
    rows = [f"{i}ab{suffix},{LABELS[i % 3]}" for i in range(6)]
    (tmp_path / "labels.csv").write_text("\n".join(["id,breed", *rows]) + "\n")
    (tmp_path / "sample_submission.csv").write_text("id,beagle\n0cd,0.1\n")
    data = load(tmp_path)
    assert [data.classes[i] for i in data.y] == [LABELS[i % 3] for i in range(6)]
    (tmp_path / "labels.csv").rename(tmp_path / "train.csv")
    (tmp_path / "test.csv").write_text("id\n0cd\n1cd\n")
    assert load(tmp_path).classes == LABELS


def test_signs_with_tables_and_pictures_of_their_classes(tmp_path: Path) -> None:
    for i in range(6):
        picture(tmp_path / "Train" / str(i % 3) / f"{i}.png", i)
        picture(tmp_path / "Test" / f"{i:05}.png", i)
    picture(tmp_path / "Meta" / "0.png")
    for name in ("Train", "Test", "Meta"):
        (tmp_path / f"{name}.csv").write_text("Width,ClassId\n6,1\n")
    data = load(tmp_path)
    assert (data.classes, len(data)) == (("0", "1", "2"), 6)


def test_a_validation_part_without_classes_is_no_class(tmp_path: Path) -> None:
    for i in range(6):
        picture(tmp_path / "train" / f"n{i % 2}" / "images" / f"{i}.JPEG", i)
        picture(tmp_path / "val" / "images" / f"val_{i}.JPEG", i)
    data = load(tmp_path)
    assert (data.classes, len(data)) == (("n0", "n1"), 6)
    assert any("without a class of training: 6 pictures for validation" in n for n in data.notes)


def test_boxes_are_refused_by_name(tmp_path: Path) -> None:
    coco, yolo, voc = (tmp_path / name for name in ("coco", "yolo", "voc"))
    told = {"images": [{"id": 1}], "annotations": [{"bbox": [0, 0, 1, 1]}], "categories": []}
    for i in range(3):
        picture(coco / "train2017" / f"{i}.jpg")
        picture(coco / "val2017" / f"{i}.jpg")
        picture(yolo / "images" / "train" / f"{i}.jpg")
        picture(voc / "JPEGImages" / f"{i}.jpg")
    for path, text in (
        (coco / "annotations" / "instances_train2017.json", json.dumps(told)),
        (yolo / "labels" / "train" / "0.txt", "0 0.5 0.5 0.25 1e-1\n1 0.5 0.5 0.2 0.2\n"),
        (voc / "Annotations" / "0.xml", "<annotation><bndbox/></annotation>"),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    said = {name: refusal(tmp_path / name) for name in ("coco", "yolo", "voc")}
    assert "annotations of objects, as COCO has them" in said["coco"]
    assert "boxes of objects, as YOLO has them" in said["yolo"]
    assert all("draw them as masks" in one for one in said.values()), said
    picture(tmp_path / "flat" / "images" / "0.jpg")
    (tmp_path / "flat" / "annotations.json").write_text(json.dumps(told))
    assert "as COCO has them" in refusal(tmp_path / "flat")
    (tmp_path / "rows.json").write_text(json.dumps({"rows": [{"a": 1}]}))
    assert "If the rows are in 'rows', save that list alone" in refusal(tmp_path / "rows.json")


def test_pickles_and_other_formats_have_a_way_out(tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in ("data_batch_1", "test_batch", "batches.meta"):
        (folder / name).write_bytes(pickle.dumps({"data": [1]}))
    assert "A pickle can run programs and is never read" in refusal(folder)
    assert "numpy.savez" in refusal(folder)
    for name, told in {
        "a.pkl": "never read", "a.npy": "It holds one array", "a.mat": "scipy.io.loadmat",
        "a.bin": "numpy.savez", "a.tar.gz": "tar xf a.tar.gz", "a.gz": "gunzip a.gz",
        "a.ods": "Save it as .xlsx or CSV first",
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(b"\x80\x04.")
        assert told in refusal(tmp_path / name)
    assert way_out(tmp_path / "a.xyz") is None


def test_pictures_without_masks_are_left_out_where_one_says_so(tmp_path: Path) -> None:
    mask = np.kron(np.array([[0, 1], [2, 255]]), np.ones((3, 3), int)).astype(np.uint8)
    for i in range(4):
        picture(tmp_path / "VOC2012" / "JPEGImages" / f"{i}.jpg", i)
    for place in ("SegmentationClass", "SegmentationObject"):
        (tmp_path / "VOC2012" / place).mkdir()
        for i in range(3):
            Image.fromarray(mask).save(tmp_path / "VOC2012" / place / f"{i}.png")
    assert "--skip-broken" in refusal(tmp_path)
    data = load(tmp_path, skip_broken=True)
    assert (data.classes, len(data)) == (("0", "1", "2"), 3)
    assert (data.y == -1).any()
