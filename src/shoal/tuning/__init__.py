"""The one place where data, lanes, samplers and studies come together."""

from shoal.tuning.compare import compare
from shoal.tuning.comparison import Comparison, Interval
from shoal.tuning.learning_curve import learning_curve
from shoal.tuning.progress import Progress, Watch
from shoal.tuning.resume import resume
from shoal.tuning.search import search
from shoal.tuning.train import train

__all__ = [
    "Comparison",
    "Interval",
    "Progress",
    "Watch",
    "compare",
    "learning_curve",
    "resume",
    "search",
    "train",
]
