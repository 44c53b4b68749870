"""Pictures of any size made one: the size that is chosen, and what becomes of their pixels."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from shoal.data import Dataset, load
from shoal.data.encode.any_encoder import encoder_from_json, encoder_to_json
from shoal.data.encode.image import ImageEncoder
from shoal.data.encode.resizing import (
    Resizing,
    checked_size,
    checked_way,
    chosen_resizing,
    labels_resized,
    resized,
)
from shoal.data.io.picture import read_picture
from shoal.errors import DataError
from shoal.utils.environment import processors

sides = st.integers(1, 40)
ways = st.sampled_from(["fit", "crop", "pad"])


# --- what is done -----------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(sides, sides, sides, sides, ways, st.sampled_from(["u1", "u2", "i4", "f4"]))
def test_one_color_stays_this_color_beside_black(high, wide, height, width, way, kind):
    picture = np.full((high, wide, 3), 200, kind)
    picture[..., 1] = 7
    found = resized(picture, Resizing(height, width, way))
    assert (found.shape, found.dtype) == ((height, width, 3), picture.dtype)
    shown = found.reshape(-1, 3)
    colored = (shown == [200, 7, 200]).all(axis=1)
    if way == "pad":
        assert (colored | (shown == 0).all(axis=1)).all()
        scale = max(high / height, wide / width)
        area = max(round(high / scale), 1) * max(round(wide / scale), 1)
        assert int(colored.sum()) == min(area, height * width)
    else:
        assert colored.all()


@settings(deadline=None, max_examples=25)
@given(sides, sides, ways)
def test_a_picture_of_the_size_stays_as_it_is(height, width, way):
    picture = np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)
    np.testing.assert_array_equal(resized(picture, Resizing(height, width, way)), picture)


def test_halves_are_means_of_their_pixels():
    # Left and right halves of two grays: a quarter of the size keeps them, and their means.
    picture = np.repeat([[0.0] * 8 + [160.0] * 8], 16, axis=0)[..., None].astype(np.float32)
    small = resized(picture, Resizing(4, 4))[..., 0]
    assert small.mean() == pytest.approx(80)
    assert (small[:, 0], small[:, 3]) == (
        pytest.approx([0] * 4, abs=1),
        pytest.approx([160] * 4, abs=1),
    )
    words = resized((picture * 256).astype(np.uint16), Resizing(4, 4))[..., 0]
    np.testing.assert_allclose(words / 256, small, atol=0.01)


def test_the_centre_is_cut_out_and_bars_are_even():
    picture = np.zeros((4, 12, 1), np.uint8)
    picture[:, 4:8] = 255
    assert (resized(picture, Resizing(2, 2, "crop")) == 255).all()
    padded = resized(np.full((4, 12, 1), 9, np.uint8), Resizing(6, 6, "pad"))[..., 0]
    assert padded[:, 0].tolist() == [0, 0, 9, 9, 0, 0]


@pytest.mark.parametrize("way", ["fit", "crop", "pad"])
@pytest.mark.parametrize("orientation", [1, 6], ids=["upright", "lies"])
def test_a_large_photo_is_decoded_smaller_with_nearly_the_same_result(tmp_path, way, orientation):
    rows, columns = np.mgrid[:600, :400]
    waves = 120 + 60 * np.sin(rows / 60) + 60 * np.cos(columns / 45)
    picture = Image.fromarray(waves.astype(np.uint8)).convert("RGB")
    exif = Image.Exif()
    exif[274] = orientation
    picture.save(tmp_path / "a.jpg", quality=95, exif=exif)
    to = Resizing(30, 40, way)
    found = read_picture(tmp_path / "a.jpg", to).values
    whole = resized(read_picture(tmp_path / "a.jpg").values, to)
    assert found.shape == (30, 40, 3)
    assert np.abs(found.astype(float) - whole).mean() < 1.5


@pytest.mark.parametrize("way", ["fit", "crop", "pad"])
@pytest.mark.parametrize("size", [(1, 900), (900, 1), (1, 1)], ids=["tall", "long", "dot"])
def test_pictures_of_one_line_are_pictures(tmp_path, way, size):
    Image.new("RGB", size, (90, 90, 90)).save(tmp_path / "a.jpg", quality=100)
    values = read_picture(tmp_path / "a.jpg", Resizing(8, 8, way)).values
    assert values.shape == (8, 8, 3)
    assert set(np.unique(values)) <= {0, 90}


def test_full_size_pictures_are_not_held_together(tmp_path):
    for i in range(24):
        (tmp_path / "ab"[i % 2]).mkdir(exist_ok=True)
        Image.new("RGB", (400, 400), (i, 9, 9)).save(tmp_path / "ab"[i % 2] / f"{i:02}.png")
    load(tmp_path, size=4)  # Pillow's readers are imported
    tracemalloc.start()
    data = load(tmp_path, size=4)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert data.x[:, 0, 0, 0].tolist() == [*range(0, 24, 2), *range(1, 24, 2)]
    assert peak < 3 * processors() * 400 * 400 * 3


def test_labels_are_never_mixed():
    labels = np.array([[0, 0, 7, 7], [0, 0, 7, 7]])
    fitted = labels_resized(labels, Resizing(4, 4), -1)
    assert fitted.tolist() == [[0, 0, 7, 7]] * 4
    cropped = labels_resized(labels, Resizing(2, 2, "crop"), -1)
    assert cropped.tolist() == [[0, 7]] * 2
    padded = labels_resized(labels, Resizing(4, 4, "pad"), -1)
    assert padded.tolist() == [[-1] * 4, [0, 0, 7, 7], [0, 0, 7, 7], [-1] * 4]


# --- what is chosen ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(28, 28)] * 3, None),
        ([(128, 100)] * 3, None),
        ([(512, 512)] * 3, Resizing(64, 64, "fit")),
        ([(300, 400), (302, 400), (600, 800)], Resizing(48, 64, "fit")),
        ([(800, 600), (400, 310)], Resizing(64, 48, "fit")),
        ([(10, 14), (10, 15), (11, 15)], Resizing(11, 15, "fit")),
        ([(30, 40), (40, 30), (40, 30)], Resizing(35, 35, "fit")),
        ([(300, 400), (300, 450), (400, 300)] * 5, Resizing(64, 64, "fit")),
        ([(300, 900), (900, 300)] * 5, Resizing(64, 64, "pad")),
        ([(1, 900), (900, 1)], Resizing(64, 64, "pad")),
    ],
    ids=["small", "kept", "large", "wide", "tall", "tiny", "median", "mixed", "long", "lines"],
)
def test_the_size_is_chosen_by_the_pictures(sizes, expected):
    assert chosen_resizing(sizes) == expected


def test_what_is_said_goes_before_what_is_chosen():
    mixed = [(300, 400), (400, 300)]
    assert chosen_resizing(mixed, (32, 48)) == Resizing(32, 48, "pad")
    assert chosen_resizing(mixed, (32, 48), "fit") == Resizing(32, 48, "fit")
    assert chosen_resizing(mixed, None, "pad") == Resizing(64, 64, "pad")
    assert chosen_resizing([(28, 28)] * 2, (28, 28)) is None
    assert chosen_resizing([(28, 28)] * 2, (14, 14)) == Resizing(14, 14, "fit")


@pytest.mark.parametrize(
    ("given", "expected"),
    [(64, (64, 64)), ("64", (64, 64)), ("48x64", (48, 64)), ("48 X 64", (48, 64)),
     ("48×64", (48, 64)), ((48, 64), (48, 64)), ([32], (32, 32)), (np.int64(8), (8, 8)),
     (None, None)],
    ids=["one", "text", "two", "spaced", "sign", "pair", "list", "numpy", "none"],
)  # fmt: skip
def test_sizes_as_people_write_them(given, expected):
    assert checked_size(given) == expected


@pytest.mark.parametrize(
    "given", [0, -3, "0", "64x", "big", "1x2x3", (1, 2, 3), 2.5, (2.5, 2), True, 10**6, ""],
    ids=["zero", "negative", "zeros", "open", "word", "three", "triple", "half", "halves", "bool",
         "huge", "empty"],
)  # fmt: skip
def test_sizes_that_are_none(given):
    with pytest.raises(DataError, match="a size is one side of a square, or height and width"):
        checked_size(given)


def test_a_way_that_is_none():
    with pytest.raises(DataError, match=r"expected fit \(stretched.*received 'stretch'"):
        checked_way("stretch")


# --- folders, arrays, models ------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(4):
        for name in ("cat", "dog"):
            (tmp_path / name).mkdir(exist_ok=True)
            pixels = rng.integers(0, 255, (30 + 5 * i, 45 - 5 * i, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    Image.new("L", (40, 30), 77).save(tmp_path / "dog" / "gray.png")
    return tmp_path


def test_a_folder_of_unlike_sizes_is_resized_and_told(photos):
    data = load(photos)
    assert (data.x.shape, data.resizing) == ((9, 37, 37, 3), Resizing(37, 37, "fit"))
    for place, name in enumerate(data.example_names[:8]):
        expected = resized(np.asarray(Image.open(photos / name)), data.resizing)
        np.testing.assert_array_equal(data.x[place], expected)
    assert (data.x[8] == 77).all()
    told = [
        "pictures of 30×40 to 40×35 become 37×37 (fit: stretched to the size); --size and "
        "--resize (in Python size= and resize=) choose otherwise",
        "1 of 9 pictures are gray, and get three channels as the others have: gray.png",
    ]
    assert list(data.notes) == told
    asked = load(photos, size="16x20", resize="pad")
    assert (asked.x.shape, asked.resizing) == ((9, 16, 20, 3), Resizing(16, 20, "pad"))
    assert "choose otherwise" not in " ".join(asked.notes)


def test_arrays_are_resized_where_a_size_is_asked_for(tmp_path):
    digits = load("digits", size=4)
    assert digits.x.shape[1:] == (4, 4, 1)
    assert digits.resizing == Resizing(4, 4, "fit")
    masks = np.zeros((3, 8, 8), np.int64)
    masks[:, :, 4:] = 1
    x = np.arange(3 * 64, dtype=np.uint8).reshape(3, 8, 8, 1)
    np.savez(tmp_path / "m.npz", x=x, y=masks)
    small = load(tmp_path / "m.npz", size=4)
    assert small.y[0].tolist() == [[0, 0, 1, 1]] * 4
    assert small.x.shape == (3, 4, 4, 1)


def test_a_table_has_no_size(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,a\n2,b\n")
    with pytest.raises(DataError, match="only pictures are resized; received size"):
        load(tmp_path / "a.csv", size=8)


def test_the_size_and_the_way_are_kept_as_plain_data():
    encoder = ImageEncoder((48, 64, 3), 255.0, 0.5, 0.2, Resizing(48, 64, "crop"))
    told = encoder_to_json(encoder)
    assert told["resizing"] == {"height": 48, "width": 64, "way": "crop"}
    assert encoder_from_json(told) == encoder
    assert encoder_from_json({**told, "resizing": {**told["resizing"], "way": "pad"}}) != encoder
    for wrong in ({"way": "melt"}, {"height": 47}, {"height": 0}, {"width": "64"}):
        with pytest.raises(ValueError, match=r"pictures|choose|resize|KeyError|way"):
            encoder_from_json({**told, "resizing": {**told["resizing"], **wrong}})
    plain = {key: value for key, value in told.items() if key != "resizing"}
    assert encoder_to_json(encoder_from_json(plain)) == plain


def test_pictures_in_memory_say_nothing_of_a_size():
    assert Dataset.from_arrays(np.zeros((2, 8, 8)), [0, 1]).resizing is None
