"""Pictures with contours: what is chosen, how it is stored, and what is drawn of it."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from shoal.report.facts import Facts, read_facts
from shoal.report.figures.overlays import draw_overlay, read_overlays
from shoal.report.page import render_report
from shoal.store import StudyFile
from shoal.tuning.test_results import LARGEST, SHOWN_OVERLAYS, overlays, runs

MASKS = arrays.arrays(
    np.int32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(-1, 3)
)


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    path = synthetic.write_study(tmp_path_factory.mktemp("s") / "s.study")
    with StudyFile.open(path) as study:
        return read_facts(study)


def with_overlays(facts: Facts, entries: object) -> Facts:
    return replace(facts, result={**facts.result, "overlays": entries})


def told(entries):
    """Facts of nothing else."""
    return Facts(*[None] * 9, result={"overlays": entries}, cost={}, curves={})


def made(true, predicted, channels=1):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(*true.shape, channels)).astype(np.float32)
    return overlays(x, true, predicted, np.arange(len(true)) + 100)


@given(MASKS, st.integers(0, 2**32))
def test_masks_come_back_as_they_were(mask, seed):
    predicted = np.random.default_rng(seed).integers(0, 4, mask.shape)
    (overlay,) = read_overlays(told(made(mask[None], predicted[None])))
    np.testing.assert_array_equal(overlay.true, mask)
    np.testing.assert_array_equal(overlay.predicted, predicted)
    assert overlay.row == 100


def test_from_the_worst_to_the_best():
    true = np.zeros((20, 4, 5), np.int32)
    predicted = np.zeros_like(true)
    for i in range(20):
        predicted[i].flat[: (i * 7) % 20] = 1
    entries = made(true, predicted)
    assert len(entries) == SHOWN_OVERLAYS
    right = [entry["right"] for entry in entries]
    assert right == sorted(right)
    assert (right[0], right[-1]) == (1 / 20, 1.0)


def test_what_is_not_known_is_not_wrong():
    true = np.full((1, 4, 4), -1)
    true[0, 0] = 1
    (entry,) = made(true, np.ones((1, 4, 4), int))
    assert entry["right"] == 1.0


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_pictures_are_small_pngs_of_the_size_of_their_masks(channels):
    true = np.zeros((1, 500, 300), np.int32)
    true[:, 250:, 150:] = 1
    (entry,) = made(true, true, channels)
    picture = Image.open(io.BytesIO(base64.b64decode(entry["image"])))
    assert picture.size == tuple(reversed(entry["size"]))
    assert max(picture.size) <= LARGEST
    assert (picture.mode, sum(n for _, n in entry["true"])) == (
        "RGB" if channels == 3 else "L", 166 * 100,
    )  # fmt: skip


def test_borders_lie_between_labels_and_wrong_pixels_are_shaded():
    true = np.zeros((1, 3, 4), int)
    true[0, 1, 1:3] = 1
    (entry,) = made(true, np.zeros((1, 3, 4), int))
    drawn = str(draw_overlay(read_overlays(told([entry]))[0]))
    assert 'd="M1,1h2v1h-2z" class="wrong"' in drawn
    assert 'd="M1,1h2M1,2h2M1,1v1M3,1v1" class="border true"' in drawn
    assert 'd="" class="border found"' in drawn


def test_the_page_shows_them(facts):
    entries = made(np.zeros((3, 4, 4), int), np.ones((3, 4, 4), int))
    page = render_report(with_overlays(facts, entries))
    assert page.count("data:image/png;base64,") == 3
    assert "3 test pictures" in page
    assert "What it sees" not in render_report(facts)


def broken(change):
    (entry,) = made(np.zeros((1, 4, 4), int), np.ones((1, 4, 4), int))
    return {**entry, **change}


@pytest.mark.parametrize(
    "entries",
    [
        "much",
        [17],
        [broken({"size": [4, 5]})],
        [broken({"size": [10**9, 10**9]})],
        [broken({"size": [4]})],
        [broken({"true": [[0, 15]]})],
        [broken({"true": [[0, -16], [0, 32]]})],
        [broken({"true": [["x", 16]]})],
        [broken({"predicted": [[0.5, 16]]})],
        [broken({"right": "all"})],
        [broken({"image": '"><script>alert(1)</script>'})],
        [broken({"image": base64.b64encode(b"<svg onload=alert(1)>").decode()})],
    ],
)
def test_what_makes_no_sense_is_left_out(facts, entries):
    assert read_overlays(with_overlays(facts, entries)) == []


def test_runs_of_a_mask():
    assert runs(np.array([[0, 0, 1], [1, 2, 2]])) == [[0, 2], [1, 2], [2, 2]]
