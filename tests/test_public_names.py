"""The public surface: what is there, is documented, and stays."""

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import shoal

NAMES = {
    "Add", "Activation", "AvgPool", "BatchEnsemble", "BatchNorm", "CategoryEmbedding",
    "ChannelDropout", "CharacterNGrams", "Choice",
    "Comparison",
    "Concat", "Context", "Conv", "ConvTranspose", "Crop", "Dense", "DepthwiseConv", "Dropout",
    "EarlyStopping",
    "Elu", "Embedding", "EmbeddingBag", "Ensemble", "FeatureScale", "Flatten", "Float",
    "GaussianNoise", "Gelu", "GlobalAvgPool", "GlobalMaxPool", "HardSigmoid", "HashedNGrams",
    "Heaviside", "Identity", "Input", "Int", "Layer",
    "LayerNorm", "LeakyRelu", "LogSoftmax", "MaxPool", "MemberDense", "MemberMean", "Members",
    "Mish", "Model", "Multiply", "Network", "PBLDEmbedding", "Pad", "ParamSpec", "Parametric",
    "PeriodicEmbedding", "PiecewiseLinearEmbedding", "Progress", "Recipe", "Relu", "Repeat",
    "Reshape", "Selu", "Sequential",
    "Sigmoid", "Silu", "Softmax", "Softplus", "Softsign", "Space", "Study", "Tanh",
    "TokenDropout", "Tokens", "UpSample",
    "augmentation", "clipping", "compare", "data", "elu", "errors", "gelu", "hard_sigmoid",
    "heaviside", "host", "identity", "inspect", "kernels", "leaky_relu", "learning_curve",
    "load_model",
    "log_softmax",
    "losses", "mish", "network_from_json", "optimizers", "recipe_from_json", "regularizers", "relu",
    "resume", "samplers", "schedules", "search", "selu", "sigmoid", "silu", "sklearn", "softmax",
    "softplus", "softsign", "static", "tanh", "traced", "train", "width",
}  # fmt: skip

PARTS = {
    "augmentation": {"Affine", "Augmentation", "Displacement", "Draws", "Recoloring",
                     "Augmented", "Brightness", "Contrast", "Crop",
                     "CutOut", "Elastic", "Flip", "MixUp", "Noise", "RandomCrop", "Rotation",
                     "Saturation",
                     "Scale", "Shear", "Shift", "augment", "check_augmentation"},
    "losses": {"AbsoluteError", "BinaryCrossEntropy", "BoundaryCrossEntropy", "CrossEntropy",
               "Dice", "Focal", "FocalTversky", "GaussianNLL", "GeneralizedDice", "Hinge",
               "Huber", "Jaccard", "KLDivergence", "Loss", "LovaszHinge",
               "LovaszSoftmax", "MulticlassHinge", "NegativeLogLikelihood", "Perceptron", "Poisson",
               "SquaredError", "SquaredHinge", "Tversky", "WeightedSum"},
    "clipping": {"ByNorm", "ByValue", "Clipping"},
    "optimizers": {"SGD", "Adagrad", "Adam", "AdamW", "Lion", "Nadam", "Optimizer", "RMSProp"},
    "regularizers": {"L1", "L2", "Regularizer", "WeightDecay"},
    "schedules": {"Constant", "Cosine", "Exponential", "FlatCosine", "Moment", "MultiCycle",
                  "OneCycle", "Schedule", "Step", "WarmUp"},
    "samplers": {
        "Clone", "FirstPoint", "Genetic", "Grid", "Halving", "Optuna",
        "ParticleSwarm", "PopulationBased", "PopulationSampler", "Pruner", "Random",
        "RetractableSampler", "RunningTrial", "Sampler",
        "Sobol", "State", "TPE", "TrialResult", "checked_seed", "generator",
    },
    "inspect": {"Activations", "DeadUnits", "DecisionBoundary", "Deltas", "FeatureMaps", "Filters",
                "FittedFunction", "GradientNorms", "Histogram", "activations", "dead_units",
                "decision_boundary", "deltas", "feature_maps", "filters", "fitted_function",
                "gradient_norms"},
    "sklearn": {"ShoalClassifier", "ShoalRegressor", "ShoalSearchCV"},
    "data": {"NAMES", "Dataset", "Examples", "Kind", "Prepared", "Preprocessing", "Split", "Task",
             "Tokenization", "fold", "load", "prepare", "split"},
    "errors": {"ShoalError", "SpaceError", "NetworkError", "RecipeError", "ComponentError",
               "DataError",
               "ShoalWarning", "TrainingError", "StudyError", "ModelError", "KernelError"},
}  # fmt: skip


