"""Folders of photos of any sizes, by command from the first look to a prediction."""

import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import shoal
from shoal.cli.main import app
from shoal.data import load
from shoal.data.encode.pictures import _names_of_masks
from shoal.data.encode.resizing import Resizing, resized
from shoal.models.model import Model

NETWORK = """
layers = [
  { kind = "conv", channels = 2, kernel_size = 3 },
  "flatten",
  { kind = "dense", units = 2 },
]
[recipe]
epochs = 2
"""


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def told(done, code=0):
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """Bright cats and dark dogs of many sizes, below train/ and test/, a model and a study."""
    folder = tmp_path_factory.mktemp("album")
    rng = np.random.default_rng(0)
    for part, count in (("train", 12), ("test", 4)):
        for name, low in (("cat", 150), ("dog", 0)):
            place = folder / "photos" / part / name
            place.mkdir(parents=True)
            for i in range(count):
                sides = rng.integers(7, 13, 2)
                pixels = rng.integers(low, low + 100, (*sides, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(place / f"{i}.{'jpg' if i % 2 else 'png'}")
    (folder / "photos" / "train" / "dog" / "broken.jpg").write_text("no picture")
    (folder / "network.toml").write_text(NETWORK)
    common = ("--network", folder / "network.toml", "--size", "6", "--skip-broken")
    done = run("train", folder / "photos", *common, "--resize", "crop", "--out", folder / "m.safe")
    (folder / "train.txt").write_text(told(done))
    done = run(
        "search", folder / "photos", *common, "--resize", "pad", "--trials", "1", "--confirm", "0",
        "--study", folder / "s.study", "--out", folder / "s.safe",
    )  # fmt: skip
    (folder / "search.txt").write_text(told(done))
    return folder


def predictions(*arguments):
    return json.loads(run("predict", *arguments, "--json").stdout)["predictions"]


def test_what_was_read_is_told(album):
    told = (album / "train.txt").read_text()
    assert "32 images of 6×6×3, classification into 2 classes" in told
    assert (
        "the folders tell the split: 24 for training, 8 for the test; validation is drawn" in told
    )
    assert "become 6×6 (crop: the centre is cut out, sides kept in proportion)" in told
    assert "1 of 33 files cannot be read and are left out: dog/broken.jpg" in told


def test_a_broken_file_ends_the_command_by_name(album):
    output = told(run("train", album / "photos", "--out", album / "none.safe"), code=2)
    assert "photos/train/dog/broken.jpg: the file is a picture" in output
    assert "--skip-broken (in Python skip_broken=True) goes on without such files" in output


def test_pictures_are_predicted_by_name_and_alone_as_among_others(album):
    cat, dog = album / "photos/test/cat/0.png", album / "photos/test/dog/1.jpg"
    found = predictions(album / "m.safe", cat, dog, album / "photos" / "test")
    assert [one["file"] for one in found[:3]] == [
        str(cat), str(dog), str(album / "photos" / "test" / "cat" / "0.png"),
    ]  # fmt: skip
    assert len(found) == 10
    within = predictions(album / "m.safe", album / "photos" / "test")
    assert [one["file"] for one in within[::4]] == ["cat/0.png", "dog/0.png"]
    alone = predictions(album / "m.safe", dog)[0]
    assert alone == found[1]
    assert {k: v for k, v in found[2].items() if k != "file"} == {
        k: v for k, v in found[0].items() if k != "file"
    }
    shown = run("predict", album / "m.safe", cat, dog)
    assert shown.exit_code == 0
    assert [word in shown.output for word in ("file", "prediction", "probability")] == [True] * 3


def test_a_table_of_predictions_has_the_names_of_files(album, tmp_path):
    told(run("predict", album / "m.safe", album / "photos" / "test", "--out", tmp_path / "p.csv"))
    with open(tmp_path / "p.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"{c}/{n}" for c in ("cat", "dog") for n in (
        "0.png", "1.jpg", "2.png", "3.jpg")]  # fmt: skip
    model = Model.load(album / "m.safe")
    shares = model.predict_proba(album / "photos" / "test")
    np.testing.assert_allclose([float(row["p_cat"]) for row in rows], shares[:, 0], rtol=1e-5)


def test_a_model_predicts_pictures_of_any_size_in_python(album):
    model = Model.load(album / "m.safe")
    assert model.preprocessing.encoder.resizing == Resizing(6, 6, "crop")
    names = [album / "photos/test/cat/0.png", str(album / "photos/test/dog/2.png")]
    shares = model.predict_proba(names)
    for i, name in enumerate(names):
        np.testing.assert_array_equal(model.predict_proba(name), shares[i : i + 1])
        with Image.open(name) as picture:
            pixels = np.asarray(picture)
            np.testing.assert_array_equal(model.predict_proba([picture]), shares[i : i + 1])
        np.testing.assert_array_equal(model.predict_proba(pixels[None]), shares[i : i + 1])
        by_hand = resized(pixels, Resizing(6, 6, "crop"))[None]
        np.testing.assert_array_equal(model.predict_proba(by_hand), shares[i : i + 1])
    folder = model.predict(album / "photos" / "test")
    assert (folder.shape, set(folder) <= {"cat", "dog"}) == ((8,), True)
    with pytest.raises(shoal.errors.DataError, match=r"nowhere\.jpg: no such file"):
        model.predict("nowhere.jpg")
    with pytest.raises(shoal.errors.DataError, match="the file is a picture"):
        model.predict(album / "network.toml")


def test_the_test_rows_are_known_again(album):
    done = run("evaluate", album / "m.safe", album / "photos", "--skip-broken", "--json")
    assert done.exit_code == 0, done.output
    assert "scored are its 8 test rows" in done.stderr
    model = Model.load(album / "m.safe")
    data = load(album / "photos" / "test", like=model.preprocessing)
    assert json.loads(done.stdout)["accuracy"] == model.evaluate(data)["accuracy"]
    assert model.evaluate(album / "photos" / "test") == model.evaluate(data)


def test_a_study_reads_its_pictures_again_as_at_first(album, tmp_path):
    assert "(pad: the whole picture" in (album / "search.txt").read_text()
    study = tmp_path / "s.study"
    shutil.copy(album / "s.study", study)
    told(run("resume", study, "--out", tmp_path / "again.safe"))
    again, first = Model.load(tmp_path / "again.safe"), Model.load(album / "s.safe")
    assert again.preprocessing == first.preprocessing
    assert again.preprocessing.encoder.resizing == Resizing(6, 6, "pad")
    shutil.copytree(album / "photos", tmp_path / "moved")
    told(run("resume", study, tmp_path / "moved", "--out", tmp_path / "again.safe", "--force"))
    (tmp_path / "moved" / "train" / "cat" / "0.png").unlink()
    output = told(run("resume", study, tmp_path / "moved", "--trials", "2"), code=2)
    assert "the data" in output


def test_a_study_of_pictures_is_shown_and_reported(album, tmp_path):
    assert "photos" in told(run("show", album / "s.study"))
    told(run("report", album / "s.study", "--out", tmp_path / "r.html"))
    assert "become 6×6 (pad" in (tmp_path / "r.html").read_text()


def test_pictures_of_another_size_for_a_model_of_one_size(album, tmp_path):
    for name, low in (("cat", 150), ("dog", 0)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(6):
            level = np.full((6, 6, 3), low + i, np.uint8)
            Image.fromarray(level).save(tmp_path / "pets" / name / f"{i}.png")
    done = run("train", tmp_path / "pets", "--network", album / "network.toml", "--out",
               tmp_path / "m.safe")  # fmt: skip
    told(done)
    other = tmp_path / "other.png"
    Image.new("RGB", (30, 20), (153, 153, 153)).save(other)
    output = told(run("predict", tmp_path / "m.safe", other, tmp_path / "pets/cat/3.png"))
    assert "pictures become 6×6, the size of all pictures in training (stretched" in output
    found = predictions(tmp_path / "m.safe", other, tmp_path / "pets/cat/3.png")
    assert [found[0][k] == found[1][k] for k in ("p_cat", "p_dog")] == [True, True]
    model = Model.load(tmp_path / "m.safe")
    with pytest.warns(shoal.errors.ShoalWarning, match="pictures of 20×30 become 6×6"):
        model.predict(np.full((2, 20, 30, 3), 153, np.uint8))


def test_names_that_are_no_pictures(album, tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    photo = album / "photos/test/cat/0.png"
    assert "those of pictures, and of folders" in told(
        run("predict", album / "m.safe", photo, tmp_path / "a.csv"), code=2
    )
    assert "no such file" in told(run("predict", album / "m.safe", photo, "b.png"), code=2)
    assert "Is there" not in told(run("predict", album / "m.safe", photo, "--keep", "x"), code=2)


def test_masks_of_pictures_that_are_named_have_names_of_their_own():
    assert _names_of_masks(["a.png", "b.jpg", "c/d.png"]) == ["a", "b", "c/d"]
    assert _names_of_masks(["a.png", "a.jpg"]) == ["a.png", "a.jpg"]
    assert _names_of_masks(["a.png", "a.png"]) == ["0-a.png", "1-a.png"]
