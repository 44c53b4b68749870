from shoal.regularizers.penalties import L1 as L1
from shoal.regularizers.penalties import L2 as L2
from shoal.regularizers.penalties import Regularizer as Regularizer
from shoal.regularizers.penalties import WeightDecay as WeightDecay
