from shoal.optimizers.adam import Adam as Adam
from shoal.optimizers.adam import AdamW as AdamW
from shoal.optimizers.adam import Lion as Lion
from shoal.optimizers.adam import Nadam as Nadam
from shoal.optimizers.optimizer import Optimizer as Optimizer
from shoal.optimizers.sgd import SGD as SGD
from shoal.optimizers.sgd import Adagrad as Adagrad
from shoal.optimizers.sgd import RMSProp as RMSProp
