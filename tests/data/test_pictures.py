"""Pictures in files are read as what they show, or told, or refused by name."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from shoal.data import Dataset
from shoal.data.io.image_files import read_images
from shoal.data.io.picture import read_picture
from shoal.errors import DataError
from shoal.utils.environment import MAX_GB

COLORS = np.random.default_rng(0).integers(0, 255, (6, 9, 3)).astype(np.uint8)
GRAY = COLORS[..., 0]


def saved(path, picture, **options):
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(path, **options)
    return path


def png(path, width, height, color_type, depth, data=b""):
    """A PNG written chunk by chunk."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


# --- what a file shows ------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright(tmp_path, end, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True} if end == "webp" else {}
    path = saved(tmp_path / f"a.{end}", COLORS, exif=exif, **options)
    with Image.open(path) as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(read_picture(path).values, expected)
    assert expected.shape[0] == (9 if orientation >= 5 else 6)
    x, notes = read_images([path, path])
    np.testing.assert_array_equal(x[1], expected)
    told = (f"pictures turned upright, as EXIF says: a.{end}, a.{end}",)
    assert notes == (told if orientation > 1 else ())


def test_damaged_exif_says_nothing_of_how_a_picture_lies(tmp_path):
    path = saved(tmp_path / "a.png", COLORS, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\xff")
    np.testing.assert_array_equal(read_picture(path).values, COLORS)


def test_colors_of_a_palette_are_read_and_not_their_numbers(tmp_path):
    indexed = Image.fromarray(COLORS).quantize(16)
    for end in ("png", "gif", "tif", "bmp"):
        values = read_picture(saved(tmp_path / f"a.{end}", indexed)).values
        np.testing.assert_array_equal(values, np.asarray(indexed.convert("RGB")))
    clear = read_picture(saved(tmp_path / "b.png", indexed, transparency=3))
    holes = np.asarray(indexed) == 3
    assert clear.see_through
    assert holes.any()
    assert (clear.values[holes] == 255).all()
    np.testing.assert_array_equal(clear.values[~holes], np.asarray(indexed.convert("RGB"))[~holes])


def test_a_palette_of_grays_is_gray(tmp_path):
    reversed_grays = Image.fromarray(GRAY).convert("P")
    reversed_grays.putpalette([255 - i for i in range(256) for _ in range(3)])
    x, _ = read_images([saved(tmp_path / "a.png", reversed_grays)])
    np.testing.assert_array_equal(x, 255 - GRAY[None, ..., None])


def test_the_black_of_cmyk_darkens(tmp_path):
    inks = Image.merge("CMYK", [Image.new("L", (8, 8), level) for level in (0, 0, 0, 200)])
    for end in ("tif", "jpg"):
        values = read_picture(saved(tmp_path / f"a.{end}", inks)).values
        assert values.shape == (8, 8, 3)
        assert abs(values.astype(int) - 55).max() <= 2


def test_one_bit_is_black_and_white(tmp_path):
    bits = Image.fromarray(GRAY > 128)
    for end in ("png", "tif", "bmp"):
        values = read_picture(saved(tmp_path / f"a.{end}", bits)).values
        np.testing.assert_array_equal(values[..., 0], np.where(GRAY > 128, 255, 0))
        assert values.dtype == np.uint8


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (GRAY.astype(np.uint16) * 257, np.uint16),
        (GRAY.astype(np.int32) - 100, np.int32),
        (GRAY.astype(np.float32) / 7, np.float32),
    ],
)
def test_more_than_8_bits_are_kept(tmp_path, values, dtype):
    x, notes = read_images([saved(tmp_path / "a.tif", values)])
    assert (x.dtype, notes) == (dtype, ())
    np.testing.assert_array_equal(x[0, ..., 0], values)


def test_opacity_is_left_out_and_told_and_nothing_is_white(tmp_path):
    opacity = np.full(GRAY.shape, 255, np.uint8)
    opacity[0, 0], opacity[1, 1] = 0, 90
    for pixels in (GRAY[..., None], COLORS):
        values = np.dstack([pixels, opacity])
        picture = read_picture(saved(tmp_path / "a.png", values))
        expected = pixels.copy()
        expected[0, 0] = 255
        np.testing.assert_array_equal(picture.values, expected)
        _, notes = read_images([tmp_path / "a.png"])
        assert len(notes) == 1
        assert notes[0].startswith("opacity (alpha) is left out")
        assert notes[0].endswith("a.png")
    opaque = saved(tmp_path / "b.png", np.dstack([COLORS, np.full_like(opacity, 255)]))
    assert read_images([opaque])[1] == ()


@pytest.mark.parametrize("end", ["tif", "gif", "webp", "png"])
def test_pages_that_are_not_read_are_told(tmp_path, end):
    pages = [Image.fromarray(COLORS), Image.fromarray(255 - COLORS)]
    path = saved(tmp_path / f"scan.{end}", pages[0], save_all=True, append_images=pages[1:])
    x, notes = read_images([path])
    assert notes == (f"of files with several pages or frames the first is read: scan.{end} (2)",)
    assert abs(x[0].astype(int) - COLORS).mean() < 60


