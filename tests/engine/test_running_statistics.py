"""What layers keep for themselves: running statistics, through training, search and files."""

import jax.numpy as jnp
import numpy as np
import pytest
from small_problems import (
    bars,
    blobs,
    contents,
    numbers,
    outcome,
    random_points,
    same_weights,
    search_points,
    sgd,
)

import shoal
from shoal import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Float,
    Int,
    LayerNorm,
    MaxPool,
    Recipe,
    Sequential,
    relu,
    tanh,
)
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine.splits import epoch_order
from shoal.engine.train_state import advanced, combine, partition
from shoal.kernels import backend
from shoal.nn import initialize
from shoal.optimizers.optimizer import decays_of

pytestmark = pytest.mark.bits

BATCH = 20
"""Of 72 and 96 training rows: the last batch of an epoch is not full."""


def written(channels, units, momentum, rate):
    # After the activation: a bias that a batch norm takes away again has no gradient but
    # rounding, and is not the same twice.
    return Sequential(
        Conv(channels, kernel_size=3), relu, BatchNorm(momentum), MaxPool(2),
        Flatten(), LayerNorm(), Dropout(rate), Dense(units), tanh, BatchNorm(), Dense(3),
    )  # fmt: skip


def family():
    return written(Int(2, 4), Int(3, 8), Float(0.05, 0.5), Float(0.0, 0.5))


def recipe():
    return sgd(batch_size=BATCH, epochs=3)


@pytest.fixture(scope="module")
def studied():
    """Four trials in one program, the first as narrow as can be."""
    points = random_points(family(), recipe(), bars(), 4)
    points[0] |= {"conv_1.channels": 2, "dense_1.units": 3}
    for point in points:
        # Calm enough that rounding does not grow from step to step.
        point |= {"optimizer.learning_rate": 0.03, "optimizer.momentum": 0.6}
    study = search_points(family(), recipe(), bars(), points, objective="loss")
    assert study.cost["groups"] == 1
    return study, points


def test_a_narrow_lane_trains_and_keeps_what_the_small_network_does(studied):
    study, points = studied
    for number in (0, 3):
        point = points[number]
        small = written(
            point["conv_1.channels"], point["dense_1.units"],
            point["batch_norm_1.momentum"], point["dropout_1.rate"],
        )  # fmt: skip
        optimizer = shoal.optimizers.SGD(
            learning_rate=point["optimizer.learning_rate"], momentum=point["optimizer.momentum"]
        )
        own = Recipe(optimizer=optimizer, epochs=3, batch_size=BATCH)
        alone = shoal.train(small, own, bars(), objective="loss")
        in_lane = study.model(number)
        assert set(in_lane.params["batch_norm_1"]) == {"scale", "shift", "mean", "variance"}
        same_weights(alone, in_lane, rtol=2e-5)
        history = [[e["train_loss"], e["accuracy"], e["loss"]] for e in alone.info["history"]]
        np.testing.assert_allclose(numbers(study, number), history, rtol=2e-5)


def test_neither_neighbors_nor_the_number_of_lanes_matter(studied):
    study, points = studied
    again = search_points(family(), recipe(), bars(), points[::-1], objective="loss", lanes=1)
    native = backend() == "native"  # XLA's sums are in an order that vectors make
    for number in range(4):
        if native:
            assert outcome(again, 3 - number) == outcome(study, number)
        same_weights(again.model(3 - number), study.model(number), rtol=0.0 if native else 2e-5)


def test_a_model_predicts_with_the_statistics_of_its_best_epoch(studied, tmp_path):
    study, _ = studied
    prepared = prepare(bars(), split(bars(), seed=study.header.seed))
    for number in range(4):
        model = study.model(number)
        found = model.score(prepared.validation.x, prepared.validation.y)
        told = study.file.trial(number).metrics
        # A study may tell more metrics than these two, or fewer than a score does.
        for name in ("loss", "accuracy"):
            assert found[name] == pytest.approx(told[name], rel=1e-5)
    model.save(tmp_path / "m.safetensors")
    again = shoal.Model.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(again.predict(bars().x), model.predict(bars().x))
    same_weights(again, model)


