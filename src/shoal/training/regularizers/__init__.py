"""Regularizers of weights: what keeps them small."""

from shoal.training.regularizers.l1 import L1
from shoal.training.regularizers.l2 import L2
from shoal.training.regularizers.regularizer import Regularizer
from shoal.training.regularizers.weight_decay import WeightDecay

__all__ = ["L1", "L2", "Regularizer", "WeightDecay"]
