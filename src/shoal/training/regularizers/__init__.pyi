from shoal.training.regularizers.l1 import L1 as L1
from shoal.training.regularizers.l2 import L2 as L2
from shoal.training.regularizers.regularizer import Regularizer as Regularizer
from shoal.training.regularizers.weight_decay import WeightDecay as WeightDecay
