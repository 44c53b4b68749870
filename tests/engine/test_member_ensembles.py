"""Ensembles inside one network: how they are trained, judged and read, and what they refuse."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small_problems

import shoal
from shoal import (
    BatchEnsemble,
    Dense,
    Dropout,
    Flatten,
    Int,
    MemberDense,
    MemberMean,
    Members,
    Recipe,
    Sequential,
    losses,
    relu,
    softmax,
)
from shoal.engine.readout import Readout
from shoal.errors import NetworkError, RecipeError
from shoal.models.answers import _probabilities
from shoal.nn import initialize, member_axes, member_counts
from shoal.nn.forward import forward

CLASSES = [
    losses.CrossEntropy(label_smoothing=0.1, class_weights=(1.0, 2.0, 0.5)), losses.Focal(),
    losses.NegativeLogLikelihood(), losses.MulticlassHinge(), losses.Hinge(),
    losses.SquaredHinge(), losses.Perceptron(), losses.KLDivergence(), losses.SquaredError(),
    losses.CrossEntropy() + 0.5 * losses.Focal(),
]  # fmt: skip
VALUES = [
    losses.SquaredError(), losses.AbsoluteError(), losses.Huber(), losses.Poisson(),
    losses.GaussianNLL(), losses.KLDivergence(),
]  # fmt: skip
LABELS = [losses.BinaryCrossEntropy(positive_weight=2.0), losses.Hinge()]
TASKS = [(loss, task) for task, some in (
    ("classification", CLASSES), ("regression", VALUES), ("multi-label", LABELS)) for loss in some
    if task in loss.tasks]  # fmt: skip


def several(*after):
    """An ensemble of four for three classes, scores or values."""
    return Sequential(Members(4), MemberDense(3), *after, MemberMean(), input_shape=(2,))


def problem(loss, task):
    """Outputs of four members for six examples, and targets."""
    rng = np.random.default_rng(0)
    outputs = rng.normal(size=(6, 4, 4 if isinstance(loss, losses.GaussianNLL) else 3)) * 2
    if task == "classification":
        targets = np.array([0, 1, 2, -1, 0, 1], np.int32)
    elif task == "multi-label":
        targets = rng.integers(-1, 2, (6, 3)).astype(np.int32)
    else:
        targets = rng.dirichlet(np.ones(3), 6)[:, : loss.readout(task, outputs[:, 0]).shape[1]]
    if isinstance(loss, losses.NegativeLogLikelihood):
        outputs = jax.nn.log_softmax(outputs)
    return jnp.asarray(outputs, jnp.float32), jnp.asarray(targets)


def answers(read, outputs):
    """What a user gets: probabilities, values, or scores without probabilities."""
    told = np.asarray(read(outputs), np.float64)
    return _probabilities(told, read.task) if read.probabilities and read.task != "regression" \
        else told  # fmt: skip


@pytest.mark.parametrize(("loss", "task"), TASKS, ids=lambda v: getattr(v, "kind", v))
def test_the_mean_of_losses_is_trained_and_the_mean_answer_read(loss, task):
    read = Readout.of(several(), loss, task)
    outputs, targets = problem(loss, task)
    each = [outputs[:, m] for m in range(4)]
    told = [loss.per_example(one, targets) for one in each]
    np.testing.assert_allclose(
        read.losses(outputs, targets), np.mean(told, axis=0), rtol=2e-6, atol=1e-6
    )
    np.testing.assert_array_equal(read.counted(outputs, targets), loss.counted(each[0], targets))
    mean = np.mean([answers(read, one) for one in each], axis=0)
    together = read.averaged(outputs)
    np.testing.assert_allclose(answers(read, together), mean, rtol=2e-5, atol=1e-6)
    assert loss.per_example(together, targets).shape == (6,)

    # A lane with two members takes no notice of what stands where others have more.
    spoilt = outputs.at[:, 2:].set(jnp.nan)
    two = Readout.of(several(), loss, task, {"member_dense_1": jnp.int32(2)})
    mean = np.mean([answers(read, one) for one in each[:2]], axis=0)
    np.testing.assert_allclose(answers(two, two.averaged(spoilt)), mean, rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(
        two.losses(spoilt, targets), np.mean(told[:2], axis=0), rtol=2e-6, atol=1e-6
    )


def test_members_may_share_one_output_for_two_classes():
    read = Readout.of(several(), losses.CrossEntropy(), "classification")
    outputs = jnp.asarray([[[2.0], [-1.0], [0.5], [3.0]]])
    mean = np.mean(1 / (1 + np.exp(-np.asarray([2.0, -1.0, 0.5, 3.0]))))
    found = _probabilities(np.asarray(read(read.averaged(outputs))), "classification")
    np.testing.assert_allclose(found, [[1 - mean, mean]], rtol=1e-5)


def test_a_softmax_of_each_member_goes_into_its_loss():
    loss, bare = losses.CrossEntropy(), several()
    read = Readout.of(several(softmax), loss, "classification")
    assert (read.end, read.members) == ("member_dense_1", 4)
    assert Readout.of(bare, loss, "classification") == read
    shares = Readout.of(several(softmax), losses.SquaredError(), "classification")
    assert (shares.end, shares.are_shares, shares.members) == ("softmax_1", True, 4)
    told = jnp.asarray(np.random.default_rng(1).dirichlet(np.ones(3), (5, 4)), jnp.float32)
    np.testing.assert_allclose(np.exp(shares(shares.averaged(told))), told.mean(axis=1), rtol=1e-5)


def test_a_mean_of_the_inputs_places_is_no_ensemble():
    network = Sequential(MemberMean(), Dense(3), input_shape=(4, 2))
    assert Readout.of(network, losses.CrossEntropy(), "classification").members is None
    x = jnp.arange(24.0).reshape(3, 4, 2)
    alone = Sequential(MemberMean(), input_shape=(4, 2))
    assert Readout.of(alone, losses.CrossEntropy(), "classification").members is None
    np.testing.assert_allclose(forward(alone, {}, x), x.mean(axis=1))


def test_scales_begin_as_in_tabm():
    network = Sequential(
        Members(6), BatchEnsemble(5, scale_in=False), relu, BatchEnsemble(5), MemberDense(2),
        MemberMean(), input_shape=(40,),
    )  # fmt: skip
    params = initialize(network, 3)
    signs = params["members_1"]["scale_in"]
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert abs(signs.mean()) < 0.25
    assert len(np.unique(signs, axis=0)) == 6
    assert set(params["batch_ensemble_1"]) == {"weight", "scale_out", "bias"}
    for name in ("scale_in", "scale_out"):
        np.testing.assert_array_equal(params["batch_ensemble_2"][name], 1.0)
    heads = params["member_dense_1"]["weight"]
    assert heads.shape == (6, 5, 2)
    assert np.abs(heads).max() <= np.sqrt(6 / 7)  # by one member's features
    assert len(np.unique(heads.reshape(6, -1), axis=0)) == 6
    normal = initialize(Sequential(Members(6, "normal"), input_shape=(400,)), 3)
    assert np.std(normal["members_1"]["scale_in"]) == pytest.approx(1.0, abs=0.05)
    assert not any(spec.decays for spec in network.param_specs()["members_1"].values())
    decaying = {n for n, s in network.param_specs()["batch_ensemble_2"].items() if s.decays}
    assert decaying == {"weight"}


def test_each_member_drops_units_of_its_own_whatever_their_number():
    key = jnp.asarray([1, 2], jnp.uint32)
    x = jnp.ones((30, 8))

    def dropped(members, *before):
        network = Sequential(Members(members), *before, Dropout(0.5), input_shape=(8,))
        ones = {"members_1": {"scale_in": jnp.ones((members, 8))}}
        return np.asarray(forward(network, ones, x, training=True, key=key))

    four = dropped(4)
    assert abs((four > 0).mean() - 0.5) < 0.05
    assert all((four[:, 0] != four[:, m]).any() for m in (1, 2, 3))
    np.testing.assert_array_equal(dropped(2), four[:, :2])


def test_where_the_axis_of_members_is():
    network = Sequential(
        Dense(3), Members(4), Dense(2), relu, Flatten(), Dense(2), Members(2), MemberMean(),
        input_shape=(2,),
    )  # fmt: skip
    assert member_axes(network) == {"members_1": 4, "dense_2": 4, "relu_1": 4, "members_2": 2}
    fewer = Sequential(Members(3), relu, Flatten(), Dense(1), input_shape=(2,))
    more = Sequential(Members(4), relu, Flatten(), Dense(1), input_shape=(2,))
    with pytest.raises(
        NetworkError, match=r"layer flatten_1: members whose number differs by lane stay apart"
    ):
        member_counts(more, fewer)
    assert member_counts(more, more) == {"members_1": 4, "relu_1": 4}


@pytest.mark.parametrize(
    ("layers", "shape", "message"),
    [
        ((Members(3),), (4, 2), r"members take flat features; expected shape \(features,\)"),
        ((BatchEnsemble(3),), (4,), r"BatchEnsemble takes the features of each member; .*Open"),
        ((MemberDense(3),), (4, 4, 2), r"MemberDense takes the features of each member"),
        ((MemberMean(),), (4,), r"MemberMean takes the features of each member"),
        ((Members(3), Dense(2), Members(3)), (4,), r"members_2: .* members are opened once"),
    ],
)
def test_inputs_that_do_not_fit_are_named(layers, shape, message):
    with pytest.raises(NetworkError, match=message):
        Sequential(*layers, input_shape=shape)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Members(0), "members is a whole number; expected at least 1; received 0"),
        (lambda: Members(3, "ones"), "known by name; expected random_signs, normal; .*'ones'"),
        (lambda: BatchEnsemble(3, scale_in=1), "scale_in: whether a layer scales its inputs is T"),
        (lambda: BatchEnsemble(3, initialization="x"), "an initialization is known by name"),
        (lambda: MemberDense(3, bias=2), "whether a layer has a bias is True or False"),
    ],
)
def test_fields_that_cannot_be_are_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_a_network_that_ends_in_members_is_told_to_close_them():
    data = small_problems.blobs()
    network = Sequential(Members(3), MemberDense(3))
    with pytest.raises(RecipeError, match=r"one output for each class.*MemberMean\(\)"):
        shoal.train(network, Recipe(epochs=1), data)


def test_what_is_told_of_the_winner_is_the_ensembles():
    data = small_problems.blobs()
    family = Sequential(
        Members(Int(2, 4)), BatchEnsemble(Int(4, 8), scale_in=False), relu, Dropout(0.1),
        MemberDense(3), MemberMean(),
    )  # fmt: skip
    points = [{"members_1.members": k, "batch_ensemble_1.units": n} for k, n in ((2, 8), (4, 5))]
    optimizer = shoal.optimizers.AdamW(learning_rate=0.02)
    recipe = Recipe(optimizer=optimizer, epochs=3, batch_size=16)
    study = small_problems.search_points(family, recipe, data, points, objective="log_loss")
    assert study.cost["groups"] == 1  # one program for all numbers of members
    for trial, (members, units) in zip(study.trials, ((2, 8), (4, 5)), strict=True):
        model = study.model(trial.id)
        params = model.params
        assert params["members_1"]["scale_in"].shape == (members, 6)
        assert params["member_dense_1"]["weight"].shape == (members, units, 3)
        x = model.preprocessing.transform(data)
        h = x[:, None] * params["members_1"]["scale_in"]
        own = params["batch_ensemble_1"]
        h = np.maximum(h @ own["weight"] * own["scale_out"] + own["bias"], 0)
        heads = params["member_dense_1"]
        scores = np.einsum("bkd,kdc->bkc", h, heads["weight"]) + heads["bias"]
        mean = _probabilities(scores, "classification").mean(axis=1)
        np.testing.assert_allclose(model.predict_proba(data), mean, rtol=1e-4, atol=1e-6)
        told = model.evaluate(data)
        y = model.preprocessing.transform_targets(data)
        cost = -np.log(mean[np.arange(len(y)), y]).mean()
        assert told["log_loss"] == pytest.approx(cost, rel=1e-4)
        assert told["loss"] == pytest.approx(cost, rel=1e-4)  # of the ensemble, not of members
        assert told["accuracy"] == pytest.approx((mean.argmax(axis=1) == y).mean())
