"""A look inside a network: what it computes, how it learns, what it says where.

Each look returns its numbers in a frozen dataclass and draws them on request with
``figure()``, a matplotlib figure that is saved with ``savefig``. A look takes a
trained `shoal.Model` and raw inputs, or a network with its weights and inputs as
the network takes them.
"""

from shoal.inspect.functions import (
    DecisionBoundary,
    FittedFunction,
    decision_boundary,
    fitted_function,
)
from shoal.inspect.gradients import Deltas, GradientNorms, deltas, gradient_norms
from shoal.inspect.maps import FeatureMaps, Filters, feature_maps, filters
from shoal.inspect.units import Activations, DeadUnits, Histogram, activations, dead_units

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
