"""Pictures that a table names: classes, several labels, numbers, and what people's tables lack."""

import json

import numpy as np
import pytest
from PIL import Image

from shoal.data import load
from shoal.data.splitting.parts import TEST, TRAIN, VALIDATION
from shoal.errors import DataError

COUNT = 6
LABELS = ["cat", "dog", "cat", "dog", "cat", "cat"]


@pytest.fixture
def folder(tmp_path):
    """Pictures p0.png to p5.png in photos/; the pixels of each are its number."""
    write_pictures(tmp_path / "photos")
    return tmp_path


def write_pictures(place, end="png", count=COUNT):
    place.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        Image.fromarray(np.full((4, 5, 3), i, np.uint8)).save(place / f"p{i}.{end}")


def table(path, header, rows):
    path.write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\n")
    return path


def zip_names(values):
    return [(f"p{i}.png", value) for i, value in enumerate(values)]


def labels_of(data):
    return [data.classes[i] for i in data.y]


def numbers_of(data):
    """Which pictures were read."""
    return data.x[:, 0, 0, 0].tolist()


NAMES = {
    "beside the table": "photos/p{}.png",
    "in a folder beside": "p{}.png",
    "without suffix": "p{}",
    "another suffix": "p{}.jpg",
    "other letters": "P{}.PNG",
    "of another machine": "/home/anna/data/photos/p{}.png",
    "of Windows": "C:\\data\\p{}.png",
    "relative": "./photos/p{}.png",
}


@pytest.mark.parametrize("names", NAMES)
def test_names_lead_to_pictures(folder, names):
    order = [3, 0, 5, 1]
    rows = [(NAMES[names].format(i), LABELS[i]) for i in order]
    data = load(table(folder / "labels.csv", ("image", "label"), rows))
    assert (data.kind, data.task, data.target) == ("image", "classification", "label")
    assert numbers_of(data) == order
    assert labels_of(data) == [LABELS[i] for i in order]
    assert data.example_names == tuple(name for name, _ in rows)
    assert "left out, for no row names them: 2 pictures: p2.png, p4.png" in data.notes


def test_a_folder_may_be_named(folder, tmp_path_factory):
    away = tmp_path_factory.mktemp("table")
    path = table(away / "labels.csv", ("file", "label"), [(f"p{i}.png", LABELS[i]) for i in (1, 2)])
    with pytest.raises(DataError, match=r"the pictures that a table names are there; .*--images"):
        load(path)
    data = load(path, images=folder / "photos")
    assert (numbers_of(data), data.images) == ([1, 2], str(folder / "photos"))
    with pytest.raises(DataError, match="--images names a folder; received none that is there"):
        load(path, images=away / "none")
    with pytest.raises(DataError, match="a column of the table names the pictures"):
        load(table(away / "other.csv", ("a", "b"), [(1, 2), (3, 4)]), images=folder)


def test_the_folder_that_is_called_like_the_table_comes_first(tmp_path):
    write_pictures(tmp_path / "test", count=2)
    (tmp_path / "train").mkdir()
    for i in range(2):
        Image.fromarray(np.full((4, 5, 3), 9, np.uint8)).save(tmp_path / "train" / f"p{i}.png")
    data = load(table(tmp_path / "train.csv", ("id", "label"), [("p0", "a"), ("p1", "b")]))
    assert numbers_of(data) == [9, 9]


def test_missing_pictures_are_named_or_left_out(folder):
    rows = [(f"p{i}.png", "ab"[i % 2]) for i in (0, 1, 2, 7, 3, 8)]
    path = table(folder / "labels.csv", ("file_name", "label"), rows)
    wanted = r"'file_name': .*row is there; received 2 of 6 are not: p7\.png, p8\.png, .* line 5"
    with pytest.raises(DataError, match=wanted):
        load(path)
    data = load(path, skip_broken=True)
    assert (numbers_of(data), labels_of(data)) == ([0, 1, 2, 3], ["a", "b", "a", "b"])
    assert "2 of 6 pictures are not there and left out: p7.png, p8.png" in data.notes
    (folder / "photos" / "p1.png").write_bytes(b"broken")
    data = load(path, skip_broken=True)
    assert (numbers_of(data), labels_of(data)) == ([0, 2, 3], ["a", "a", "b"])
    assert data.example_names == ("p0.png", "p2.png", "p3.png")
    assert data.cells["label"].tolist() == ["a", "a", "b"]


