"""What holds of every loss: alone and in lanes, at extremes, with labels left out, as JSON."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import loss_formulas
import numpy as np
import pytest
from small_problems import blobs

import shoal
from shoal import Float, losses
from shoal.engine import Recipe, recipe_from_json
from shoal.errors import RecipeError
from shoal.losses.classification import ClassLoss
from shoal.registry import RECIPE_PARTS
from shoal.space import Role, Space
from shoal.space.tree import parts_of

LOSSES = {
    cls.__name__: cls()
    for cls in RECIPE_PARTS.of(losses.Loss).values()
    if cls is not losses.WeightedSum
} | {
    "WeightedSum": losses.CrossEntropy() + 0.5 * losses.Dice(background=False),
    "no background": losses.Tversky(background=False),
    "small reach": losses.BoundaryCrossEntropy(reach=2, sigma=1.0),
}  # fmt: skip

RANGES = {
    "alpha": (0.2, 0.5), "beta": (0.4, 0.9), "class_weights": ((1.0, 2.0), (0.5, 3.0)),
    "delta": (0.3, 2.0), "gamma": (0.7, 2.0), "label_smoothing": (0.0, 0.3),
    "margin": (0.5, 2.0), "positive_weight": (0.5, 4.0), "sigma": (0.5, 4.0),
    "smooth": (0.1, 2.0), "strength": (0.0, 9.0), "weights": ((1.0, 0.2), (0.3, 2.0)),
}  # fmt: skip
"""Two values for every traced number."""

FORMULAS = {
    "focal": losses.Focal(), "multiclass_hinge": losses.MulticlassHinge(), "dice": losses.Dice(),
    "jaccard": losses.Jaccard(), "tversky": losses.Tversky(),
    "focal_tversky": losses.FocalTversky(), "generalized_dice": losses.GeneralizedDice(),
    "lovasz_softmax": losses.LovaszSoftmax(), "lovasz_hinge": losses.LovaszHinge(),
    "boundary_cross_entropy": losses.BoundaryCrossEntropy(),
}  # fmt: skip

each = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def problem(loss, classes=2):
    """Outputs and targets of a task that the loss is for; the last example has no labels."""
    rng = np.random.default_rng(5)
    if "segmentation" in loss.tasks:
        labels = rng.integers(-1, classes, (4, 5, 6))
        labels[-1] = -1
        return rng.normal(size=(4, 5, 6, classes)), labels.astype(np.int32)
    if "classification" in loss.tasks and isinstance(loss, ClassLoss):
        return rng.normal(size=(4, classes)), np.array([0, 1, 1, -1], np.int32)
    if "multi-label" in loss.tasks:
        labels = rng.integers(-1, 2, (4, classes))
        labels[-1] = -1
        return rng.normal(size=(4, classes)), labels.astype(np.int32)
    targets = rng.dirichlet(np.ones(4), 4).astype(np.float32)
    return rng.normal(size=(4, 4)), targets[:, : 2 if isinstance(loss, losses.GaussianNLL) else 4]


def evaluated(loss, outputs, targets):
    """Losses and the gradient of their sum, compiled as a whole: operations are slower."""

    def total(o, t):
        found = loss.per_example(o, t)
        return found.sum(), found

    o, t = jnp.asarray(outputs, jnp.float32), jnp.asarray(targets)
    gradient, found = jax.jit(jax.grad(total, has_aux=True))(o, t)
    return np.asarray(found), np.asarray(gradient)


@pytest.mark.parametrize("kind", FORMULAS)
def test_values_and_gradients_are_those_of_the_paper(kind):
    loss, formula = FORMULAS[kind], getattr(loss_formulas, kind)
    classes = 2 if kind == "lovasz_hinge" else 3
    outputs, targets = problem(loss, classes)
    outputs, targets = outputs[:3], targets[:3]
    found, gradient = evaluated(loss, outputs, targets)
    wanted = [formula(o, t) for o, t in zip(outputs, targets, strict=True)]
    np.testing.assert_allclose(found, wanted, rtol=2e-5)
    direction = np.random.default_rng(6).normal(size=outputs.shape)
    step = 1e-6
    slopes = [
        (formula(o + step * d, t) - formula(o - step * d, t)) / (2 * step)
        for o, t, d in zip(outputs, targets, direction, strict=True)
    ]
    own = (gradient * direction).reshape(3, -1).sum(axis=1)
    np.testing.assert_allclose(own, slopes, rtol=2e-4, atol=1e-5 * np.abs(gradient).max())


@each
@pytest.mark.parametrize("size", [1.0, 1e4])
def test_values_and_gradients_are_finite_at_extremes(loss, size):
    outputs, targets = problem(loss)
    for sign in (1, -1, np.sign(outputs) / np.abs(outputs)):
        found, gradient = evaluated(loss, size * sign * outputs, targets)
        assert found.shape == (4,)
        assert np.isfinite(found).all()
        assert np.isfinite(gradient).all()


@each
def test_what_is_ignored_gives_nothing_and_takes_nothing(loss):
    outputs, targets = problem(loss)
    if targets.dtype != np.int32:
        assert (np.asarray(loss.counted(jnp.asarray(outputs, jnp.float32), targets)) == 1).all()
        return
    ignored = targets < 0
    other = outputs + 3 * (ignored if targets.ndim == outputs.ndim else ignored[..., None])
    found, gradient = evaluated(loss, outputs, targets)
    again, _ = evaluated(loss, other, targets)
    np.testing.assert_array_equal(found, again)
    assert np.abs(gradient[ignored]).max() == 0
    assert np.abs(gradient[~ignored]).max() > 0
    counted = loss.counted(jnp.asarray(outputs, jnp.float32), jnp.asarray(targets))
    np.testing.assert_array_equal(counted, [1, 1, 1, 0])
    if isinstance(loss, ClassLoss):
        renamed = dataclasses.replace(loss, ignore_label=255)
        np.testing.assert_array_equal(
            found, evaluated(renamed, outputs, np.where(ignored, 255, targets))[0]
        )


@each
def test_lanes_with_traced_numbers_are_each_number_alone(loss):
    names = [name for name, _, role in parts_of(loss) if role == Role.TRACED]
    if isinstance(loss, losses.LovaszHinge):
        names.remove("class_weights")
    outputs, targets = (jnp.asarray(v) for v in problem(loss))
    outputs = outputs.astype(jnp.float32)
    lanes = [{name: RANGES[name][i] for name in names} for i in (0, 1)]

    def one(values):
        return dataclasses.replace(loss, **values).per_example(outputs, targets)

    # The numbers become traced values, as in a compiled program.
    stacked = jax.tree.map(lambda *v: jnp.stack([jnp.float32(x) for x in v]), *lanes)
    together = jax.jit(jax.vmap(one, axis_size=2, in_axes=(0,)))(stacked) if names else None
    for i, lane in enumerate(lanes if names else ()):
        np.testing.assert_allclose(together[i], one(lane), rtol=1e-6, atol=1e-7)
    if names:
        assert not np.allclose(together[0], together[1])


@each
def test_a_loss_is_read_back_as_it_was_written(loss):
    recipe = Recipe(loss=loss)
    written = json.loads(json.dumps(recipe.to_json()))
    again = recipe_from_json(written)
    assert again.to_json() == written
    outputs, targets = problem(loss)
    np.testing.assert_array_equal(
        evaluated(loss, outputs, targets)[0], evaluated(again.loss, outputs, targets)[0]
    )


@pytest.mark.parametrize("loss", [losses.CrossEntropy, losses.Focal, losses.Dice,
                                  losses.LovaszSoftmax, losses.BoundaryCrossEntropy])  # fmt: skip
def test_one_output_stands_for_two_classes(loss):
    outputs, targets = problem(loss())
    margin = outputs[..., 1:] - outputs[..., :1]
    np.testing.assert_allclose(
        evaluated(loss(), margin, targets)[0], evaluated(loss(), outputs, targets)[0], rtol=1e-5
    )


@pytest.mark.parametrize("loss", [losses.CrossEntropy(label_smoothing=0.1), losses.Focal(),
                                  losses.Dice(), losses.GeneralizedDice()])  # fmt: skip
def test_one_hot_targets_are_their_classes(loss):
    outputs, targets = problem(loss, 3)
    targets = np.maximum(targets, 0)
    hot = np.eye(3, dtype=np.float32)[targets]
    # Operation by operation: compiled as a whole, sums may be in another order.
    found, wanted = (
        loss.per_example(jnp.asarray(outputs, jnp.float32), jnp.asarray(t)) for t in (hot, targets)
    )
    np.testing.assert_array_equal(found, wanted)


def test_tversky_of_one_half_is_dice_and_of_one_is_jaccard():
    outputs, targets = problem(losses.Dice())
    for tversky, same in (
        (losses.Tversky(alpha=0.5, beta=0.5, smooth=0.5), losses.Dice(smooth=1.0)),
        (losses.Tversky(alpha=1.0, beta=1.0), losses.Jaccard()),
    ):
        np.testing.assert_allclose(evaluated(tversky, outputs, targets)[0],
                                   evaluated(same, outputs, targets)[0], rtol=1e-5)  # fmt: skip


def test_a_sum_weighs_its_parts():
    outputs, targets = problem(losses.Dice())
    parts = [losses.CrossEntropy(), losses.Dice(), losses.Focal(gamma=1.0)]
    whole = parts[0] + 0.5 * parts[1] + parts[2] * 2.0
    assert whole.weights == (1.0, 0.5, 2.0)
    alone = [evaluated(part, outputs, targets)[0] for part in parts]
    np.testing.assert_allclose(evaluated(whole, outputs, targets)[0],
                               alone[0] + 0.5 * alone[1] + 2 * alone[2], rtol=1e-6)  # fmt: skip


def test_numbers_out_of_their_bounds_are_refused():
    for make, message in (
        (lambda: losses.Huber(delta=0.0), "delta lies in its bounds"),
        (lambda: losses.Focal(gamma=Float(-1.0, 1.0)), "gamma lies in its bounds"),
        (lambda: losses.Dice(smooth=0), "smooth lies in its bounds"),
        (lambda: losses.Dice(background=1), "background is True or False"),
        (lambda: losses.BoundaryCrossEntropy(reach=0), "reach is a whole number"),
        (lambda: losses.CrossEntropy(class_weights=(1.0, -1.0)), "class's weight lies in"),
        (lambda: losses.CrossEntropy(class_weights="rare"), "class weights are a number for"),
        (lambda: losses.CrossEntropy(ignore_label=1.5), "ignore_label is a whole number"),
        (lambda: losses.CrossEntropy(ignore_label=2**31), "ignore_label is a label"),
        (lambda: losses.WeightedSum((losses.Dice(),), (1.0, 2.0)), "a weight for each of its"),
        (lambda: losses.WeightedSum((3,), (1.0,)), "a part of a weighted sum is an object"),
        (lambda: losses.Dice() * Float(-1.0, 1.0), "the weight of a loss lies in its bounds"),
        (lambda: losses.CrossEntropy() + losses.Hinge(), "before a final softmax or after it"),
    ):
        with pytest.raises(RecipeError, match=message):
            make()


def test_losses_refuse_networks_and_tasks_that_do_not_fit():
    for loss, task, outputs, shape, message in (
        (losses.Dice(), "classification", 2, (2,), "dice is a loss for segmentation; received"),
        (losses.Dice(), "segmentation", 3, (8, 8, 2), r"every pixel; expected shape .*width, 3\)"),
        (losses.Dice(), "segmentation", 3, (8, 8, 1), "End it with Conv.3, kernel_size=1"),
        (losses.LovaszHinge(), "segmentation", 3, (8, 8, 3), "expected two classes; received 3"),
        (losses.LovaszHinge(class_weights=(1, 2)), "segmentation", 2, (8, 8, 2), "no class w"),
        (losses.NegativeLogLikelihood(), "classification", 2, (1,), r"expected shape \(2,\)"),
        (losses.GaussianNLL(), "regression", 2, (2,), r"variance; expected shape \(4,\)"),
        (losses.Poisson(), "classification", 2, (2,), "poisson is a loss for regression"),
        (losses.BinaryCrossEntropy(), "multi-label", 3, (2,), "one output for each label"),
        (losses.CrossEntropy(class_weights=(1, 2)), "classification", 3, (3,), "expected 2|3 wei"),
        (losses.Dice() + losses.CrossEntropy(), "regression", 1, (1,), "is a loss for segm"),
    ):
        with pytest.raises(RecipeError, match=message):
            loss.check(task, outputs, shape)
    losses.CrossEntropy().check("classification", 2, (1,))
    losses.Dice().check("segmentation", 2, (8, 8, 1))
    losses.Hinge().check("multi-label", 3, (3,))


def test_ranges_of_losses_share_one_program_and_a_lane_is_as_alone():
    loss = losses.CrossEntropy(label_smoothing=Float(0.0, 0.3)) + Float(0.1, 2.0) * losses.Focal(
        gamma=Float(0.5, 3.0), class_weights=(1.0, Float(1.0, 4.0), 1.0)
    )
    recipe = Recipe(loss=loss, epochs=2, batch_size=32)
    family = shoal.Sequential(shoal.Dense(6), shoal.tanh, shoal.Dense(3))
    study = shoal.search(family, recipe, blobs(), trials=5, lanes=3, confirm_seeds=0)
    assert study.cost["groups"] == 1
    trial = study.trials[3]
    space = Space(family, recipe)
    assert len(space) == 4
    alone = shoal.train(family, space.bind(recipe, trial.point), blobs())
    told = {name: alone.info["validation"][name] for name in trial.metrics}
    assert told == pytest.approx(trial.metrics, rel=1e-5)
