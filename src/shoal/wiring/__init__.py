"""The one place where data, lanes, samplers and studies come together."""

from shoal.wiring.compare import compare
from shoal.wiring.comparison import Comparison, Interval
from shoal.wiring.learning_curve import learning_curve
from shoal.wiring.progress import Progress, Watch
from shoal.wiring.resume import resume
from shoal.wiring.search import search
from shoal.wiring.train import train

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
