"""Optimizers: how weights follow their gradients."""

from shoal.training.optimizers.adagrad import Adagrad
from shoal.training.optimizers.adam import Adam
from shoal.training.optimizers.adamw import AdamW
from shoal.training.optimizers.lion import Lion
from shoal.training.optimizers.nadam import Nadam
from shoal.training.optimizers.optimizer import Optimizer
from shoal.training.optimizers.rmsprop import RMSProp
from shoal.training.optimizers.sgd import SGD

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Lion", "Nadam", "Optimizer", "RMSProp"]