def test_the_public_names_are_these():
    assert set(shoal.__all__) == NAMES
    assert set(dir(shoal)) >= NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_is_there_and_documented(name):
    value = getattr(shoal, name)
    if inspect.isclass(value) or inspect.isfunction(value) or inspect.ismodule(value):
        assert inspect.getdoc(value)
    else:
        assert inspect.getdoc(type(value))


@pytest.mark.parametrize("part", sorted(PARTS))
def test_each_part_has_its_names(part):
    module = getattr(shoal, part)
    assert set(getattr(module, "__all__", PARTS[part])) == PARTS[part]
    for name in PARTS[part]:
        assert hasattr(module, name)


@pytest.mark.parametrize("part", sorted(PARTS))
def test_each_part_is_a_module_to_import_from(part):
    module = importlib.import_module(f"shoal.{part}")
    assert module is getattr(shoal, part)
    assert sys.modules[f"shoal.{part}"] is module


def test_all_errors_are_of_one_tree():
    assert issubclass(shoal.errors.ShoalWarning, UserWarning)
    for name in PARTS["errors"] - {"ShoalWarning"}:
        error = getattr(shoal.errors, name)
        assert issubclass(error, shoal.errors.ShoalError)
        assert error.__module__ == "shoal.errors"


def test_errors_are_those_of_python_too():
    for name in ("SpaceError", "NetworkError", "RecipeError", "DataError"):
        assert issubclass(getattr(shoal.errors, name), ValueError)
    assert issubclass(shoal.errors.ComponentError, TypeError)
    with pytest.raises(ValueError, match="units"):
        shoal.Dense(0)


FAMILIES = {
    "nn/layers": "shoal.nn.layers", "nn/layers/activations": "shoal.nn.layers",
    "losses": "shoal.losses", "optimizers": "shoal.optimizers",
    "schedules": "shoal.schedules", "augmentation": "shoal.augmentation",
    "clipping": "shoal.clipping", "regularizers": "shoal.regularizers",
    "samplers": "shoal.samplers",
}  # fmt: skip


@pytest.mark.parametrize("folder", FAMILIES)
def test_the_stub_of_a_family_lists_every_component_in_its_folder(folder):
    """One that it left out would be imported by nobody, and no file could name it."""
    root = Path(shoal.__file__).parent / folder
    kinds = {
        kind
        for file in root.glob("*.py")
        for kind in re.findall(r'^    kind: ClassVar\[str\] = "(\w+)"', file.read_text(), re.M)
    }
    public = importlib.import_module(FAMILIES[folder])
    code = f"import {public.__name__} as f; print(*[v.kind for v in vars(f).values() if "
    code += "isinstance(v, type) and hasattr(v, 'kind')])"
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert kinds
    assert kinds <= set(fresh.stdout.split())


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'shoal' has no attribute 'Modell'"):
        shoal.Modell


def test_a_star_import_brings_the_public_names():
    found = {}
    exec("from shoal import *", found)
    assert set(found) - {"__builtins__"} == NAMES


def test_importing_shoal_does_not_import_jax():
    code = "import shoal, sys; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
