"""Losses: what training minimizes."""

from shoal.training.losses.absolute_error import AbsoluteError
from shoal.training.losses.binary_cross_entropy import BinaryCrossEntropy
from shoal.training.losses.boundary_cross_entropy import BoundaryCrossEntropy
from shoal.training.losses.cross_entropy import CrossEntropy
from shoal.training.losses.dice import Dice
from shoal.training.losses.focal import Focal
from shoal.training.losses.focal_tversky import FocalTversky
from shoal.training.losses.gaussian_nll import GaussianNLL
from shoal.training.losses.generalized_dice import GeneralizedDice
from shoal.training.losses.hinge import Hinge
from shoal.training.losses.huber import Huber
from shoal.training.losses.jaccard import Jaccard
from shoal.training.losses.kl_divergence import KLDivergence
from shoal.training.losses.loss import Loss
from shoal.training.losses.lovasz_hinge import LovaszHinge
from shoal.training.losses.lovasz_softmax import LovaszSoftmax
from shoal.training.losses.multiclass_hinge import MulticlassHinge
from shoal.training.losses.negative_log_likelihood import NegativeLogLikelihood
from shoal.training.losses.perceptron import Perceptron
from shoal.training.losses.poisson import Poisson
from shoal.training.losses.squared_error import SquaredError
from shoal.training.losses.squared_hinge import SquaredHinge
from shoal.training.losses.tversky import Tversky
from shoal.training.losses.weighted_sum import WeightedSum

LOSSES = (
    AbsoluteError,
    BinaryCrossEntropy,
    BoundaryCrossEntropy,
    CrossEntropy,
    Dice,
    Focal,
    FocalTversky,
    GaussianNLL,
    GeneralizedDice,
    Hinge,
    Huber,
    Jaccard,
    KLDivergence,
    LovaszHinge,
    LovaszSoftmax,
    MulticlassHinge,
    NegativeLogLikelihood,
    Perceptron,
    Poisson,
    SquaredError,
    SquaredHinge,
    Tversky,
    WeightedSum,
)
"""Every loss that a recipe can name."""

__all__ = [
    "LOSSES",
    "AbsoluteError",
    "BinaryCrossEntropy",
    "BoundaryCrossEntropy",
    "CrossEntropy",
    "Dice",
    "Focal",
    "FocalTversky",
    "GaussianNLL",
    "GeneralizedDice",
    "Hinge",
    "Huber",
    "Jaccard",
    "KLDivergence",
    "Loss",
    "LovaszHinge",
    "LovaszSoftmax",
    "MulticlassHinge",
    "NegativeLogLikelihood",
    "Perceptron",
    "Poisson",
    "SquaredError",
    "SquaredHinge",
    "Tversky",
    "WeightedSum",
]
