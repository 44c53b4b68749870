"""The numbers that are taken where none is given, in Python and by the command alike."""

TRIALS = 32
"""Networks that a search tries; of the default family for pictures fewer (`shoal.defaults`)."""

KEEP = 5
"""Best trials whose weights a study keeps."""

CONFIRM_SEEDS = 5
"""Fresh seeds on which each finalist is trained again, at most."""

CONFIRM_SHARE = 1 / 3
"""Of a search's trainings, at most, so many more are spent on fresh seeds."""

ENSEMBLE_FOLDS = 5
"""Of the training and validation rows, on which an ensemble's networks are trained."""

ENSEMBLE_SIZE, OTHER_SIZE = 4, 1
"""Best trials of which an ensemble has a network for each fold: of a table, of other data."""

FEW_ROWS = 2_000
"""Training and validation rows of data that are no table, below which there are folds."""

CURVE_SEEDS = 5
"""Trainings of each part of the data in a learning curve."""

SEED = 0
"""Of the split, the points, the initial weights, the batches and the noise."""

VALIDATION = 0.2
"""Share of the rows that steers training."""

TEST = 0.2
"""Share of the rows that scores the result."""

FINALISTS = 3
"""Number of best trials that are trained again on fresh seeds."""


def seeds_within(trials: int) -> int:
    """Fresh seeds of each finalist that take no more than their share of a search.

    None for a search of so few trials that even one each would take more.
    """
    return min(int(CONFIRM_SHARE * trials / FINALISTS + 1e-9), CONFIRM_SEEDS)
