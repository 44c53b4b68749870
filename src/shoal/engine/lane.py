"""The mathematics of training, written for one network.

Nothing here knows of lanes beside its own: `jax.vmap` adds them (`program.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from shoal.augmentation.augment import augment
from shoal.augmentation.random_crop import random_crop_of
from shoal.augmentation.transform import Draws
from shoal.engine.device_rows import AnyRows, all_rows, cut, rows_at, tiles_at
from shoal.engine.fastpaths.factored_gradients import gradient_hooks, gradients_with, without
from shoal.engine.readout import Readout
from shoal.engine.specialize import Specialization
from shoal.engine.step import apply_update, averaged, beginning, mean_loss, penalty, steps_ahead
from shoal.engine.tiling import blended, in_tiles
from shoal.engine.train_state import advanced, combine, partition
from shoal.kernels import GradientHooks, LabelCosts
from shoal.kernels.mask_bounds import mask_bounds
from shoal.losses import Loss
from shoal.metrics import Measure, Scored, added, metric_sums
from shoal.nn import Network, Params, Widths, forward_training
from shoal.nn.forward import forward
from shoal.optimizers import Optimizer
from shoal.optimizers.optimizer import decays_of, update_bounds
from shoal.schedules import Moment


class Rows(NamedTuple):
    """Examples on the device.

    Attributes:
        x: inputs, shape (n, *input_shape), or compact.
        y: their targets, shape (n, …).
        weight: how much each counts in training, shape (n,); None: all the same.
        sizes: height and width of each picture, where what is right of it and below is
            filled up, int32 of shape (n, 2); None: all are as large as the array.
    """

    x: AnyRows
    y: Array
    weight: Array | None = None
    sizes: Array | None = None


class TrainState(NamedTuple):
    """What training changes.

    Attributes:
        params: weights, and the state that layers keep beside them: together
            they are what a model is.
        memory: the optimizer's, of the weights alone.
        average: the moving average of the weights, where the recipe has one.
    """

    params: Params
    memory: Any
    average: Params | None = None

    def measured(self, network: Network) -> Params:
        """What is measured and kept: the weights or their average, and the layers' state."""
        if self.average is None:
            return self.params
        return combine(self.average, partition(network, self.params)[1])


class LaneInputs(NamedTuple):
    """What a lane is given with its trial and keeps.

    Attributes:
        traced: values of the traced hyperparameters, by name.
        steps: of its whole training, if nothing stops it early.
        epoch: steps of one epoch.
        masks, ranks, active, members: see `shoal.nn.Widths`.
    """

    traced: dict[str, Array]
    steps: Array
    epoch: Array
    masks: dict[str, Array]
    ranks: dict[str, Array]
    active: dict[str, Array]
    members: dict[str, Array]

    def moment(self, step: Array) -> Moment:
        """The moment of the lane's trial after ``step`` steps."""
        return Moment(step.astype(jnp.float32), self.steps, self.epoch)

    def widths(self, alive: Array | None = None) -> Widths:
        """What the lane uses of the program's width: nothing while it is not alive."""
        active = self.active
        if alive is not None:
            masked = mask_bounds(alive, list(active.values()))
            active = dict(zip(active, masked, strict=True))
        return Widths(self.masks, self.ranks, active, self.members)


class EpochState(NamedTuple):
    """How a lane's epoch is going.

    Attributes:
        alive: whether it trains; false once its loss was not finite, or while idle.
        step: optimizer steps since the trial began.
        first_bad_step: the step at which the loss was not finite, or -1.
        loss_sum, examples: over the examples of the epoch so far.
    """

    alive: Array
    step: Array
    first_bad_step: Array
    loss_sum: Array
    examples: Array


def start(special: Specialization, params: Params, setting: LaneInputs) -> TrainState:
    """Weights with a fresh optimizer's memory."""
    network, recipe = special.bound(setting.traced)
    trained, _ = partition(network, params)
    average = None if recipe.ema_momentum is None else trained
    return TrainState(params, beginning(recipe, trained), average)


