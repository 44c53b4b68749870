"""Member ensembles against PyTorch: their layers, and a whole one with loss and answers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from shoal import (
    BatchEnsemble,
    Dense,
    MemberDense,
    MemberMean,
    Members,
    Sequential,
    losses,
    relu,
)
from shoal.augmentation import Augmented
from shoal.engine.readout import Readout
from shoal.engine.step import mean_loss
from shoal.models.parameters import nested_params
from shoal.nn import Context, forward_training

PARAMETERS = ("weight", "bias", "scale_in", "scale_out")


def check(layer, case, agree):
    x = jnp.asarray(case["x"])
    params = {name: jnp.asarray(case[name]) for name in PARAMETERS if name in case}
    assert layer.out_shape(x.shape[1:]) == case["y"].shape[1:]
    specs = layer.param_specs(x.shape[1:])
    assert {k: s.shape for k, s in specs.items()} == {k: v.shape for k, v in params.items()}
    y, back = jax.vjp(lambda p, x: layer.apply(p, x, context=Context(training=True)), params, x)
    d_params, d_x = back(jnp.asarray(case["cotangent"]))
    agree(y, case["y"])
    agree(d_x, case["d_x"])
    for name, gradient in d_params.items():
        agree(gradient, case[f"d_{name}"])


def test_members(members_case, agree):
    check(Members(**members_case["spec"]), members_case, agree)


def test_batch_ensemble(batch_ensemble_case, agree):
    check(BatchEnsemble(**batch_ensemble_case["spec"]), batch_ensemble_case, agree)


def test_member_dense(member_dense_case, agree):
    check(MemberDense(**member_dense_case["spec"]), member_dense_case, agree)


def test_member_mean(member_mean_case, agree):
    check(MemberMean(), member_mean_case, agree)


def network_of(mini, outputs):
    if mini:
        middle = [Dense(6), relu, Dense(6), relu]
    else:
        middle = [BatchEnsemble(6, scale_in=False), relu, BatchEnsemble(6), relu]
    return Sequential(Members(4), *middle, MemberDense(outputs), MemberMean(), input_shape=(5,))


def test_the_mean_of_the_members_losses_is_trained_and_their_mean_answer_told(ensemble_case, agree):
    task = ensemble_case["spec"]["task"]
    network = network_of(ensemble_case["spec"]["mini"], ensemble_case["answers"].shape[1])
    loss = losses.CrossEntropy() if task == "classification" else losses.SquaredError()
    read = Readout.of(network, loss, task)
    x, targets = jnp.asarray(ensemble_case["x"]), jnp.asarray(ensemble_case["targets"])
    params = nested_params({k: jnp.asarray(v) for k, v in ensemble_case.items()
                            if "." in k and not k.startswith("d_")})  # fmt: skip
    ones = jnp.ones(len(x))

    @jax.jit
    def run(params):
        def outputs_of(costs):
            return forward_training(
                network, params, x, key=jnp.zeros(2, jnp.uint32), weight=ones, end=read.end,
                costs=costs,
            )  # fmt: skip

        mean, count, _ = mean_loss(
            read, outputs_of, network.shapes()[read.end][-1], Augmented(x, targets), ones, ones > 0
        )
        return mean, (count, read(read.averaged(outputs_of(None)[0])))

    (mean, (count, outputs)), gradients = jax.value_and_grad(run, has_aux=True)(params)
    assert count == len(x)
    agree(mean, ensemble_case["loss"])
    agree(jax.nn.softmax(outputs) if task == "classification" else outputs,
          ensemble_case["answers"])  # fmt: skip
    found = {f"{owner}.{name}": g for owner, own in gradients.items() for name, g in own.items()}
    assert {f"d_{name}" for name in found} == {k for k in ensemble_case if k.startswith("d_")}
    for name, gradient in found.items():
        agree(gradient, ensemble_case[f"d_{name}"])


def test_it_is_not_the_loss_of_the_mean():
    network = network_of(False, 3)
    read = Readout.of(network, losses.CrossEntropy(), "classification")
    outputs = jnp.asarray([[[3.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]]])
    label = jnp.asarray([0])
    of_one = np.log(np.exp([3.0, 0.0, 0.0]).sum()) - np.asarray([3.0, 0.0, 0.0, 0.0])
    of_one[3] = np.log(3.0)
    assert read.losses(outputs, label)[0] == pytest.approx(of_one.mean(), rel=1e-6)
    together = -np.log(np.exp(-of_one).mean())
    told = read.averaged(outputs)
    assert read.loss.per_example(told, label)[0] == pytest.approx(together, rel=1e-6)
    assert together < of_one.mean() - 0.2
