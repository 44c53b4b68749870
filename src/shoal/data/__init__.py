"""Data sets: reading them, splitting them, and preparing them for a network."""

from shoal.data.dataset import Dataset, Kind, Task
from shoal.data.encode.tokens import Tokenization
from shoal.data.io.load import NAMES, load
from shoal.data.prepare import Examples, Prepared, prepare
from shoal.data.preprocessing import Preprocessing
from shoal.data.splitting.folds import fold
from shoal.data.splitting.split import Split, split

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