def train(
    special: Specialization,
    task: str,
    rows: Rows,
    learner: TrainState,
    setting: LaneInputs,
    course: EpochState,
    noise: Array,
    order: Array,
    factored: Sequence[str] = (),
    tiles: int = 1,
) -> tuple[TrainState, EpochState]:
    """Some optimizer steps of one network.

    Each step takes the examples that ``order`` names, computes their mean loss,
    its gradients and those of penalties, and lets the optimizer update the
    weights. The loss that is reported leaves penalties out. A step whose loss is
    not finite changes nothing, and neither does any after it. The state that
    layers keep advances with the weights, and no gradient flows into it.

    Args:
        special: network and recipe.
        task: what is predicted.
        rows: the training split.
        learner: weights and optimizer memory.
        setting: the lane's traced values and widths.
        course: how its epoch is going.
        noise: uint32 that keys its noise.
        order: row numbers, int32 of shape (steps, batch); -1 is no example.
        factored: owners of the dense layers that are updated as `factored_gradients.py` tells.
        tiles: of each picture in an epoch; then ``order`` numbers these.
    """
    network, recipe = special.bound(setting.traced)
    loss_of = recipe.loss
    assert isinstance(loss_of, Loss), "bound"
    read = Readout.of(network, loss_of, task, setting.members)
    classes = network.shapes()[read.end][-1]
    decays = decays_of(network)

    assert isinstance(recipe.optimizer, Optimizer), "bound"
    first = setting.moment(course.step)
    ahead = steps_ahead(recipe.optimizer, learner.memory, first, len(order))

    def objective(
        trained: Params,
        taps: dict[str, GradientHooks],
        kept: Params,
        index: Array,
        weight: Array,
        widths: Widths,
        state: EpochState,
    ) -> tuple[Array, tuple[Array, Array, Params]]:
        at = jnp.maximum(index, 0) // tiles
        key = jnp.stack([noise, state.step.astype(jnp.uint32)])
        x, y = _examples(network, recipe, rows, at, index, key)
        seen = augment(recipe.augmentation, x, y, index, key)  # type: ignore[arg-type]  # bound

        def outputs_of(costs: LabelCosts | None) -> tuple[Array, Params]:
            return forward_training(
                network, combine(trained, kept), seen.x,
                key=key, weight=weight, widths=widths, end=read.end,
                costs=costs, taps=taps,
            )  # fmt: skip

        own = weight if rows.weight is None else weight * jnp.take(rows.weight, at)
        loss, count, noted = mean_loss(read, outputs_of, classes, seen, own, index >= 0)
        return loss + penalty(recipe, trained, decays), (loss, count, noted)

    def step(
        carry: tuple[TrainState, EpochState], index: Array
    ) -> tuple[tuple[TrainState, EpochState], None]:
        now, state = carry
        weight = (index >= 0).astype(jnp.float32)
        trained, kept = partition(network, now.params)
        others, large = without(trained, factored)
        differentiated = jax.value_and_grad(objective, argnums=(0, 1), has_aux=True)
        (whole, (loss, count, noted)), (gradients, found) = differentiated(
            others, gradient_hooks(network, factored, len(index)), combine(large, kept), index,
            weight, setting.widths(state.alive), state,
        )  # fmt: skip
        gradients = gradients_with(gradients, found, trained)
        finite = jnp.isfinite(whole)
        go = state.alive & finite & (count > 0)
        bounds = update_bounds(network, setting.active, go)
        kernel = ahead and ahead._replace(numbers=ahead.numbers[state.step - course.step])
        moment = setting.moment(state.step)
        trained, memory = apply_update(
            recipe, gradients, now.memory, trained, go, bounds, decays, moment, kernel
        )
        average = now.average
        if average is not None:
            average = averaged(recipe, average, trained, go, moment.step)
        learned = TrainState(combine(trained, advanced(kept, noted, go)), memory, average)
        return (learned, _advance(state, go, finite, loss, count)), None

    (learner, ended), _ = jax.lax.scan(step, (learner, course), order)
    return learner, ended


def _examples(
    network: Network, recipe: Any, rows: Rows, at: Array, index: Array, key: Array
) -> tuple[Array, Array]:
    """The examples of a step: these rows, or where pictures are larger than the network a tile."""
    crop = random_crop_of(recipe.augmentation)
    if crop is None or not in_tiles(rows.x.shape[1:], network.input_shape):
        return rows_at(rows.x, at), jnp.take(rows.y, at, axis=0)
    height, width = rows.x.shape[1:3]
    sizes = jnp.asarray([[height, width]], jnp.int32)
    sizes = jnp.broadcast_to(sizes, (len(at), 2)) if rows.sizes is None else rows.sizes[at]
    tile = crop.tile(height, width)
    room = jnp.maximum(sizes - jnp.asarray([tile], jnp.int32), 0)
    corners = crop.corners(Draws.of(key, crop.kind, index), room)
    return tiles_at(rows.x, at, corners, tile), cut(rows.y, at, corners, tile)


def _advance(state: EpochState, go: Array, finite: Array, loss: Array, count: Array) -> EpochState:
    bad = state.alive & ~finite
    return EpochState(
        alive=state.alive & finite,
        step=state.step + go.astype(state.step.dtype),
        first_bad_step=jnp.where(bad, state.step, state.first_bad_step),
        loss_sum=state.loss_sum + jnp.where(go, loss * count, 0.0),
        examples=state.examples + jnp.where(go, count, 0.0),
    )


def evaluate(
    special: Specialization,
    task: str,
    measures: Sequence[Measure],
    batches: Any,
    batch_of: Callable[[Any], tuple[Rows, Array]],
    params: Params,
    setting: LaneInputs,
    alive: Array,
) -> dict[str, Array]:
    """Sums over a split from which its metrics are made.

    Args:
        special: network and recipe.
        task: what is predicted.
        measures: what is measured.
        batches: what tells of each batch of the split, stacked.
        batch_of: from that to its examples, and how much each counts, 0 for padding.
        params: weights.
        setting: the lane's traced values and widths.
        alive: whether the lane holds a trial.
    """
    network, recipe = special.bound(setting.traced)
    loss = recipe.loss
    assert isinstance(loss, Loss), "bound"
    read = Readout.of(network, loss, task, setting.members)
    widths = setting.widths(alive)

    def one(batch: Any) -> dict[str, Array]:
        rows, weight = batch_of(batch)

        def scores_of(x: Array) -> Array:
            return read.averaged(forward(network, params, x, widths=widths, end=read.end))

        x = all_rows(rows.x)
        if in_tiles(x.shape[1:], network.input_shape):
            outputs = blended(scores_of, x, network.input_shape[:2])  # type: ignore[index,arg-type]  # of pictures
        else:
            outputs = scores_of(x)
        losses, counted = loss.per_example(outputs, rows.y), loss.counted(outputs, rows.y)
        scored = Scored(read(outputs), rows.y, losses, weight, counted, read.probabilities)
        return metric_sums(measures, scored)

    return added(measures, jax.lax.map(one, batches))
