from shoal.training.losses.absolute_error import AbsoluteError as AbsoluteError
from shoal.training.losses.binary_cross_entropy import BinaryCrossEntropy as BinaryCrossEntropy
from shoal.training.losses.boundary_cross_entropy import (
    BoundaryCrossEntropy as BoundaryCrossEntropy,
)
from shoal.training.losses.cross_entropy import CrossEntropy as CrossEntropy
from shoal.training.losses.dice import Dice as Dice
from shoal.training.losses.focal import Focal as Focal
from shoal.training.losses.focal_tversky import FocalTversky as FocalTversky
from shoal.training.losses.gaussian_nll import GaussianNLL as GaussianNLL
from shoal.training.losses.generalized_dice import GeneralizedDice as GeneralizedDice
from shoal.training.losses.hinge import Hinge as Hinge
from shoal.training.losses.huber import Huber as Huber
from shoal.training.losses.jaccard import Jaccard as Jaccard
from shoal.training.losses.kl_divergence import KLDivergence as KLDivergence
from shoal.training.losses.loss import Loss as Loss
from shoal.training.losses.lovasz_hinge import LovaszHinge as LovaszHinge
from shoal.training.losses.lovasz_softmax import LovaszSoftmax as LovaszSoftmax
from shoal.training.losses.multiclass_hinge import MulticlassHinge as MulticlassHinge
from shoal.training.losses.negative_log_likelihood import (
    NegativeLogLikelihood as NegativeLogLikelihood,
)
from shoal.training.losses.perceptron import Perceptron as Perceptron
from shoal.training.losses.poisson import Poisson as Poisson
from shoal.training.losses.squared_error import SquaredError as SquaredError
from shoal.training.losses.squared_hinge import SquaredHinge as SquaredHinge
from shoal.training.losses.tversky import Tversky as Tversky
from shoal.training.losses.weighted_sum import WeightedSum as WeightedSum
