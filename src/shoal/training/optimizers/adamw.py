"""Adam with decoupled weight decay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import optax
from jax import Array

from shoal.kernels import adamw_update
from shoal.network import Params
from shoal.space import traced
from shoal.training.optimizers.bounds import Bounds
from shoal.training.optimizers.fused import fusible, number, unzipped
from shoal.training.optimizers.optimizer import Number, Optimizer, check_number, decayed


@dataclass(frozen=True, eq=False)
class AdamW(Optimizer):
    r"""Adam with decoupled weight decay.

    .. math:: m \leftarrow \beta_1 m + (1-\beta_1) g,\quad
        v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad
        w \leftarrow w - \eta \left(\frac{\hat m}{\sqrt{\hat v} + \epsilon} + \lambda w\right)

    with the bias-corrected :math:`\hat m = m / (1-\beta_1^t)`,
    :math:`\hat v = v / (1-\beta_2^t)` at step t.

    Args:
        learning_rate: η.
        weight_decay: λ, of weights, not of biases.
        beta1, beta2: decay of the two means, in [0, 1).
        epsilon: ε, keeps the quotient finite.

    Raises:
        RecipeError: a number outside its bounds.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR
    2019, algorithm 2.
    """

    kind: ClassVar[str] = "adamw"

    learning_rate: Number = traced(1e-3)
    weight_decay: Number = traced(1e-4)
    beta1: Number = traced(0.9)
    beta2: Number = traced(0.999)
    epsilon: Number = traced(1e-8)

    def __post_init__(self) -> None:
        check_number(self.learning_rate, "learning_rate", low=0.0)
        check_number(self.weight_decay, "weight_decay", low=0.0)
        check_number(self.beta1, "beta1", low=0.0, high=1.0)
        check_number(self.beta2, "beta2", low=0.0, high=1.0)
        check_number(self.epsilon, "epsilon", low=0.0)

    def transformation(self) -> optax.GradientTransformation:
        return optax.adamw(
            self.learning_rate,
            b1=self.beta1,
            b2=self.beta2,
            eps=self.epsilon,
            weight_decay=self.weight_decay,
            mask=decayed,
        )

    def step(
        self, gradients: Params, memory: Any, params: Params, go: Array, bounds: Bounds
    ) -> tuple[Params, Any]:
        """As the transformation, in place where the kernels can."""
        if not fusible(params):
            return super().step(gradients, memory, params, go, bounds)
        count = optax.tree_utils.tree_get(memory, "count")
        mean = optax.tree_utils.tree_get(memory, "mu")
        square = optax.tree_utils.tree_get(memory, "nu")
        decay = jax.tree.map(lambda yes: self.weight_decay if yes else 0.0, decayed(params))

        def one(param: Array, mean: Array, square: Array, grad: Array, wd: Any, at: Any) -> Any:
            return adamw_update(
                param, mean, square, grad,
                learning_rate=number(self.learning_rate), weight_decay=number(wd),
                beta1=number(self.beta1), beta2=number(self.beta2),
                epsilon=number(self.epsilon), step=count + 1, bounds=at,
            )  # fmt: skip

        new = jax.tree.map(one, params, mean, square, gradients, decay, bounds)
        params, mean, square = unzipped(params, new, 3)
        count = count + go.astype(count.dtype)
        return params, optax.tree_utils.tree_set(memory, count=count, mu=mean, nu=square)
