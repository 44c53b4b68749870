"""Losses: what training minimizes."""

from shoal.training.losses.cross_entropy import CrossEntropy
from shoal.training.losses.loss import Loss
from shoal.training.losses.squared_error import SquaredError

__all__ = ["CrossEntropy", "Loss", "SquaredError"]
