"""Masks in files: each number or color a class, or what is wrong told by name."""

import numpy as np
import pytest
from PIL import Image

from shoal.data import Dataset, load
from shoal.data.io.folder_entries import SUFFIXES
from shoal.data.preprocessing import Preprocessing
from shoal.errors import DataError


def disks(count=6, size=24):
    """Masks of one disk each: True inside."""
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[:size, :size]
    centers, radii = rng.uniform(8, size - 8, (count, 2)), rng.uniform(4, 7, count)
    return np.stack(
        [
            (rows - y) ** 2 + (columns - x) ** 2 < r**2
            for (y, x), r in zip(centers, radii, strict=True)
        ]
    )


DISKS = disks()
RIMS = np.stack([np.roll(d, 1, 0) ^ d for d in DISKS]) & ~DISKS


def write(folder, masks, end="png", **options):
    """Pictures in images/, and these masks, arrays or Pillow's."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for i, mask in enumerate(masks):
        mask = mask if isinstance(mask, Image.Image) else Image.fromarray(mask)
        picture = rng.integers(0, 256, (mask.height, mask.width)).astype(np.uint8)
        Image.fromarray(picture).save(folder / "images" / f"p{i}.png")
        mask.save(folder / "masks" / f"p{i}.{end}", **options)
    return folder


def numbers(values):
    return [value.astype(np.uint8) for value in values]


@pytest.mark.parametrize("labels", [(0, 1), (0, 255), (3, 7)])
def test_each_number_is_a_class(tmp_path, labels):
    data = load(write(tmp_path, numbers(np.where(DISKS, labels[1], labels[0]))))
    assert (data.classes, data.notes) == (tuple(map(str, labels)), ())
    np.testing.assert_array_equal(data.y, DISKS)


def test_255_beside_other_classes_is_not_known(tmp_path):
    data = load(write(tmp_path, numbers(np.where(RIMS, 255, DISKS))))
    assert data.classes == ("0", "1")
    np.testing.assert_array_equal(data.y, np.where(RIMS, -1, DISKS))
    assert data.notes[0].startswith("255 in the masks is taken for 'not known'")


@pytest.mark.parametrize("labels", [(0, 128, 255), (0, 60, 120, 180, 255), tuple(range(256))])
def test_255_is_a_class_beside_levels_of_gray_and_as_the_next_number(labels):
    y = np.array(labels * 2).reshape(2, 1, -1).repeat(3, axis=1).repeat(2, axis=2)
    data = Dataset.from_arrays(np.zeros(y.shape, np.uint8), y)
    assert len(data.classes) == len(labels)


def test_255_is_not_known_to_a_model_that_has_learned_so():
    x = np.zeros(DISKS.shape, np.uint8)
    fitted = Preprocessing.fit(
        Dataset.from_arrays(x, np.where(RIMS, 255, DISKS)), np.arange(len(x))
    )
    only = Dataset.from_arrays(x, np.where(RIMS, 255, 0))  # of two labels 255 is a class
    assert only.classes == ("0", "255")
    np.testing.assert_array_equal(fitted.transform_targets(only), np.where(RIMS, -1, 0))
    two = Preprocessing.fit(Dataset.from_arrays(x, DISKS * 255), np.arange(len(x)))
    with pytest.raises(DataError, match="every label of a mask is a class of the model"):
        two.transform_targets(Dataset.from_arrays(x, DISKS * 1))


def test_named_classes_may_have_255_beside_them():
    x = np.arange(DISKS.size).reshape(DISKS.shape)
    data = Dataset.from_arrays(x, np.where(RIMS, 255, DISKS), classes=("off", "on"))
    np.testing.assert_array_equal(data.y, np.where(RIMS, -1, DISKS))
    assert len(data.notes) == 1
    with pytest.raises(DataError, match=r"expected 0 to 1, .* received 7"):
        Dataset.from_arrays(x, np.where(RIMS, 7, DISKS), classes=("off", "on"))


def test_each_color_is_a_class(tmp_path):
    colors = np.array([[128, 0, 0], [0, 128, 0]], np.uint8)
    data = load(write(tmp_path, colors[DISKS.astype(int)]))
    assert data.classes == ("#008000", "#800000")
    np.testing.assert_array_equal(data.y, ~DISKS)
    share = 100 * DISKS.mean()
    told = f"#008000 ({share:.1f} %), #800000 ({100 - share:.1f} %)"
    assert data.notes == (f"masks are in color: each color is a class: {told}",)


def test_masks_of_a_palette_beside_masks_in_color(tmp_path):
    red = np.where(DISKS[0][..., None], [255, 0, 0], [0, 0, 0]).astype(np.uint8)
    indexed = Image.fromarray(DISKS[1].astype(np.uint8))
    indexed.putpalette([0, 0, 0, 255, 0, 0])
    clear = np.dstack([red, DISKS[0].astype(np.uint8) * 255])
    clear[~DISKS[0], :3] = 77  # what nobody sees
    black = np.zeros((24, 24), np.uint8)
    data = load(write(tmp_path, [red, indexed, clear, black, DISKS[2] & False]))
    assert data.classes == ("#000000", "#ff0000")
    empty = np.zeros_like(DISKS[0])
    expected = [DISKS[0], DISKS[1], DISKS[0], empty, empty]
    np.testing.assert_array_equal(data.y, expected)


def indexed(mask, palette):
    picture = Image.fromarray(mask.astype(np.uint8))
    picture.putpalette(palette)
    return picture


def test_numbers_of_a_palette_are_labels_where_it_is_one_palette(tmp_path):
    colors = [0, 0, 0, 128, 0, 0, 0, 128, 0]
    data = load(write(tmp_path / "one", [indexed(2 * mask, colors) for mask in DISKS]))
    assert data.classes == ("0", "2")
    share = 100 * DISKS.mean()
    told = f"0 #000000 ({100 - share:.1f} %), 2 #008000 ({share:.1f} %)"
    assert data.notes == (f"masks have a palette: each entry that occurs is a class: {told}",)
    np.testing.assert_array_equal(data.y, DISKS)
    # Programs that make files small give each its own palette: number 1 is red, then black.
    one, other = [0, 0, 0, 255, 0, 0], [255, 0, 0, 0, 0, 0]
    masks = [indexed(DISKS[0], one), indexed(~DISKS[1], other)]
    data = load(write(tmp_path / "two", masks))
    assert data.classes == ("#000000", "#ff0000")
    np.testing.assert_array_equal(data.y, DISKS[:2])


def test_one_bit_counts_as_the_other_masks_do(tmp_path):
    bits = list(DISKS[:2])
    for name, white in (("ones", 1), ("whites", 255)):
        others = numbers(DISKS[2:] * white)
        data = load(write(tmp_path / name, bits + others))
        assert data.classes == ("0", str(white))
        np.testing.assert_array_equal(data.y, DISKS)


def test_masks_that_count_differently_are_named(tmp_path):
    masks = [*numbers(DISKS[:3]), *numbers(DISKS[3:] * 255)]
    wanted = r"p3\.png: .*count alike; expected 0 and 1, as in p0\.png; received 0 and 255"
    with pytest.raises(DataError, match=wanted):
        load(write(tmp_path, masks))


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_masks_of_more_bits(tmp_path, dtype):
    data = load(write(tmp_path, [(mask * 300).astype(dtype) for mask in DISKS], "tif"))
    assert data.classes == ("0", "300")
    np.testing.assert_array_equal(data.y, DISKS)


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf, 1e30])
def test_masks_of_numbers_that_are_no_labels_are_named(tmp_path, value):
    masks = [np.where(mask, value, 0).astype(np.float32) for mask in DISKS]
    with pytest.raises(DataError, match=r"p0\.tif: masks hold whole numbers"):
        load(write(tmp_path, masks, "tif"))
    with pytest.raises(DataError, match="masks hold whole numbers"):
        Dataset.from_arrays(np.zeros(DISKS.shape), np.array(masks))


def test_masks_saved_as_jpeg_are_refused_and_the_cause_is_named(tmp_path):
    with pytest.raises(DataError, match=r"p\d\.jpg: .* saved as JPEG.* save masks as PNG"):
        load(write(tmp_path / "a", numbers(DISKS * 255), "jpg", quality=95))
    flat = numbers([np.full((24, 24), 255), np.zeros((24, 24))])
    assert load(write(tmp_path / "b", flat, "jpg")).classes == ("0", "255")  # unharmed


def test_masks_lie_as_their_pictures_do(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    folder = write(tmp_path, numbers(DISKS[:, :20]), exif=exif)
    for path in (folder / "images").iterdir():
        Image.open(path).save(path, exif=exif)
    data = load(folder)
    assert data.x.shape[1:3] == (24, 20)
    np.testing.assert_array_equal(data.y, np.rot90(DISKS[:, :20], -1, (1, 2)))


# --- which mask belongs to which picture ---------------------------------------------------------


def test_two_masks_of_one_picture_are_named(tmp_path):
    folder = write(tmp_path, numbers(DISKS))
    for twin in ("p2_mask.png", "p2.tif"):
        Image.fromarray(DISKS[0].astype(np.uint8)).save(folder / "masks" / twin)
        with pytest.raises(DataError, match=r"each mask has a name of its own; received p2.* and"):
            load(folder)
        (folder / "masks" / twin).unlink()
    load(folder)


def test_two_pictures_of_one_name_are_named(tmp_path):
    folder = write(tmp_path, numbers(DISKS))
    Image.new("L", (24, 24)).save(folder / "images" / "p2.jpg")
    with pytest.raises(DataError, match=r"a name of its own; received p2\.jpg and p2\.png"):
        load(folder)


def test_a_picture_may_itself_be_called_a_mask(tmp_path):
    folder = write(tmp_path, numbers(DISKS[:2]))
    for place in ("images", "masks"):
        (folder / place / "p1.png").rename(folder / place / "p0_mask.png")
    data = load(folder)
    assert data.example_names == ("p0", "p0_mask")
    np.testing.assert_array_equal(data.y, DISKS[:2])


def test_pictures_without_a_mask_and_masks_without_a_picture_are_named(tmp_path):
    folder = write(tmp_path, numbers(DISKS))
    for i in (1, 4):
        (folder / "masks" / f"p{i}.png").unlink()
    with pytest.raises(DataError, match="none for 2 of 6 pictures: p1, p4"):
        load(folder)
    for i in range(4):
        (folder / "images" / f"p{i}.png").unlink()
    Image.new("L", (24, 24)).save(folder / "masks" / "p4.png")
    with pytest.raises(DataError, match=r"received p0\.png, p2\.png, p3\.png without one"):
        load(folder)


def test_a_mask_of_another_size_is_named(tmp_path):
    folder = write(tmp_path, numbers(DISKS))
    Image.new("L", (20, 24)).save(folder / "masks" / "p3.png")
    wanted = r"p3\.png: a mask is as large as its picture; expected 24×24, as p3\.png has; rece"
    with pytest.raises(DataError, match=wanted):
        load(folder)


def test_a_mask_of_a_picture_that_was_turned_must_be_turned_too(tmp_path):
    folder = write(tmp_path, numbers(DISKS[:, :20]))
    exif = Image.Exif()
    exif[274] = 6
    for path in (folder / "images").iterdir():
        Image.open(path).save(path, exif=exif)
    wanted = r"expected 24×20, as p0\.png has; received 20×24\. If the picture was turned upright"
    with pytest.raises(DataError, match=wanted):
        load(folder)


def test_pages_of_masks_that_are_not_read_are_told(tmp_path):
    pages = [Image.fromarray(mask.astype(np.uint8)) for mask in DISKS]
    folder = write(tmp_path, numbers(DISKS), "tif", save_all=True, append_images=pages[:1])
    wanted = "first is read: p0.tif (2), p1.tif (2), p2.tif (2) and 3 more"
    assert [note[-len(wanted) :] for note in load(folder).notes] == [wanted]


def test_every_suffix_that_is_read_can_be_written_and_read(tmp_path):
    for suffix in SUFFIXES:
        place = tmp_path / suffix
        place.mkdir()
        Image.new("RGB", (4, 5), (200, 0, 0)).save(place / f"a{suffix}")
        data = load(place, need_target=False)
        assert data.x.shape == (1, 5, 4, 3)
        assert abs(data.x[0, 0, 0].astype(int) - [200, 0, 0]).max() < 5


# --- sizes -----------------------------------------------------------------------------------


def unlike(folder):
    """Two pictures of unlike sizes; the left half of each mask is 0, the right half 7."""
    for i, (height, width) in enumerate(((24, 24), (48, 40))):
        mask = np.zeros((height, width), np.uint8)
        mask[:, width // 2 :] = 7
        for place, values in (("images", mask * 30), ("masks", mask)):
            (folder / place).mkdir(exist_ok=True)
            Image.fromarray(values).save(folder / place / f"p{i}.png")
    return folder


def test_masks_follow_their_pictures_to_another_size(tmp_path):
    data = load(unlike(tmp_path), size=(12, 16))
    assert (data.x.shape, data.y.shape, data.classes) == ((2, 12, 16, 1), (2, 12, 16), ("0", "7"))
    assert (data.y[:, :, :8] == 0).all()
    assert (data.y[:, :, 8:] == 1).all()
    padded = load(tmp_path, size=48, resize="pad")
    assert set(np.unique(padded.y[1]).tolist()) == {-1, 0, 1}
    assert (padded.y[1, :, :4] == -1).all()
    assert (padded.y[0] >= 0).all()


def test_pictures_with_masks_keep_unlike_sizes(tmp_path):
    data = load(unlike(tmp_path))
    assert (data.x.shape, data.resizing) == ((2, 48, 40, 1), None)
    np.testing.assert_array_equal(data.sizes, [(24, 24), (48, 40)])
    assert (data.y[0, :24, :12] == 0).all()
    assert (data.y[0, :24, 12:24] == 1).all()
    assert (data.y[0, 24:] == -1).all()
    assert (data.y[0, :, 24:] == -1).all()
    assert (data.y[1] >= 0).all()
    told = "pictures of 24×24 to 48×40 keep their sizes, filled up to 48×40"
    assert any(told in note for note in data.notes)
    fitted = Preprocessing.fit(data, np.arange(2), tile=16)
    alone = load(tmp_path / "images", like=fitted, need_target=False)
    np.testing.assert_array_equal(alone.sizes, data.sizes)
    np.testing.assert_array_equal(alone.x, data.x)


def test_pictures_with_masks_of_very_unlike_sizes_are_resized(tmp_path):
    for place in ("images", "masks"):
        (tmp_path / place).mkdir()
        for i, size in enumerate([(200, 10), (10, 200), (10, 10)]):
            values = np.arange(size[0] * size[1], dtype=np.uint8).reshape(size) % 2
            Image.fromarray(values).save(tmp_path / place / f"p{i}.png")
    data = load(tmp_path)
    assert data.sizes is None
    assert data.resizing is not None


def test_large_masks_of_one_size_stay_as_they_are(tmp_path):
    mask = np.zeros((140, 130), np.uint8)
    mask[:70] = 1
    data = load(write(tmp_path, [mask, mask]))
    assert (data.x.shape[1:3], data.resizing) == ((140, 130), None)


def test_broken_and_missing_masks_are_left_out_where_one_says_so(tmp_path):
    folder = write(tmp_path, numbers(DISKS))
    (folder / "masks" / "p1.png").write_bytes(b"broken")
    (folder / "images" / "p2.png").write_bytes(b"broken")
    (folder / "masks" / "p3.png").unlink()
    with pytest.raises(DataError, match=r"every picture has a mask"):
        load(folder)
    data = load(folder, skip_broken=True)
    assert data.example_names == ("p0", "p4", "p5")
    np.testing.assert_array_equal(data.y, DISKS[[0, 4, 5]])
    assert "left out: 1 pictures without a mask, 0 masks without a picture" in data.notes
    assert "1 masks cannot be read and are left out: p1.png" in data.notes


# --- what is ignored -------------------------------------------------------------------------


def test_an_ignored_number_is_of_no_class_here_and_for_the_model(tmp_path):
    masks = numbers(np.where(RIMS, 7, DISKS))
    data = load(write(tmp_path / "a", masks), ignore=7)
    assert data.classes == ("0", "1")
    np.testing.assert_array_equal(data.y, np.where(RIMS, -1, DISKS))
    fitted = Preprocessing.fit(data, np.arange(6))
    again = Preprocessing.from_json(fitted.to_json())
    assert again == fitted
    others = load(tmp_path / "a", like=again)
    np.testing.assert_array_equal(again.transform_targets(others), data.y)
    plain = Dataset.from_arrays(data.x, np.stack(masks))
    np.testing.assert_array_equal(again.transform_targets(plain), data.y)


@pytest.mark.parametrize("ignore", ["#0000ff", "0, 0, 255", ("#0000ff", 3)])
def test_an_ignored_color(tmp_path, ignore):
    colors = np.array([[0, 0, 0], [255, 0, 0], [0, 0, 255]], np.uint8)
    data = load(write(tmp_path, colors[np.where(RIMS, 2, DISKS)]), ignore=ignore)
    assert data.classes == ("#000000", "#ff0000")
    np.testing.assert_array_equal(data.y, np.where(RIMS, -1, DISKS))


@pytest.mark.parametrize("ignore", ["red", "300,0,0", 1.5, True, "#12"])
def test_what_is_ignored_is_a_label_or_a_color(tmp_path, ignore):
    with pytest.raises(DataError, match="what is ignored in masks is a label or a color"):
        load(tmp_path, ignore=ignore)


def test_only_masks_have_labels_to_ignore(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n3,4\n")
    for source in (tmp_path / "a.csv", "digits"):
        with pytest.raises(DataError, match="only masks have labels to ignore; received 5"):
            load(source, ignore=5)