def test_rows_that_come_again(folder):
    rows = [("p0.png", "a"), ("p1.png", "b"), ("p0.png", "a")]
    data = load(table(folder / "t.csv", ("file", "label"), rows))
    assert numbers_of(data) == [0, 1]
    assert "1 rows name a picture again: left out" in data.notes
    path = table(folder / "t.csv", ("file", "label"), [*rows, ("photos/p1.png", "a")])
    with pytest.raises(DataError, match=r"one target; received two for .*p1\.png, in line 3 and"):
        load(path)
    data = load(path, task="multi-label")
    assert (data.classes, data.y.tolist()) == (("a", "b"), [[1, 0], [1, 1]])


# --- targets -------------------------------------------------------------------------------------


def test_columns_of_0_and_1_are_labels(folder):
    rows = [(f"p{i}.png", i % 2, int(i > 1)) for i in range(4)]
    data = load(table(folder / "t.csv", ("file", "sun", "rain"), rows))
    assert (data.task, data.classes, data.target) == ("multi-label", ("sun", "rain"), "sun,rain")
    assert data.y.tolist() == [[i % 2, int(i > 1)] for i in range(4)]


def test_one_column_with_a_1_in_each_row_is_the_class(folder):
    rows = [(f"p{i}.png", int(i % 2 == 0), int(i % 2 == 1)) for i in range(4)]
    data = load(table(folder / "t.csv", ("file", "even", "odd"), rows))
    assert (data.task, labels_of(data)) == ("classification", ["even", "odd"] * 2)
    data = load(folder / "t.csv", task="multi-label")
    assert data.y.tolist() == [[1, 0], [0, 1]] * 2


LISTS = {
    "bars": ["a|b", "a", "b|c", ""],
    "semicolons": ["a;b", "a", "c;b", ""],
    "commas": ['"a, b"', "a", '"b, c"', ""],
    "spaces": ["a b", "a", "b c", "", "b", "a c"],
    "as Python writes them": ["\"['a', 'b']\"", "['a']", "\"['b', 'c']\"", "[]"],
    "numbers": ["0 12", "0", "12 7", ""],
}


@pytest.mark.parametrize("form", LISTS)
def test_cells_may_be_lists_of_labels(folder, form):
    data = load(table(folder / "t.csv", ("file", "tags"), [*zip_names(LISTS[form])]))
    assert data.task == "multi-label"
    assert data.classes == (("0", "7", "12") if form == "numbers" else ("a", "b", "c"))
    wanted = [{0, 2}, {0}, {1, 2}, set()] if form == "numbers" else [{0, 1}, {0}, {1, 2}, set()]
    assert [set(np.flatnonzero(row).tolist()) for row in data.y[:4]] == wanted
    assert "1 cells of 'tags' are blank: none of the labels applies there" in data.notes


def test_names_of_two_words_are_no_lists(folder):
    names = ["golden retriever", "siberian husky", "red panda"] * 2
    data = load(table(folder / "t.csv", ("file", "breed"), [*zip_names(names)]))
    assert (data.task, labels_of(data)) == ("classification", names)


def test_numbers(folder):
    rows = [(f"p{i}.png", 10 + i / 7, i - 0.5) for i in range(COUNT)]
    path = table(folder / "t.csv", ("file", "height", "age"), rows)
    data = load(path)
    assert (data.task, data.target, data.y.tolist()) == ("regression", "age", [r[2] for r in rows])
    assert "of the table only pictures and targets are read; left out: 'height'" in data.notes
    data = load(path, target="height,age")
    np.testing.assert_allclose(data.y, [row[1:] for row in rows])
    assert load(path, target="height").y.tolist() == [row[1] for row in rows]
    with pytest.raises(DataError, match=r"the target is a column of the table; .*received 'width'"):
        load(path, target="width")


