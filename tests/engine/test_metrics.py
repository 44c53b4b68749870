"""Metrics against scikit-learn's, in the user's units, over batches with padding."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.utils.extmath import softmax

from shoal.engine import DIRECTIONS, Objective, Scale
from shoal.errors import RecipeError
from shoal.metrics import (
    MEASURES,
    Scored,
    added,
    epoch_measures,
    final_measures,
    measure_of,
    metric_sums,
)
from shoal.metrics.classification import CALIBRATION_BINS

BATCH = 32


def measured(task, outputs, targets, *, losses=None, weight=None, counted=None, scale=None,
             measures=None):  # fmt: skip
    """Metrics from the sums over padded batches, as training adds them up, and as a model does."""
    measures = MEASURES[task] if measures is None else measures
    count = len(outputs)
    one = np.ones(count, np.float32)
    losses = one if losses is None else losses.astype(np.float32)
    weight, counted = (one if v is None else v.astype(np.float32) for v in (weight, counted))
    scale = np.ones(targets.shape[-1]) if scale is None else scale
    whole = Scored(outputs.astype(np.float64), targets, losses, weight, counted)
    finish = Scale.of(task, measures, targets, scale, weight)
    at_once = finish.metrics(metric_sums(measures, whole))
    parts = [Scored(*arrays) for arrays in zip(*map(batches, whole[:5]), strict=True)]
    sums = [metric_sums(measures, part) for part in parts]
    stacked = {name: np.stack([np.asarray(one[name]) for one in sums]) for name in sums[0]}
    by_batch = finish.metrics(added(measures, stacked))
    assert by_batch == pytest.approx(at_once, rel=2e-5, abs=1e-6, nan_ok=True)
    return by_batch


def batches(values):
    """The values in batches on the device, the last one padded with nonsense of no weight."""
    padding = -len(values) % BATCH
    kind = np.float32 if values.dtype.kind == "f" else np.int32
    padded = np.pad(values, [(0, padding)] + [(0, 0)] * (values.ndim - 1))
    return [jnp.asarray(part, kind) for part in padded.reshape(-1, BATCH, *values.shape[1:])]


def classes_and_scores(classes, count=70, seed=0):
    rng = np.random.default_rng(seed)
    outputs = (2 * rng.normal(size=(count, classes))).astype(np.float32)
    weight = rng.integers(0, 4, count).astype(np.float64)
    return outputs, rng.integers(0, classes, count).astype(np.int32), weight


both = pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])


@both
@pytest.mark.parametrize("classes", [2, 7])
def test_classification_metrics_are_scikit_learns(classes, weighted):
    outputs, targets, weight = classes_and_scores(classes)
    weight = weight if weighted else None
    chances = softmax(outputs.astype(np.float64))
    told = outputs.argmax(axis=1)
    losses = -np.log(chances[np.arange(70), targets])
    found = measured("classification", outputs, targets, losses=losses, weight=weight)
    given = {"sample_weight": weight}
    average = "binary" if classes == 2 else "macro"
    labels = np.arange(classes)
    wanted = {
        "accuracy": sk.accuracy_score(targets, told, **given),
        "balanced_accuracy": sk.balanced_accuracy_score(targets, told, **given),
        "f1": sk.f1_score(targets, told, average=average, **given),
        "log_loss": sk.log_loss(targets, chances, labels=labels, **given),
        "loss": sk.log_loss(targets, chances, labels=labels, **given),
    }
    if classes == 2:
        wanted["auc"] = sk.roc_auc_score(targets, chances[:, 1], **given)
    else:
        each = [sk.roc_auc_score(targets == k, chances[:, k], **given) for k in labels]
        wanted["auc"] = np.mean(each)
        if not weighted:
            assert wanted["auc"] == sk.roc_auc_score(targets, chances, multi_class="ovr")
        for k in (3, 5):
            wanted[f"top_{k}"] = sk.top_k_accuracy_score(targets, chances, k=k, **given)
    assert found == pytest.approx({**found, **wanted}, rel=1e-5)


def test_auc_counts_equal_scores_as_half():
    scores = np.repeat([0.0, 1.0, 1.0, 2.0], 5)
    targets = np.tile([0, 1, 1, 0, 1], 4).astype(np.int32)
    outputs = np.stack([np.zeros(20), scores], axis=1)
    found = measured("classification", outputs, targets, measures=[measure_of("classification",
                     "auc")])  # fmt: skip
    assert found["auc"] == pytest.approx(sk.roc_auc_score(targets, scores), abs=1e-12)


def test_auc_without_both_answers_is_undefined_and_no_objective():
    outputs, _, _ = classes_and_scores(2)
    found = measured("classification", outputs, np.zeros(70, np.int32))
    assert np.isnan(found["auc"])
    assert Objective.of("classification", "auc").value(found) == np.inf


@both
def test_calibration_error_is_the_gap_between_confidence_and_accuracy_by_bin(weighted):
    outputs, targets, weight = classes_and_scores(4, count=400)
    weight = weight if weighted else np.ones(400)
    chances = softmax(outputs.astype(np.float64))
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == targets
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
    total = 0.0
    for low, high in itertools.pairwise(edges):
        inside = (sure > low) & (sure <= high)
        if weight[inside].sum() > 0:
            gap = abs(np.average(sure[inside] - right[inside], weights=weight[inside]))
            total += gap * weight[inside].sum() / weight.sum()
    given = weight if weighted else None
    found = measured("classification", outputs, targets, weight=given)
    assert found["calibration_error"] == pytest.approx(total, rel=1e-4)


def test_calibration_of_outputs_that_are_no_numbers_is_undefined_and_no_objective():
    outputs, targets, _ = classes_and_scores(4)
    outputs[5] = np.nan
    found = measured("classification", outputs, targets)
    assert np.isnan(found["calibration_error"])
    assert Objective.of("classification", "calibration_error").value(found) == np.inf


@pytest.mark.parametrize("count", [1, 3])
def test_regression_metrics_are_scikit_learns_in_the_users_units(count):
    rng = np.random.default_rng(count)
    mean, std = np.arange(count) * 50.0, np.array([100.0, 0.01, 3.0])[:count]
    true = rng.normal(size=(75, count)) * std + mean
    told = true + rng.normal(size=(75, count)) * std
    weight = rng.integers(0, 4, 75).astype(np.float64)
    y, o = ((v - mean) / std for v in (true, told))
    losses = ((o - y) ** 2).mean(axis=1)
    for given in (None, weight):
        found = measured("regression", o, y, losses=losses, weight=given, scale=std)
        by = {"sample_weight": given}
        assert found["rmse"] == pytest.approx(sk.root_mean_squared_error(true, told, **by), 1e-5)
        assert found["mae"] == pytest.approx(sk.mean_absolute_error(true, told, **by), rel=1e-5)
        assert found["r2"] == pytest.approx(sk.r2_score(true, told, **by), rel=1e-4)
        assert found["loss"] == pytest.approx(sk.mean_squared_error(y, o, **by), rel=1e-5)


def test_r2_of_a_constant_target_is_undefined():
    y = np.full((100, 1), -1.7, np.float32)
    # By these weights the mean of equal numbers is rounded to another one.
    weight = np.random.default_rng(0).random(100).astype(np.float32)
    for given in (None, weight):
        assert np.isnan(measured("regression", y + 1, y, weight=given)["r2"])
    y[3], weight[3] = 9.0, 0.0  # an example of no weight makes no difference
    assert np.isnan(measured("regression", y + 1, y, weight=weight)["r2"])


@both
@pytest.mark.parametrize("classes", [2, 4])
def test_segmentation_metrics_are_scikit_learns_over_all_labeled_pixels(classes, weighted):
    rng = np.random.default_rng(classes)
    outputs = rng.normal(size=(40, 5, 6, classes)).astype(np.float32)
    targets = rng.integers(-1, classes, (40, 5, 6)).astype(np.int32)
    targets[3] = -1
    if classes == 4:  # one class that is neither there nor found
        outputs[..., 3], targets[targets == 3] = -99.0, 0
    weight = rng.integers(0, 4, 40).astype(np.float64) if weighted else None
    found = measured("segmentation", outputs, targets, weight=weight)
    known = targets.ravel() >= 0
    true, told = targets.ravel()[known], outputs.argmax(axis=-1).ravel()[known]
    by = {"sample_weight": np.repeat(weight, 30)[known] if weighted else None}
    average = "binary" if classes == 2 else "macro"
    wanted = {
        "iou": sk.jaccard_score(true, told, average=average, **by),
        "dice": sk.f1_score(true, told, average=average, **by),
        "pixel_accuracy": sk.accuracy_score(true, told, **by),
    }
    assert found == pytest.approx({**found, **wanted}, rel=1e-5)


def test_masks_without_foreground_in_which_none_is_found():
    outputs = np.tile(np.float32([1, 0]), (3, 4, 4, 1))
    found = measured("segmentation", outputs, np.zeros((3, 4, 4), np.int32))
    assert found == {"iou": 0.0, "dice": 0.0, "pixel_accuracy": 1.0, "loss": 1.0}


@both
def test_label_metrics_are_scikit_learns(weighted):
    rng = np.random.default_rng(2)
    outputs = rng.normal(size=(70, 3)).astype(np.float32)
    targets = rng.integers(0, 2, (70, 3)).astype(np.int32)
    weight = rng.integers(0, 4, 70).astype(np.float64) if weighted else None
    told, chances = outputs > 0, 1 / (1 + np.exp(-outputs.astype(np.float64)))
    by = {"sample_weight": weight}
    found = measured("multi-label", outputs, targets, weight=weight)
    wanted = {
        "f1": sk.f1_score(targets, told, average="macro", **by),
        "label_accuracy": 1 - sk.hamming_loss(targets, told, **by),
        "exact_accuracy": sk.accuracy_score(targets, told, **by),
        "auc": sk.roc_auc_score(targets, chances, **by),
        "log_loss": np.mean([sk.log_loss(t, c, **by)
                             for t, c in zip(targets.T, chances.T, strict=True)]),
    }  # fmt: skip
    assert found == pytest.approx({**found, **wanted}, rel=1e-5)


def test_labels_that_are_not_known_count_nowhere():
    rng = np.random.default_rng(3)
    outputs = rng.normal(size=(50, 2)).astype(np.float32)
    targets = rng.integers(-1, 2, (50, 2)).astype(np.int32)
    found = measured("multi-label", outputs, targets)
    columns = [(t[t >= 0], o[t >= 0]) for t, o in zip(targets.T, outputs.T, strict=True)]
    assert found["f1"] == pytest.approx(np.mean([sk.f1_score(t, o > 0) for t, o in columns]))
    assert found["auc"] == pytest.approx(np.mean([sk.roc_auc_score(t, o) for t, o in columns]))
    right = np.concatenate([t == (o > 0) for t, o in columns])
    assert found["label_accuracy"] == pytest.approx(right.mean())


def test_an_example_of_which_no_label_is_known_is_not_called_right():
    outputs = np.array([[1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]], np.float32)
    targets = np.array([[1, 0], [-1, -1], [1, -1]], np.int32)
    found = measured("multi-label", outputs, targets)
    assert found["exact_accuracy"] == 0.5
    assert found["label_accuracy"] == pytest.approx(2 / 3)


def test_a_label_that_is_never_there_has_no_area_and_no_f1():
    outputs, targets = np.array([[2.0, -1], [-2.0, -1]], np.float32), np.array([[1, 0], [0, 0]])
    found = measured("multi-label", outputs, targets.astype(np.int32))
    assert found["auc"] == 1.0
    assert found["f1"] == sk.f1_score(targets, outputs > 0, average="macro", zero_division=0)


def test_a_class_that_does_not_occur_counts_in_no_mean():
    outputs, targets, _ = classes_and_scores(4)
    targets[targets == 3] = 0
    for there in (0.0, -99.0):  # found though it is not there, and not found either
        outputs[:, 3] += there
        told = outputs.argmax(axis=1)
        found = measured("classification", outputs, targets)
        recalls = sk.recall_score(targets, told, average=None, labels=[0, 1, 2])
        assert found["balanced_accuracy"] == pytest.approx(recalls.mean(), rel=1e-5)
        assert found["f1"] == pytest.approx(sk.f1_score(targets, told, average="macro"), rel=1e-5)
        chances = softmax(outputs.astype(np.float64))
        each = [sk.roc_auc_score(targets == k, chances[:, k]) for k in range(3)]
        assert found["auc"] == pytest.approx(np.mean(each), rel=1e-5)


def test_outputs_that_are_no_numbers_are_not_right():
    outputs, targets, _ = classes_and_scores(7)
    outputs[::2] = np.nan
    found = measured("classification", outputs, targets, measures=[measure_of("classification",
                     "top_3")])  # fmt: skip
    right = sk.top_k_accuracy_score(targets[1::2], outputs[1::2], k=3, labels=np.arange(7))
    assert found["top_3"] == pytest.approx(right / 2)


def test_examples_that_the_loss_ignores_are_not_in_its_mean():
    outputs, targets, _ = classes_and_scores(3)
    losses = np.arange(70.0)
    counted = (np.arange(70) % 3 > 0).astype(np.float64)
    found = measured("classification", outputs, targets, losses=losses, counted=counted)
    assert found["loss"] == pytest.approx(losses[counted > 0].mean())
    assert found["accuracy"] == pytest.approx((outputs.argmax(axis=1) == targets).mean())


@pytest.mark.parametrize("task", DIRECTIONS)
def test_objectives_are_smaller_where_the_metric_is_better(task):
    assert Objective.of(task).metric == next(iter(DIRECTIONS[task]))
    for metric, direction in DIRECTIONS[task].items():
        objective = Objective.of(task, metric)
        good, bad = (0.9, 0.2) if direction == "maximize" else (0.2, 0.9)
        assert objective.value({metric: good}) < objective.value({metric: bad})
        assert objective.direction == direction


def test_an_epoch_measures_the_usual_and_the_objective():
    def names(measures):
        return [name for measure in measures for name in measure.directions]

    assert names(epoch_measures("classification")) == ["accuracy", "loss"]
    assert names(epoch_measures("classification", "auc")) == ["auc", "accuracy", "loss"]
    assert names(epoch_measures("classification", "top_7")) == ["top_7", "accuracy", "loss"]
    assert names(epoch_measures("segmentation", "dice")) == [
        "iou", "dice", "pixel_accuracy", "loss",
    ]  # fmt: skip
    assert "top_3" not in names(final_measures("classification", 3, True))
    assert "log_loss" not in names(final_measures("classification", 3, False))


def test_unknown_objective_is_refused():
    with pytest.raises(RecipeError, match=r"metric of regression; expected rmse, mae, r2, loss; "
                       r"received accuracy"):  # fmt: skip
        Objective.of("regression", "accuracy")
    with pytest.raises(RecipeError, match=r"expected accuracy, balanced_accuracy, f1, top_3.*re"):
        Objective.of("classification", "top_0")
