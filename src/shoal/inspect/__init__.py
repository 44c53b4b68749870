"""A look inside a network: what it computes, how it learns, what it says where.

Each look returns its numbers in a frozen dataclass and draws them on request with
``figure()``, a matplotlib figure that is saved with ``savefig``. A look takes a
trained `shoal.Model` and raw inputs, or a network with its weights and inputs as
the network takes them.
"""

from shoal.inspect.activations import Activations, Histogram, activations
from shoal.inspect.dead_units import DeadUnits, dead_units
from shoal.inspect.decision_boundary import DecisionBoundary, decision_boundary
from shoal.inspect.deltas import Deltas, deltas
from shoal.inspect.feature_maps import FeatureMaps, feature_maps
from shoal.inspect.filters import Filters, filters
from shoal.inspect.fitted_function import FittedFunction, fitted_function
from shoal.inspect.gradient_norms import GradientNorms, gradient_norms

__all__ = [
    "Activations",
    "DeadUnits",
    "DecisionBoundary",
    "Deltas",
    "FeatureMaps",
    "Filters",
    "FittedFunction",
    "GradientNorms",
    "Histogram",
    "activations",
    "dead_units",
    "decision_boundary",
    "deltas",
    "feature_maps",
    "filters",
    "fitted_function",
    "gradient_norms",
]