def test_blank_targets_are_named(folder):
    path = table(folder / "t.csv", ("file", "label"), zip_names(["a", "", "b", "a", ""]))
    with pytest.raises(DataError, match=r"every row needs a target; received 2 blank, in line 3"):
        load(path)


def test_a_column_may_tell_the_split(folder):
    parts = ["train", "val", "test", "train", "Train", "test"]
    rows = [(f"p{i}.png", LABELS[i], parts[i]) for i in range(COUNT)]
    data = load(table(folder / "t.csv", ("file", "label", "split"), rows))
    assert data.parts.tolist() == [TRAIN, VALIDATION, TEST, TRAIN, TRAIN, TEST]
    assert data.target == "label"
    assert "the table tells the split: 3 for train, 1 for validation, 2 for test" in data.notes


def test_weights_and_groups(folder):
    rows = [(f"p{i}.png", LABELS[i], i + 1, f"patient {i // 2}") for i in range(COUNT)]
    path = table(folder / "t.csv", ("file", "label", "weight", "who"), rows)
    data = load(path, weight="weight", groups="who")
    assert data.weight.tolist() == [1, 2, 3, 4, 5, 6]
    assert data.groups.tolist() == [0, 0, 1, 1, 2, 2]


def test_without_its_names_a_table_is_a_table(folder):
    rows = [(f"p{i}.png", i, i * i) for i in range(COUNT)]
    path = table(folder / "t.csv", ("file", "a", "y"), rows)
    assert load(path, drop=("file",)).kind == "table"
    assert load(path).kind == "image"


@pytest.mark.parametrize("name", ["id", "name", "x"])
def test_ids_without_pictures_are_a_column_like_others(tmp_path, name):
    write_pictures(tmp_path / "holiday")
    rows = [(i, i / 3, "ab"[i % 2]) for i in range(20)]
    assert load(table(tmp_path / "t.csv", (name, "size", "kind"), rows)).kind == "table"


# --- folders with a table ------------------------------------------------------------------------


def test_a_folder_with_metadata(folder):
    table(folder / "photos" / "metadata.csv", ("file_name", "label"), zip_names(LABELS))
    data = load(folder / "photos")
    assert (numbers_of(data), labels_of(data)) == ([*range(COUNT)], LABELS)
    assert load(folder / "photos", target="label").target == "label"
    assert load(folder / "photos", need_target=False).y is None


def test_metadata_in_parts(tmp_path):
    for part, rows in (("train", (0, 1, 2)), ("validation", (3,)), ("test", (4, 5))):
        write_pictures(tmp_path / part)
        lines = [json.dumps({"file_name": f"p{i}.png", "label": LABELS[i], "box": {"a": 1}})
                 for i in rows]  # fmt: skip
        (tmp_path / part / "metadata.jsonl").write_text("\n".join(lines) + "\n\n")
    data = load(tmp_path)
    assert sorted(zip(data.parts.tolist(), numbers_of(data), labels_of(data), strict=True)) == [
        *((TRAIN, i, LABELS[i]) for i in (0, 1, 2)), (VALIDATION, 3, LABELS[3]),
        *((TEST, i, LABELS[i]) for i in (4, 5)),
    ]  # fmt: skip
    assert "train/p0.png" in data.example_names
    (tmp_path / "test" / "metadata.jsonl").write_text("[1]\n")
    with pytest.raises(DataError, match=r"a row is an object of names and values; .*"):
        load(tmp_path)


def test_a_single_table_of_a_folder(folder):
    table(folder / "answers.csv", ("id", "label"), [(f"p{i}", LABELS[i]) for i in range(COUNT)])
    assert labels_of(load(folder)) == LABELS
    table(folder / "sample.csv", ("id", "label"), [("p0", "cat")])
    with pytest.raises(DataError, match=r"one table tells of the pictures.*received 2: answers"):
        load(folder)
    (folder / "answers.csv").rename(folder / "train.csv")
    assert labels_of(load(folder)) == LABELS


def test_folders_of_classes_go_before_a_table_beside(tmp_path):
    for name in ("cat", "dog"):
        write_pictures(tmp_path / name)
    table(tmp_path / "list.csv", ("file", "label"), [("cat/p0.png", "x"), ("dog/p0.png", "y")])
    assert load(tmp_path).classes == ("cat", "dog")