def test_running_statistics_by_hand():
    """With a learning rate of zero, they are a moving mean over the batches as they came."""
    network = Sequential(BatchNorm(0.3), Dense(3))
    still = Recipe(optimizer=shoal.optimizers.SGD(learning_rate=0.0), epochs=2, batch_size=BATCH)
    model = shoal.train(network, still, blobs(), seed=4, objective="loss")
    x = prepare(blobs(), split(blobs(), seed=4)).train.x.astype(np.float64)
    assert len(x) % BATCH > 1
    mean, variance = np.zeros(6), np.ones(6)
    for epoch in range(1, model.info["best_epoch"] + 1):
        order = epoch_order(4, epoch, len(x), -(-len(x) // BATCH), BATCH)
        for rows in order:
            batch = x[rows[rows >= 0]]
            mean = 0.7 * mean + 0.3 * batch.mean(axis=0)
            variance = 0.7 * variance + 0.3 * batch.var(axis=0, ddof=1)
    kept = model.params["batch_norm_1"]
    np.testing.assert_allclose(kept["mean"], mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(kept["variance"], variance, rtol=1e-4)
    np.testing.assert_array_equal(kept["scale"], np.ones(6))


def test_a_lane_that_diverges_leaves_its_neighbors_and_their_statistics_as_they_are():
    points = random_points(family(), recipe(), bars(), 3)
    calm = search_points(family(), recipe(), bars(), points, lanes=3)
    # A step so long that the squares of what comes out are no numbers of float32.
    wild = [points[0], {**points[1], "optimizer.learning_rate": 1e30}, points[2]]
    loose = shoal.optimizers.SGD(
        learning_rate=Float(1e-2, 1e30, log=True), momentum=Float(0.1, 0.95)
    )
    met = search_points(family(), Recipe(optimizer=loose, epochs=3, batch_size=BATCH), bars(),
                        wild, lanes=3)  # fmt: skip
    assert met.file.trial(1).state == "diverged"
    for number in (0, 2):
        assert contents(met)[1][number] == contents(calm)[1][number]


def test_state_is_no_weight():
    network = Sequential(Dense(4), BatchNorm(), Dense(2), LayerNorm(), input_shape=(3,))
    assert network.parameter_count() == 12 + 4 + 8 + 8 + 2 + 4
    assert str(network).splitlines()[-1].split()[-1] == "38"
    assert decays_of(network) == {
        "dense_1": {"weight": True, "bias": False},
        "batch_norm_1": {"scale": False, "shift": False},
        "dense_2": {"weight": True, "bias": False},
        "layer_norm_1": {"scale": False, "shift": False},
    }


def test_told_apart_and_together_again():
    network = Sequential(Dense(4), BatchNorm(), Dense(2), input_shape=(3,))
    params = initialize(network, 0)
    trained, kept = partition(network, params)
    assert {o: set(own) for o, own in kept.items()} == {"batch_norm_1": {"mean", "variance"}}
    assert set(trained["batch_norm_1"]) == {"scale", "shift"}
    whole = combine(trained, kept)
    assert {o: set(own) for o, own in whole.items()} == {o: set(p) for o, p in params.items()}
    noted = {"batch_norm_1": {"mean": jnp.full(4, 2.0), "variance": jnp.full(4, 3.0)}}
    assert advanced(kept, noted, jnp.bool_(True))["batch_norm_1"]["mean"].tolist() == [2.0] * 4
    assert advanced(kept, noted, jnp.bool_(False))["batch_norm_1"]["mean"].tolist() == [0.0] * 4
    # What was not reached has noted nothing, and stays.
    assert advanced(kept, {}, jnp.bool_(True))["batch_norm_1"]["variance"].tolist() == [1.0] * 4


def test_one_number_a_feature_has_no_variance_to_learn_from():
    from shoal.nn import Context

    layer, x = BatchNorm(0.5), jnp.asarray([[3.0], [7.0]])
    params = {name: jnp.asarray(value) for name, value in layer.init(None, (1,)).items()}
    context = Context(training=True, weight=jnp.asarray([1.0, 0.0]))
    h, kept = layer.apply_training(params, x, context=context)
    assert h[0].tolist() == [0.0]
    assert (kept["mean"].tolist(), kept["variance"].tolist()) == ([1.5], [1.0])