def test_previews_beside_a_photo_are_no_pages(tmp_path):
    photo, preview = Image.fromarray(COLORS), Image.fromarray(COLORS[:3])
    path = tmp_path / "a.jpg"
    photo.save(path, format="MPO", save_all=True, append_images=[preview])
    with Image.open(path) as written:
        assert written.format == "MPO"
    x, notes = read_images([path])
    assert (x.shape, notes) == ((1, 6, 9, 3), ())


def test_colors_of_16_bits_are_cut_to_8_and_told(tmp_path):
    row = b"\0" + b"\x12\x34\xab\xcd\xff\xff" * 2
    path = png(tmp_path / "deep.png", 2, 2, 2, 16, row * 2)
    x, notes = read_images([path])
    assert x[0, 1, 1].tolist() == [0x12, 0xAB, 0xFF]
    assert notes == ("of colors with 16 bits the upper 8 are read: deep.png",)


def test_the_content_tells_what_a_file_is_and_not_its_name(tmp_path):
    np.testing.assert_array_equal(
        read_picture(saved(tmp_path / "a.jpg", COLORS, format="PNG")).values, COLORS
    )


def test_pictures_of_pillow_are_read_alike(tmp_path):
    indexed = Image.fromarray(COLORS).quantize(16)
    pictures = [indexed, Image.fromarray(GRAY), Image.fromarray(COLORS)]
    data = Dataset.from_arrays(pictures, ["a", "b", "b"])
    np.testing.assert_array_equal(data.x[0], np.asarray(indexed.convert("RGB")))
    np.testing.assert_array_equal(data.x[1], np.repeat(GRAY[..., None], 3, axis=-1))
    np.testing.assert_array_equal(data.x[2], COLORS)
    with pytest.raises(DataError, match=r"shape \(6, 9, 3\), as the .* \(4, 9, 3\) at index 1"):
        Dataset.from_arrays([pictures[2], Image.fromarray(COLORS[:4])])


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (b"", "an empty file"),
        (b"hello", "something else"),
        (b"\x89PNG\r\n\x1a\n", "something else"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, content, received):
    good, bad = saved(tmp_path / "a.png", COLORS), tmp_path / "b.png"
    bad.write_bytes(content)
    with pytest.raises(DataError, match=rf"b\.png: the file is a picture.*received {received}$"):
        read_images([good, bad])


@pytest.mark.parametrize("end", ["png", "jpg", "tif", "gif", "bmp"])
def test_a_truncated_picture_is_named(tmp_path, end):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    path = saved(tmp_path / f"cut.{end}", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=rf"cut\.{end}: the file is a picture"):
        read_images([path])


def test_a_damaged_tag_is_a_data_error(tmp_path):
    """Pixels at a place that is a fraction made Pillow raise a TypeError."""
    path = saved(tmp_path / "a.tif", COLORS)
    data = bytearray(path.read_bytes())
    entry = data.index(struct.pack("<H", 273), struct.unpack("<I", data[4:8])[0])
    data[entry + 2 : entry + 4] = struct.pack("<H", 5)
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"a\.tif: the file is a picture"):
        read_images([path])


def test_pictures_of_unlike_sizes_are_named_with_their_sizes(tmp_path):
    files = [saved(tmp_path / "a.png", COLORS), saved(tmp_path / "b.png", COLORS[:4])]
    wanted = r"b\.png: .* one size; expected 6×9, as a\.png has; received 4×9"
    with pytest.raises(DataError, match=wanted):
        read_images(files)
    lying = Image.Exif()
    lying[274] = 6
    files[1] = saved(tmp_path / "b.png", COLORS, exif=lying)
    with pytest.raises(DataError, match=r"expected 6×9, as a\.png has; received 9×6"):
        read_images(files)


def test_pictures_of_unlike_depths_are_named(tmp_path):
    deep = saved(tmp_path / "deep.png", GRAY.astype(np.uint16) * 257)
    with pytest.raises(DataError, match=r"deep\.png: .* expected 8 bits a pixel, as a\.png"):
        read_images([saved(tmp_path / "a.png", GRAY), deep])


def test_not_a_number_is_no_pixel(tmp_path):
    values = GRAY.astype(np.float32)
    values[1, 2] = np.nan
    with pytest.raises(DataError, match=r"a\.tif: pixels are finite numbers"):
        read_images([saved(tmp_path / "a.tif", values)])


def test_pictures_are_held_once(tmp_path):
    files = [saved(tmp_path / f"{i}.png", np.zeros((200, 200, 3), np.uint8)) for i in range(20)]
    read_images(files[:1])  # Pillow's readers are imported
    tracemalloc.start()
    x, _ = read_images(files)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.4 * x.nbytes


def test_more_than_memory_holds_is_told_before_any_pixel_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv(MAX_GB, "2")
    # There are no pixels in these files: to read them would be another error.
    files = [png(tmp_path / f"{i}.png", 9400, 9400, 0, 8) for i in range(30)]
    wanted = (
        r"folder of 30 pictures of 9400×9400×1 must fit .* at most 2 GB; received 2\.7 GB"
        r".*SHOAL_MAX_GB=3"
    )
    with pytest.raises(DataError, match=wanted):
        read_images(files)
    with pytest.raises(DataError, match=r"0\.png: the file is a picture"):
        read_images(files[:1])
    huge = png(tmp_path / "huge.png", 50000, 50000, 0, 8)
    with pytest.raises(DataError, match=r"huge\.png: a picture is of a size that pictures have"):
        read_images([huge])
