"""The numbers that are taken where none is given, in Python and by the command alike."""

TRIALS = 32
"""Networks that a search tries."""

KEEP = 5
"""Best trials whose weights a study keeps."""

CONFIRM_SEEDS = 5
"""Fresh seeds on which each finalist is trained again."""

CURVE_SEEDS = 5
"""Trainings of each part of the data in a learning curve."""

SEED = 0
"""Of the split, the points, the initial weights, the batches and the noise."""

VALIDATION = 0.2
"""Share of the rows that steers training."""

TEST = 0.2
"""Share of the rows that scores the result."""
