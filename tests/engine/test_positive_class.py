"""Of two classes IoU, Dice and F1 are of the one that is meant, against scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics as sk

from shoal.data import Dataset, Preprocessing
from shoal.engine import Recipe, Scale
from shoal.engine.loss_data import first_is_background, fitted_to, tasks_of
from shoal.errors import DataError, RecipeError
from shoal.losses import CrossEntropy, Dice, LovaszHinge, SquaredError
from shoal.metrics import (
    Scored,
    by_measure,
    class_mean,
    final_measures,
    metric_sums,
    metrics_by_class,
)
from shoal.space import Choice


def scored(outputs, targets):
    ones = np.ones(len(targets))
    return Scored(outputs.astype(np.float64), targets, ones, ones, ones)


def measured(task, outputs, targets, positive):
    measures = final_measures(task, outputs.shape[-1], True)
    scale = Scale.of(task, measures, targets, np.ones(2), None, positive)
    return scale.metrics(metric_sums(measures, scored(outputs, targets)))


@pytest.mark.parametrize("positive", [0, 1])
def test_two_classes_of_pixels_and_of_examples(positive):
    rng = np.random.default_rng(0)
    pixels = rng.normal(size=(9, 5, 6, 2))
    masks = (rng.random((9, 5, 6)) < 0.2).astype(np.int32)
    told = pixels.argmax(axis=-1).ravel()
    found = measured("segmentation", pixels, masks, positive)
    assert found["iou"] == pytest.approx(sk.jaccard_score(masks.ravel(), told, pos_label=positive))
    assert found["dice"] == pytest.approx(sk.f1_score(masks.ravel(), told, pos_label=positive))
    scores, y = pixels[:, 0, 0], masks[:, 2, 2]
    found = measured("classification", scores, y, positive)
    wanted = sk.f1_score(y, scores.argmax(axis=1), pos_label=positive, zero_division=0)
    assert found["f1"] == pytest.approx(wanted)


def test_of_more_classes_the_positive_one_is_none():
    rng = np.random.default_rng(0)
    outputs, y = rng.normal(size=(40, 3)), np.arange(40, dtype=np.int32) % 3
    assert measured("classification", outputs, y, 0) == measured("classification", outputs, y, 1)


def test_each_class_is_told_and_their_mean():
    rng = np.random.default_rng(1)
    outputs, y = rng.normal(size=(60, 4)), rng.integers(0, 3, 60).astype(np.int32)
    outputs[:, 3] = -9  # a class that is neither there nor found
    measures = [m for m in final_measures("classification", 4, True) if m.of_classes]
    sums = by_measure(metric_sums(measures, scored(outputs, y)))
    found = metrics_by_class(measures, sums, ("a", "b", "c", "d"))
    precision, recall, f1, _ = sk.precision_recall_fscore_support(y, outputs.argmax(axis=1))
    for name, wanted in {"precision": precision, "recall": recall, "f1": f1}.items():
        assert [found[name][label] for label in "abc"] == pytest.approx(wanted)
        assert np.isnan(found[name]["d"])
        assert class_mean(found[name]) == pytest.approx(wanted.mean())
    assert np.isnan(class_mean({"a": float("nan")}))


def masks(share, classes=None):
    """Pictures with masks of which the label 255 has this share."""
    rng = np.random.default_rng(0)
    y = np.where(rng.random((8, 6, 6)) < share, 255, 0)
    return Dataset.from_arrays(rng.normal(size=(8, 6, 6)), y)


@pytest.mark.parametrize(("share", "positive"), [(0.2, "255"), (0.8, "0")])
def test_the_positive_class_is_the_rarer_one_of_the_training_rows(share, positive):
    fitted = Preprocessing.fit(masks(share), np.arange(5))
    assert fitted.positive_class == positive
    assert Preprocessing.from_json(fitted.to_json()).positive_class == positive
    rare = Dataset.from_arrays(np.zeros((9, 1)), list("aabbbbaaa"))
    assert Preprocessing.fit(rare, np.arange(6)).positive_class == "a"
    assert Preprocessing.fit(rare, np.arange(3, 9)).positive_class == "b"  # as many: the second
    assert Preprocessing.fit(rare, np.arange(9)).positive_class == "b"


def test_it_can_be_named_by_value_or_name():
    data = masks(0.2)
    for given in (0, "0", 0.0):
        named = data.with_positive(given)
        assert Preprocessing.fit(named, np.arange(5)).positive_class == "0"
    assert named.with_positive(None).positive is None
    yes = Dataset.from_arrays(np.zeros((4, 1)), [True, False, False, False], positive=False)
    assert yes.positive == "False"
    with pytest.raises(DataError, match="one of the two; expected '0' or '255'; received 1"):
        data.with_positive(1)
    three = Dataset.from_arrays(np.zeros((6, 1)), list("abcabc"))
    with pytest.raises(DataError, match=r"where there are two.* into 3 classes"):
        three.with_positive("a")
    assert Preprocessing.fit(three, np.arange(6)).positive_class is None


def test_a_file_of_before_means_the_second_class():
    told = Preprocessing.fit(masks(0.8), np.arange(5)).to_json()
    del told["positive"]
    assert Preprocessing.from_json(told).positive_class == "255"


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (Dice(), False),
        (Dice(background=False), True),
        (CrossEntropy() + 0.5 * Dice(background=False), True),
        (LovaszHinge(), True),
        (Choice(CrossEntropy(), Dice(background=False), name="loss"), True),
    ],
    ids=["dice", "without background", "sum", "hinge", "choice"],
)
def test_a_loss_that_leaves_the_first_class_out_means_the_second(loss, expected):
    recipe = Recipe(loss=loss)
    assert first_is_background(recipe) == expected
    data = masks(0.8)
    fitted = Preprocessing.fit(data, np.arange(5), second_is_positive=expected)
    assert fitted.positive_index == int(expected)
    if expected:
        with pytest.raises(RecipeError, match="takes the first of two classes for the background"):
            fitted_to(recipe, data.y, 2, positive=0)
    assert fitted_to(recipe, data.y, 2, positive=int(expected)) is not None


def test_what_tasks_a_loss_is_for():
    assert tasks_of(SquaredError()) == {"regression", "classification"}
    assert tasks_of(CrossEntropy() + Dice()) == {"segmentation"}
    assert tasks_of(Choice(SquaredError(), CrossEntropy(), name="loss")) == {"classification"}