# --- pictures in the table -----------------------------------------------------------------------


def encoded(count=COUNT, form="PNG"):
    import io

    found = []
    for i in range(count):
        buffer = io.BytesIO()
        Image.fromarray(np.full((4, 5, 3), i, np.uint8)).save(buffer, form)
        found.append(buffer.getvalue())
    return found


def write_arrow(path, columns, metadata=None):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import feather, parquet

    made = pyarrow.table(columns)
    if metadata is not None:
        made = made.replace_schema_metadata({"huggingface": json.dumps(metadata)})
    if path.suffix == ".parquet":
        parquet.write_table(made, path)
    else:
        feather.write_feather(made, path)
    return path


@pytest.mark.parametrize("end", ["parquet", "feather"])
def test_a_column_of_bytes(tmp_path, end):
    data = load(write_arrow(tmp_path / f"a.{end}", {"picture": encoded(), "label": LABELS}))
    assert (numbers_of(data), labels_of(data)) == ([*range(COUNT)], LABELS)
    assert data.notes[0] == "pictures are those in column 'picture'"


def test_structs_and_names_of_classes(tmp_path):
    images = [{"bytes": data, "path": f"a/{i}.png"} for i, data in enumerate(encoded())]
    metadata = {"info": {"features": {
        "image": {"_type": "Image"}, "label": {"names": ["dog", "cat"], "_type": "ClassLabel"},
    }}}  # fmt: skip
    label = [["dog", "cat"].index(one) for one in LABELS]
    path = write_arrow(tmp_path / "a.parquet", {"image": images, "label": label}, metadata)
    data = load(path)
    assert (numbers_of(data), labels_of(data)) == ([*range(COUNT)], LABELS)
    assert data.example_names == tuple(f"{i}.png" for i in range(COUNT))
    assert load(path, need_target=False).y is None


def test_lists_of_labels_in_parquet(tmp_path):
    columns = {"image": encoded(3), "tags": [["a", "b"], ["b"], []], "deep": [[[1]], [[2]], [[3]]]}
    data = load(write_arrow(tmp_path / "a.parquet", columns))
    assert (data.classes, data.y.tolist()) == (("a", "b"), [[1, 1], [0, 1], [0, 0]])


def test_a_broken_picture_in_a_table_is_named_by_its_row(tmp_path):
    images = encoded()
    images[2] = images[2][:40]
    path = write_arrow(tmp_path / "a.parquet", {"image": images, "label": LABELS})
    with pytest.raises(DataError, match=r"a\.parquet, row 2: the file is a picture"):
        load(path)
    assert numbers_of(load(path, skip_broken=True)) == [0, 1, 3, 4, 5]


def test_a_path_in_a_table_leads_nowhere_else(tmp_path):
    write_pictures(tmp_path / "in")
    write_pictures(tmp_path / "out")
    images = [{"bytes": None, "path": path} for path in ("p0.png", "../out/p1.png", "p2.png")]
    path = write_arrow(tmp_path / "in" / "a.parquet", {"image": images, "label": ["a", "b", "a"]})
    with pytest.raises(DataError, match=r"1 of 3 are not: p1\.png, the first in row 1"):
        load(path)


def test_bytes_that_are_no_pictures_are_none(tmp_path):
    path = write_arrow(tmp_path / "a.parquet", {"image": [b"abc"] * 3, "label": [1, 2, 3]})
    with pytest.raises(DataError):
        load(path)


def test_a_model_of_pictures_reads_such_tables(folder):
    from shoal.data.preprocessing import Preprocessing

    path = table(folder / "t.csv", ("file", "label"), zip_names(LABELS))
    data = load(path)
    fitted = Preprocessing.fit(data, np.arange(COUNT))
    # As the commands ask: no texts are looked for.
    again = load(path, like=fitted, text=False, target="label", task="classification")
    np.testing.assert_array_equal(fitted.transform_targets(again), data.y)
    unanswered = load(path, like=fitted, text=False, target="label", need_target=False)
    assert (unanswered.kind, unanswered.y) == ("image", None)
    assert unanswered.cells["file"].tolist() == [f"p{i}.png" for i in range(COUNT)]
