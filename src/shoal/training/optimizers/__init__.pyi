from shoal.training.optimizers.adagrad import Adagrad as Adagrad
from shoal.training.optimizers.adam import Adam as Adam
from shoal.training.optimizers.adamw import AdamW as AdamW
from shoal.training.optimizers.lion import Lion as Lion
from shoal.training.optimizers.nadam import Nadam as Nadam
from shoal.training.optimizers.optimizer import Optimizer as Optimizer
from shoal.training.optimizers.rmsprop import RMSProp as RMSProp
from shoal.training.optimizers.sgd import SGD as SGD
