"""Training: recipes, and the lanes in which trials are trained.

`lane.py` is the mathematics for one network, `program.py` the compiled program of many,
`population.py` the lanes and the trials in them, `lanes.py` all groups of a search.
`fastpaths/` has faster ways to the same numbers.
"""

from shoal.engine.checkpoints import TrialSnapshot
from shoal.engine.early_stopping import EarlyStopping, Score
from shoal.engine.lane_count import LaneCount
from shoal.engine.lanes import Lanes
from shoal.engine.recipe import Recipe, recipe_from_json
from shoal.engine.splits import Splits
from shoal.engine.trial import EpochDone, Member, ScheduleSegment, Trial, TrialDone
from shoal.metrics import DIRECTIONS, Objective, Scale

__all__ = [
    "DIRECTIONS",
    "EarlyStopping",
    "EpochDone",
    "LaneCount",
    "Lanes",
    "Member",
    "Objective",
    "Recipe",
    "Scale",
    "ScheduleSegment",
    "Score",
    "Splits",
    "Trial",
    "TrialDone",
    "TrialSnapshot",
    "recipe_from_json",
]
