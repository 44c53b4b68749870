"""Pixels count as in training, and each picture is judged by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from shoal.data import Dataset, load
from shoal.data.preprocessing import Preprocessing
from shoal.errors import DataError

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (8, 4, 4)).astype(np.uint8)


def fitted(x):
    return Preprocessing.fit(Dataset.from_arrays(x, np.arange(len(x))), np.arange(len(x)))


MODELS = {
    "8 bits": fitted(BYTES),
    "16 bits": fitted(BYTES.astype(np.uint16) * 257),
    "wide": fitted(BYTES.astype(np.int32) * 150),
    "shares": fitted(BYTES / 255),
    "to 16": fitted((BYTES // 16).astype(np.float64)),
}
# The same picture, as each of them counts.
COUNTED = {
    "8 bits": [BYTES, BYTES.astype(np.int64), BYTES.astype(np.float32)],
    "16 bits": [BYTES.astype(np.uint16) * 257, BYTES.astype(np.float64) * 257],
    "wide": [BYTES.astype(np.int64) * 150, BYTES.astype(np.float32) * 150],
    "shares": [BYTES / 255, (BYTES / 255).astype(np.float32)],
    "to 16": [BYTES // 16, (BYTES // 16).astype(np.float32)],
}


@pytest.mark.parametrize("name", MODELS)
def test_whole_and_real_numbers_of_one_unit_are_the_same(name):
    inputs = [MODELS[name].transform(x) for x in COUNTED[name]]
    for other in inputs[1:]:
        np.testing.assert_allclose(other, inputs[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "x", "received"),
    [
        ("8 bits", BYTES.astype(np.uint16) * 257, "0 to 255; received 16 bits in picture 0"),
        ("8 bits", BYTES * 257.0, "0 to 255; received numbers up to"),
        ("8 bits", BYTES / 255, "0 to 255; received real numbers up to"),
        ("8 bits", BYTES > 99, "0 to 255; received real numbers up to 1 in"),
        ("16 bits", BYTES, "0 to 65535; received 8 bits in picture 0. Give pictures of 16"),
        ("16 bits", BYTES / 255, "0 to 65535; received real numbers up to"),
        ("16 bits", BYTES.astype(np.int64), "0 to 65535; received numbers up to"),
        ("wide", BYTES, "numbers up to 38[0-9]{3}; received 8 bits"),
        ("shares", BYTES, "real numbers up to 1; received whole numbers up to"),
        ("shares", BYTES.astype(np.uint16) * 257, "up to 1; .* Divide them by 65535"),
        ("shares", BYTES.astype(np.float32), "real numbers up to 1; received numbers up to"),
        ("shares", BYTES * 0.97, "real numbers up to 1; received numbers up to"),
        ("to 16", BYTES, "numbers up to 15; received whole numbers up to"),
        ("to 16", BYTES / 255, "numbers up to 15; received real numbers up to"),
    ],
)
def test_pictures_that_count_otherwise_are_refused(name, x, received):
    with pytest.raises(DataError, match=f"pixels are counted as in training; expected.*{received}"):
        MODELS[name].transform(x)


def test_8_bits_and_16_bits_in_files(tmp_path):
    for name, x in (("few", BYTES), ("many", BYTES.astype(np.uint16) * 257)):
        (tmp_path / name).mkdir()
        for i, values in enumerate(x):
            Image.fromarray(values).save(tmp_path / name / f"p{i}.png")
    few, many = (load(tmp_path / name, need_target=False) for name in ("few", "many"))
    with pytest.raises(DataError, match=r"few: .* received 8 bits in p0\. Give pictures of 16 bi"):
        MODELS["16 bits"].transform(few)
    with pytest.raises(DataError, match=r"many: .* received 16 bits in p0\. Give pictures of 8 bi"):
        MODELS["8 bits"].transform(many)
    np.testing.assert_allclose(
        MODELS["16 bits"].transform(many), MODELS["8 bits"].transform(few), atol=1e-5
    )


pictures = st.tuples(
    st.sampled_from([0.0, 0.004, 0.4, 1.0, 1.5, 3.0, 16.0, 17.0, 255.0, 600.0, 65535.0]),
    st.booleans(),
    st.integers(0, 100),
)


def drawn(picture):
    highest, whole, seed = picture
    values = np.random.default_rng(seed).uniform(0, highest, (4, 4))
    return np.round(values) if whole else values


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(list(MODELS)), st.lists(pictures, min_size=1, max_size=5))
def test_what_becomes_of_a_picture_does_not_depend_on_its_neighbors(name, drawings):
    model, batch = MODELS[name], np.stack([drawn(picture) for picture in drawings])
    alone = []
    for picture in batch:
        try:
            alone.append(model.transform(picture[None])[0])
        except DataError:
            alone.append(None)
    refused = [place for place, inputs in enumerate(alone) if inputs is None]
    if refused:
        with pytest.raises(DataError, match=f" in picture [{''.join(map(str, refused))}]"):
            model.transform(batch)
    else:
        np.testing.assert_array_equal(model.transform(batch), alone)


def test_the_law_is_tested_on_pictures_that_are_read_and_on_pictures_that_are_not():
    dark = np.zeros((1, 8, 8))
    dark[0, 3, 3] = 1
    model = fitted(np.zeros((2, 8, 8), np.uint8) + np.uint8([[[90]], [[150]]]))
    assert np.isfinite(model.transform(dark)).all()
    with pytest.raises(DataError):
        model.transform(dark * 0.5)
