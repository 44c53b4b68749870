"""Components that are defined elsewhere: in lanes, in files, in the cache of programs."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from small_problems import blobs, search_points

import shoal
from shoal import Activation, Dense, Float, Int, Recipe, Sequential, Space, traced
from shoal.engine.specialize import specialize
from shoal.errors import ComponentError, ModelError, NetworkError, RecipeError
from shoal.losses import CrossEntropy, Loss
from shoal.nn.forward import forward
from shoal.optimizers import SGD
from shoal.registry import LAYERS, RECIPE_PARTS, SAMPLERS
from shoal.samplers import Random
from shoal.samplers.reading import sampler_from_json, sampler_to_json
from shoal.schedules import Schedule


@dataclass(frozen=True, eq=False)
class Bump(Activation):
    """Half of the input beside a bump."""

    kind: ClassVar[str] = "own_tests:bump"
    height: Any = traced(1.0)

    def function(self, x):
        return 0.5 * x + self.height * jnp.exp(-(x**2))


@dataclass(frozen=True, eq=False)
class Softened(Loss):
    """Cross entropy of flattened scores."""

    kind: ClassVar[str] = "own_tests:softened"
    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    on_logits: ClassVar[bool] = True
    heat: Any = traced(2.0)

    def check(self, task, outputs, output_shape):
        pass

    def per_example(self, outputs, targets):
        return CrossEntropy().per_example(outputs / self.heat, targets)


@dataclass(frozen=True, eq=False)
class Halving(Schedule):
    """Half of it after each epoch."""

    kind: ClassVar[str] = "own_tests:halving"
    peak: Any = traced(0.1)

    def at(self, moment):
        return self.peak * 0.5 ** jnp.floor(moment.step / moment.epoch)

    def peaks(self):
        return (self.peak,)


@dataclass(frozen=True)
class Again(Random):
    """Random points under another name."""

    kind: ClassVar[str] = "own_tests:again"


def family():
    return Sequential(Dense(Int(3, 6)), Bump(Float(0.2, 2.0)), Dense(3))


def recipe():
    optimizer = SGD(Halving(Float(0.05, 0.4)))
    return Recipe(Softened(Float(0.5, 2.0)), optimizer, batch_size=32, epochs=2)


POINTS = [
    {"dense_1.units": n, "bump_1.height": 0.2 + n / 4, "loss.heat": n / 3,
     "optimizer.learning_rate.peak": n / 20}
    for n in (3, 4, 6)
]  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "own.study"
    found = search_points(family(), recipe(), blobs(), POINTS, study=path, confirm_seeds=1)
    yield found
    found.close()


def test_a_family_of_them_is_one_program_and_a_lane_is_as_alone(study):
    assert study.cost["groups"] == 1
    assert study.space.names() == list(POINTS[0])
    network, training = family(), recipe()
    space = Space(network, training)
    bound = space.bind(network, POINTS[1]), space.bind(training, POINTS[1])
    alone = shoal.train(*bound, blobs())
    told = {name: alone.info["validation"][name] for name in study.trials[1].metrics}
    assert told == pytest.approx(study.trials[1].metrics, rel=1e-4)


def test_they_are_saved_by_kind_and_loaded(study, tmp_path):
    model = study.model(single=True)
    model.save(tmp_path / "own.safetensors")
    again = shoal.load_model(tmp_path / "own.safetensors")
    assert type(again.network.nodes[1].layer) is Bump
    assert again.network.to_json()["nodes"][1]["layer"]["kind"] == "own_tests:bump"
    assert again.evaluate(blobs()) == model.evaluate(blobs())


def test_elsewhere_a_file_says_which_kind_is_missing_and_imports_nothing(study, tmp_path):
    study.model(single=True).save(tmp_path / "own.safetensors")
    (tmp_path / "own_tests.py").write_text("raise SystemExit('imported')")
    code = (
        "import shoal, sys\n"
        f"study = shoal.Study.open({str(study.path)!r})\n"
        "for read in (lambda: study.space, lambda: shoal.load_model('own.safetensors')):\n"
        "    try:\n        read()\n    except shoal.errors.ShoalError as error:\n"
        "        print(type(error).__name__, error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert told.startswith("NetworkError network: nodes[1].layer: there is no layer of this kind; ")
    assert "\nModelError own.safetensors: " in told
    assert told.count("received 'own_tests:bump'. Import the module that defines it first") == 2
    assert "expected" not in told.splitlines()[0]


def test_every_place_says_so():
    with pytest.raises(RecipeError, match=r"received 'lab:x'\. Import the module that defines it"):
        shoal.recipe_from_json({"loss": {"kind": "lab:x"}})
    with pytest.raises(RecipeError, match=r"received 'lab:x'\. Import the module that defines it"):
        sampler_from_json({"kind": "lab:x"})
    with pytest.raises(NetworkError, match="no layer of this kind; expected add, avg_pool"):
        shoal.network_from_json({"layers": [{"kind": "denes"}]})
    assert issubclass(ModelError, shoal.errors.ShoalError)


def test_a_sampler_goes_into_a_study_and_comes_back():
    assert sampler_from_json(json.loads(json.dumps(sampler_to_json(Again())))) == Again()
    assert SAMPLERS["random"] is Random


def test_no_program_of_theirs_is_taken_from_the_cache():
    network = family().with_input((6,))
    space = Space(network, Recipe())
    special = specialize(network, Recipe(), space, space.default_point(), 1)
    assert special.computing("train") is None


def test_a_kind_has_a_namespace_and_is_taken_once():
    with pytest.raises(ComponentError, match="has a namespace; expected for example 'my_lab:"):

        class Tanh(Activation):
            kind = "tanh"

    with pytest.raises(ComponentError, match=r"kind 'own_tests:bump' is taken; .*Other"):

        class Other(Activation):
            kind = "own_tests:bump"

    assert LAYERS["tanh"] is shoal.Tanh
    assert LAYERS["own_tests:bump"] is Bump
    assert "own_tests:bump" not in LAYERS.of(Activation)
    assert set(RECIPE_PARTS.of(Loss)) == {kind for kind in RECIPE_PARTS.of(Loss) if ":" not in kind}


def test_a_class_that_is_defined_again_takes_its_place():
    def define():
        class Again(Activation):
            kind = "own_tests:defined_again"

        return Again

    first, second = define(), define()
    assert first is not second
    assert LAYERS["own_tests:defined_again"] is second
    assert LAYERS.has(first)


def test_what_derives_from_a_component_has_a_kind_of_its_own_to_be_written():
    class Wide(Dense):
        """Would come back as a Dense."""

    with pytest.raises(ComponentError, match=r"Wide has no kind of its own.*my_lab:wide.*'dense'"):
        Sequential(Wide(3)).to_json()


def test_fast_paths_are_left_where_a_part_of_them_is_another():
    """Fused, a layer that derives from Dense, or a loss from CrossEntropy, would be these."""

    @dataclass(frozen=True, eq=False)
    class Doubling(Dense):
        kind: ClassVar[str] = "own_tests:doubling"

        def apply(self, params, *inputs, context):
            return 2.0 * super().apply(params, *inputs, context=context)

    @dataclass(frozen=True, eq=False)
    class Tripled(CrossEntropy):
        kind: ClassVar[str] = "own_tests:tripled"

        def per_example(self, outputs, targets):
            return 3.0 * super().per_example(outputs, targets)

    network = Sequential(Doubling(4), shoal.relu, Dense(3))
    model = shoal.train(network, Recipe(Tripled(), SGD(0.1), batch_size=32, epochs=1), blobs())
    told = model.evaluate(blobs())
    assert told["loss"] == pytest.approx(3 * told["log_loss"], rel=1e-5)
    x = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    first, last = model.params["doubling_1"], model.params["dense_1"]
    h = np.maximum(2.0 * (x @ first["weight"] + first["bias"]), 0.0)
    outputs = forward(model.network, model.params, jnp.asarray(x))
    np.testing.assert_allclose(outputs, h @ last["weight"] + last["bias"], rtol=1e-5, atol=1e-5)
