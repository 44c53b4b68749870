"""Optimizers: how weights follow their gradients."""

from shoal.training.optimizers.adamw import AdamW
from shoal.training.optimizers.optimizer import Optimizer
from shoal.training.optimizers.sgd import SGD

__all__ = ["SGD", "AdamW", "Optimizer"]
