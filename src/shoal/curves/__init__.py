"""Learning curves: what more data are worth."""

from shoal.curves.learning_curve import LearningCurve
from shoal.curves.power_law import PowerLaw, fit_power_law

__all__ = ["LearningCurve", "PowerLaw", "fit_power_law"]
