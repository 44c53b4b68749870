"""Masks that a table names, masks that number objects, and names of classes in a file beside."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shoal.data import Dataset, load
from shoal.data.encode.class_names import unnamed_classes
from shoal.data.io.instances import are_instances
from shoal.data.preprocessing import Preprocessing
from shoal.errors import DataError

SIDE = 12
RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (6, SIDE, SIDE, 3)).astype(np.uint8)
Y = np.kron(RNG.integers(0, 3, (6, 3, 3)), np.ones((4, 4), int)).astype(np.uint8)
Y[:, 0, :3] = (0, 1, 2)


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def pictures_and_masks(root: Path, y: np.ndarray = Y, x: np.ndarray = X) -> Path:
    for i, (picture, mask) in enumerate(zip(x, y, strict=True)):
        save(root / "pics" / f"a{i}.png", picture)
        save(root / "segs" / f"m{i}.png", mask)
    return root


def table(root: Path, header: str, rows: list[str], name: str = "metadata.csv") -> Path:
    (root / name).write_text("\n".join([header, *rows]) + "\n")
    return root


ROWS = [f"pics/a{i}.png,segs/m{i}.png" for i in range(6)]


@pytest.mark.parametrize("name", ["metadata.csv", "train.csv"])
def test_a_table_names_masks(tmp_path: Path, name: str) -> None:
    root = table(pictures_and_masks(tmp_path), "image_path,mask_path", ROWS, name)
    data = load(root)
    assert (data.task, data.classes, data.target) == ("segmentation", ("0", "1", "2"), "mask_path")
    np.testing.assert_array_equal(data.x, X)
    np.testing.assert_array_equal(data.y, Y)
    assert "masks are those that column 'mask_path' names" in data.notes
    np.testing.assert_array_equal(load(root / name).y, Y)
    np.testing.assert_array_equal(load(root / name, target="mask_path").y, Y)


def test_masks_beside_other_columns(tmp_path: Path) -> None:
    rows = [f"{row},{'train' if i < 4 else 'test'},p{i // 2}" for i, row in enumerate(ROWS)]
    root = table(pictures_and_masks(tmp_path), "image,mask,split,patient", rows)
    data = load(root, groups="patient", ignore=2)
    assert data.parts is not None
    assert data.parts.tolist() == [0, 0, 0, 0, 2, 2]
    assert data.groups is not None
    assert data.groups.tolist() == [0, 0, 1, 1, 2, 2]
    assert data.classes == ("0", "1")
    np.testing.assert_array_equal(data.y, np.where(Y == 2, -1, Y.astype(int)))
    model = Preprocessing.fit(data, np.arange(4))
    new = load(root, like=model, need_target=False)
    assert (new.task, new.y) == ("segmentation", None)
    np.testing.assert_array_equal(load(root, like=model).y, data.y)


def test_several_rows_of_one_picture_are_united(tmp_path: Path) -> None:
    pictures_and_masks(tmp_path, (np.arange(6)[:, None, None] % 2 * 255 * (Y > 0)).astype(np.uint8))
    rows = ["pics/a0.png,segs/m1.png", "pics/a0.png,segs/m3.png", "pics/a1.png,segs/m5.png"]
    data = load(table(tmp_path, "image,mask", rows))
    assert data.classes == ("0", "255")
    np.testing.assert_array_equal(data.y, [(Y[1] > 0) | (Y[3] > 0), Y[5] > 0])


def test_masks_that_are_not_there(tmp_path: Path) -> None:
    root = table(pictures_and_masks(tmp_path), "image,mask", [*ROWS[:5], "pics/a5.png,segs/no.png"])
    with pytest.raises(DataError, match=r"the mask of every row is there.*1 of 6.*--skip-broken"):
        load(root)
    assert len(load(root, skip_broken=True)) == 5


def test_a_second_column_of_pictures_is_no_mask_beside_labels(tmp_path: Path) -> None:
    rows = [f"pics/a{i}.png,pics/a{(i + 1) % 6}.png,{'uv'[i % 2]}" for i in range(6)]
    data = load(table(pictures_and_masks(tmp_path), "image,other,label", rows))
    assert (data.task, data.classes) == ("classification", ("u", "v"))
    with pytest.raises(DataError, match="each number in a mask is a class"):
        load(tmp_path, target="other")


def test_masks_in_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pandas as pd

    def encoded(pixels: np.ndarray) -> dict[str, object]:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        return {"bytes": buffer.getvalue(), "path": None}

    frame = pd.DataFrame({"annotation": map(encoded, Y), "image": map(encoded, X)})
    frame.to_parquet(tmp_path / "train-00000-of-00001.parquet")
    for source in (tmp_path, tmp_path / "train-00000-of-00001.parquet"):
        data = load(source)
        assert data.task == "segmentation"
        np.testing.assert_array_equal(data.x, X)
        np.testing.assert_array_equal(data.y, Y)


def objects(count: int, seed: int, side: int = 40, kind: type = np.uint8) -> np.ndarray:
    """A mask of so many separate squares, each with a number of its own."""
    mask = np.zeros((side, side), kind)
    rng = np.random.default_rng(seed)
    for number, place in enumerate(rng.permutation(49)[:count], start=1):
        row, column = divmod(int(place), 7)
        mask[row * 5 + 1 : row * 5 + 4, column * 5 + 1 : column * 5 + 4] = number
    return mask


def classes(seed: int, count: int) -> np.ndarray:
    """A mask of so many classes, as streets have them."""
    rng = np.random.default_rng(seed)
    return np.kron(rng.integers(0, count, (8, 8)), np.ones((5, 5), int))


def test_objects_are_told_from_classes() -> None:
    assert are_instances([objects(count, count) for count in (12, 20, 7)])
    assert are_instances([objects(30, 3)])
    far = [np.where(m > 0, m.astype(np.int32) + 1000 * i, 0)
           for i, m in enumerate(objects(30, i) for i in range(4))]  # fmt: skip
    assert are_instances(far)
    assert not are_instances([objects(4, 1), objects(6, 2)])  # few numbers may be classes
    assert not are_instances([objects(20, 1), objects(20, 2)])  # as many in each: parts of a body
    for count in (12, 19, 33):
        assert not are_instances([classes(seed, count) for seed in range(5)])
    assert not are_instances([np.zeros((4, 4), int), np.full((4, 4), -1)])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_masks_of_objects_become_foreground(tmp_path: Path, kind: type) -> None:
    y = np.stack([objects(count, count, kind=kind) for count in (12, 31, 7)])
    x = RNG.integers(0, 256, y.shape).astype(np.uint8)
    for i, (picture, mask) in enumerate(zip(x, y, strict=True)):
        save(tmp_path / "images" / f"{i}.png", picture)
        save(tmp_path / "masks" / f"{i}.png", mask)
    data = load(tmp_path)
    assert data.classes == ("0", "1")
    np.testing.assert_array_equal(data.y, y > 0)
    told = next(note for note in data.notes if "number objects" in note)
    assert "up to 31 in one" in told
    assert "--masks semantic" in told
    semantic = load(tmp_path, masks="semantic")
    assert len(semantic.classes) == 32
    np.testing.assert_array_equal(semantic.y, y)
    arrays = Dataset.from_arrays(x, y)
    np.testing.assert_array_equal(arrays.y, y > 0)
    assert len(Dataset.from_arrays(x, y, masks="semantic").classes) == 32
    model = Preprocessing.from_json(json.loads(json.dumps(
        Preprocessing.fit(data, np.arange(3)).to_json())))  # fmt: skip
    assert model.mask_numbers == "instance"
    save(tmp_path / "few" / "images" / "0.png", x[0])
    save(tmp_path / "few" / "masks" / "0.png", np.minimum(y[0], 3))
    few = load(tmp_path / "few", like=model)
    np.testing.assert_array_equal(model.transform_targets(few), y[:1] > 0)


def test_few_objects_are_taken_for_such_where_one_says_so(tmp_path: Path) -> None:
    y = np.stack([objects(2, 1), objects(3, 2)])
    np.savez(tmp_path / "data.npz", x=np.zeros(y.shape), y=y)
    assert load(tmp_path / "data.npz").classes == ("0", "1", "2", "3")
    data = load(tmp_path / "data.npz", masks="instance")
    assert data.classes == ("0", "1")
    np.testing.assert_array_equal(data.y, y > 0)
    with pytest.raises(DataError, match=r"classes or objects.*received 'objects'"):
        load(tmp_path / "data.npz", masks="objects")  # type: ignore[arg-type]


NAMES = {
    "classes.txt": "sky\nroad\ncar\n",
    "labels.txt": "0 sky\n1 road\n2 car\n",
    "class_names.txt": "0: sky\n1: road\n2: car",
    "obj.names": "sky\r\nroad\r\ncar\r\n",
    "classes.json": '["sky", "road", "car", "never"]',
    "labels.json": '{"0": "sky", "1": "road", "2": "car"}',
    "label_map.json": '{"sky": 0, "road": 1, "car": 2}',
    "id2label.json": '{"id2label": {"0": "sky", "1": "road", "2": "car"}}',
    "class_names.json": '{"categories": [{"id": 2, "name": "car"}, {"id": 0, "name": "sky"}, '
    '{"id": 1, "name": "road"}]}',
    "classes.csv": "id,name\n0,sky\n1,road\n2,car\n",
    "class_names.csv": "0,sky\n1,road\n2,car\n",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_classes_beside_masks(tmp_path: Path, name: str) -> None:
    for i in range(6):
        save(tmp_path / "images" / f"{i}.png", X[i])
        save(tmp_path / "masks" / f"{i}.png", Y[i])
    plain = load(tmp_path)
    (tmp_path / name).write_text(NAMES[name])
    data = load(tmp_path)
    assert data.classes == ("sky", "road", "car")
    assert data.class_labels == ("0", "1", "2")
    assert f"classes are called as {name} says: 0 is sky, 1 is road, 2 is car" in data.notes
    np.testing.assert_array_equal(data.y, Y)
    assert unnamed_classes(data).classes == plain.classes
    fitted = Preprocessing.fit(data, np.arange(6))
    fitted = Preprocessing.from_json(json.loads(json.dumps(fitted.to_json())))
    assert fitted.mask_labels.tolist() == [0, 1, 2]
    for other in (plain, data):  # with the names beside the data, or without
        np.testing.assert_array_equal(fitted.transform_targets(other), Y)
        np.testing.assert_array_equal(
            Preprocessing.fit(plain, np.arange(6)).transform_targets(other), Y
        )


def test_names_of_colors_and_of_numbers_that_do_not_count(tmp_path: Path) -> None:
    colors = np.array([[64, 128, 64], [192, 0, 128], [0, 128, 192]], np.uint8)
    for i in range(6):
        save(tmp_path / "c" / "images" / f"{i}.png", X[i])
        save(tmp_path / "c" / "masks" / f"{i}.png", colors[Y[i]])
        save(tmp_path / "n" / "images" / f"{i}.png", X[i])
        save(tmp_path / "n" / "masks" / f"{i}.png", Y[i] * 100)
    told = "name,r,g,b\nAnimal,64,128,64\nArchway,192,0,128\nBicyclist,0,128,192\nBridge,0,128,64\n"
    (tmp_path / "c" / "class_dict.csv").write_text(told)
    data = load(tmp_path / "c")
    assert data.classes == ("Bicyclist", "Animal", "Archway")
    (tmp_path / "n" / "labels.txt").write_text("0,sky\n100,road\n200,car\n")
    data = load(tmp_path / "n")
    assert data.classes == ("sky", "road", "car")
    assert Preprocessing.fit(data, np.arange(6)).mask_labels.tolist() == [0, 100, 200]


def test_names_of_classes_of_pictures_and_tables(tmp_path: Path) -> None:
    for i in range(6):
        save(tmp_path / "p" / str(i % 2 + 1) / f"{i}.png", X[i])
    (tmp_path / "p" / "classes.txt").write_text("cat\ndog\n")  # counted from 1
    data = load(tmp_path / "p", positive=2)
    assert (data.classes, data.class_labels, data.positive) == (("cat", "dog"), ("1", "2"), "dog")
    assert not any("left out" in note or "taken as" in note for note in data.notes)
    rows = [f"{i * 0.5},{i % 3}" for i in range(30)]
    table(tmp_path, "width,label", rows, "t.csv")
    (tmp_path / "classes.txt").write_text("a\nb\nc\nd\n")
    assert load(tmp_path / "t.csv").classes == ("0", "1", "2")  # of other data, it seems
    (tmp_path / "classes.txt").write_text("a\nb\nc\n")
    named = load(tmp_path / "t.csv")
    assert named.classes == ("a", "b", "c")
    assert named.with_task("regression").y is not None
    assert load(tmp_path / "t.csv", task="regression").classes == ()
    fitted = Preprocessing.fit(named, np.arange(30))
    np.testing.assert_array_equal(
        fitted.transform_targets(load(tmp_path / "t.csv", like=fitted)), named.y
    )


@pytest.mark.parametrize(
    "told", ["", "cat", "cat\ncat\n", "0 cat\n0 dog\n", "cat\n\x00\x01\n", "7 cat\n8 dog\n", "{"]
)
def test_names_that_do_not_fit_are_none(tmp_path: Path, told: str) -> None:
    for i in range(6):
        save(tmp_path / str(i % 2) / f"{i}.png", X[i])
    (tmp_path / "classes.txt").write_text(told)
    (tmp_path / "classes.json").write_text(told)
    assert load(tmp_path).classes == ("0", "1")


def test_a_model_with_labels_that_are_no_good_is_refused() -> None:
    data = Dataset.from_arrays(X, Y)
    told = Preprocessing.fit(replace(data, class_labels=("5", "6", "7")), np.arange(6)).to_json()
    assert Preprocessing.from_json(told).class_labels == ("5", "6", "7")
    for wrong in (["1"], ["1", "1", "2"], "123", [1, 2, 3]):
        with pytest.raises(DataError, match="a preprocessing that shoal wrote"):
            Preprocessing.from_json({**told, "class_labels": wrong})
