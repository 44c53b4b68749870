from shoal.training.clipping.by_norm import ByNorm as ByNorm
from shoal.training.clipping.by_value import ByValue as ByValue
from shoal.training.clipping.clipping import Clipping as Clipping
