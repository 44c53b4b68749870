"""Training: recipes, and the lanes in which trials are trained."""

from shoal.training.checkpoints import Held
from shoal.training.early_stopping import EarlyStopping, Score
from shoal.training.lane_count import LaneCount
from shoal.training.lanes import Lanes
from shoal.training.metrics import DIRECTIONS, Objective, Scale
from shoal.training.recipe import Recipe, recipe_from_json
from shoal.training.splits import Splits
from shoal.training.trial import EpochDone, Leg, Member, Trial, TrialDone

__all__ = [
    "DIRECTIONS",
    "EarlyStopping",
    "EpochDone",
    "Held",
    "LaneCount",
    "Lanes",
    "Leg",
    "Member",
    "Objective",
    "Recipe",
    "Scale",
    "Score",
    "Splits",
    "Trial",
    "TrialDone",
    "recipe_from_json",
]
