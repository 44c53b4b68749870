from shoal.clipping.gradients import ByNorm as ByNorm
from shoal.clipping.gradients import ByValue as ByValue
from shoal.clipping.gradients import Clipping as Clipping
