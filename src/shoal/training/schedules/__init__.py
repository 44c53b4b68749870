"""Schedules: numbers of an optimizer that change while training goes on."""

from shoal.training.schedules.constant import Constant
from shoal.training.schedules.cosine import Cosine
from shoal.training.schedules.exponential import Exponential
from shoal.training.schedules.flat_cosine import FlatCosine
from shoal.training.schedules.multi_cycle import MultiCycle
from shoal.training.schedules.one_cycle import OneCycle
from shoal.training.schedules.schedule import Moment, Schedule
from shoal.training.schedules.step import Step
from shoal.training.schedules.warm_up import WarmUp

__all__ = [
    "Constant",
    "Cosine",
    "Exponential",
    "FlatCosine",
    "Moment",
    "MultiCycle",
    "OneCycle",
    "Schedule",
    "Step",
    "WarmUp",
]
