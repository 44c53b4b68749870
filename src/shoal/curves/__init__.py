"""Learning curves: what more data are worth."""

from shoal.curves.learning_curve import FEWEST_SIZES, LearningCurve
from shoal.curves.power_law import PowerLaw, fit_power_law

__all__ = ["FEWEST_SIZES", "LearningCurve", "PowerLaw", "fit_power_law"]
