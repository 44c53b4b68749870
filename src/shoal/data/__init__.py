"""Data sets: reading them, splitting them, and preparing them for a network."""

from shoal.data.dataset import Dataset, Kind, Task
from shoal.data.folds import fold
from shoal.data.prepare import Examples, Prepared, prepare
from shoal.data.preprocessing import Preprocessing
from shoal.data.sources import NAMES, load
from shoal.data.split import Split, split
from shoal.data.tokenization import Tokenization

__all__ = [
    "NAMES",
    "Dataset",
    "Examples",
    "Kind",
    "Prepared",
    "Preprocessing",
    "Split",
    "Task",
    "Tokenization",
    "fold",
    "load",
    "prepare",
    "split",
]
