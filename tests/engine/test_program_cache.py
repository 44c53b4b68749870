"""A function that was compiled before is taken as it is, and only where it is the same."""

import dataclasses
import gc
import threading
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_problems import adamw, blobs, contents, perceptrons, random_points, search_points
from test_compilations import EVENT

import shoal
from shoal import Dense, Dropout, Float, Recipe, Sequential, Space, relu
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine import Objective, Trial
from shoal.engine.compilation import CompileLog, Source
from shoal.engine.population import Population
from shoal.engine.program_cache import (
    PROGRAMS,
    ProgramCache,
    UnknownKindError,
    all_in_fields,
    identity,
)
from shoal.engine.specialize import specialize
from shoal.engine.splits import Splits
from shoal.losses import CrossEntropy
from shoal.optimizers import SGD, AdamW

ONE = jax.ShapeDtypeStruct((), jnp.float32)


@pytest.fixture(autouse=True)
def empty():
    PROGRAMS.clear()


@pytest.fixture
def compiled():
    """The names of the functions that XLA compiles."""
    names = []

    def listen(event, duration, **what):
        if event == EVENT:
            names.append(what.get("fun_name", ""))

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield names
    jax.monitoring.unregister_event_duration_listener(listen)


def special(network, recipe=None):
    recipe = recipe or Recipe()
    network = network.with_input((6,))
    space = Space(network, recipe)
    return specialize(network, recipe, space, space.default_point(), 1)


def network(**changes):
    return Sequential(Dense(5, **changes), relu, Dropout(0.25), Dense(3))


# --- what is the same ---------------------------------------------------------------------


def test_a_search_from_compiled_programs_is_the_one_that_compiled_them(compiled):
    """All that a study holds, to the last bit."""
    points = random_points(perceptrons(), adamw(), blobs(), 7)
    first, again = (
        search_points(perceptrons(), adamw(), blobs(), points, confirm_seeds=2) for _ in range(2)
    )
    assert contents(first) == contents(again)
    assert compiled.count("jit(train)") == 1
    assert first.cost["compilations"] >= 5
    assert again.cost["compilations"] == 0


def test_a_kept_program_does_not_remember_other_data(compiled):
    """Other numbers of the same shapes, trained by it and anew."""
    x = np.random.default_rng(3).normal(size=(160, 6))
    other = shoal.data.Dataset.from_arrays(x, np.arange(160) % 3, name="others")
    shoal.train(network(), Recipe(epochs=2), blobs())
    one = shoal.train(network(), Recipe(epochs=2), other)
    assert compiled.count("jit(train)") == 1
    PROGRAMS.clear()
    fresh = shoal.train(network(), Recipe(epochs=2), other)
    assert compiled.count("jit(train)") == 2
    jax.tree.map(np.testing.assert_array_equal, one.params, fresh.params)


HOST_ONLY = [
    (network(), Recipe(epochs=3)),
    (network(), Recipe(early_stopping=shoal.EarlyStopping(patience=2))),
    (network(initialization="he"), Recipe()),
]


@pytest.mark.parametrize("other", HOST_ONLY, ids=["epochs", "early stopping", "initialization"])
def test_what_only_the_host_reads_makes_no_other_program(other):
    one, two = special(network()), special(*other)
    assert one.computing("train") == two.computing("train")
    assert lowered(one) == lowered(two)


def lowered(made):
    """The program text of the training steps of two lanes."""
    data = blobs()
    splits = Splits.of(prepare(data, split(data, seed=0)))
    trial = Trial(0, {}, 0, made.network, made.recipe)
    population = Population(made, splits, Objective.of("classification"), trial, 2)
    source = population.program.compilation._sources[0]
    population.program.compilation.give_up()
    return source.lowered().as_text()


# --- what is not --------------------------------------------------------------------------

BASE = (network(), Recipe(optimizer=AdamW(0.01)))
OTHERS = {
    "units": (Sequential(Dense(6), relu, Dropout(0.25), Dense(3)), BASE[1]),
    "bias": (network(bias=False), BASE[1]),
    "activation": (Sequential(Dense(5), shoal.tanh, Dropout(0.25), Dense(3)), BASE[1]),
    "rate": (Sequential(Dense(5), relu, Dropout(0.5), Dense(3)), BASE[1]),
    "name": (network(name="first"), BASE[1]),
    "range": (Sequential(Dense(5), relu, Dropout(Float(0.1, 0.25)), Dense(3)), BASE[1]),
    "number's type": (BASE[0], Recipe(optimizer=AdamW(1))),
    "number": (BASE[0], Recipe(optimizer=AdamW(0.010000000000000002))),
    "optimizer": (BASE[0], Recipe(optimizer=SGD(0.01))),
    "loss": (BASE[0], Recipe(optimizer=AdamW(0.01), loss=CrossEntropy(label_smoothing=0.1))),
    "sign of zero": (BASE[0], Recipe(optimizer=AdamW(0.01), loss=CrossEntropy(-0.0))),
    "clipping": (BASE[0], Recipe(optimizer=AdamW(0.01), clipping=shoal.clipping.ByNorm(1.0))),
}


def test_any_other_part_makes_another_program():
    told = {name: special(*other).computing("train") for name, other in OTHERS.items()}
    told["base"] = special(*BASE).computing("train")
    assert None not in told.values()
    assert len(set(told.values())) == len(told)
    assert special(*BASE).computing("train") == told["base"] != special(*BASE).computing("place")


def test_one_range_at_two_places_is_not_two_ranges():
    def made(first, second):
        return special(Sequential(Dense(5), Dropout(first), relu, Dropout(second), Dense(3)))

    rate = Float(0.1, 0.5)
    tied, free = made(rate, rate), made(Float(0.1, 0.5), Float(0.1, 0.5))
    assert tied.computing("train") != free.computing("train")


class OwnLayer(Dense):
    """Like a layer that shoal has, and yet another."""

    kind = "program_cache:own_layer"

    def apply(self, params, x, *, context):
        return 2 * super().apply(params, x, context=context)


@dataclasses.dataclass(frozen=True, eq=False)
class OwnLoss(CrossEntropy):
    """What it computes stands in no field."""

    kind = "program_cache:own_loss"


def scaled_loss(scale):
    class Scaled(CrossEntropy):
        kind = "program_cache:scaled"

        def per_example(self, outputs, targets):
            return scale * super().per_example(outputs, targets)

    return Scaled()


@pytest.mark.parametrize(
    "parts",
    [
        (Sequential(OwnLayer(5), relu, Dense(3)), Recipe()),
        (network(), Recipe(loss=OwnLoss())),
        (network(), Recipe(loss=scaled_loss(2.0))),
        (network(), Recipe(loss=CrossEntropy() + 0.5 * scaled_loss(2.0))),
    ],
    ids=["layer", "loss", "closure", "part of a sum"],
)
def test_what_is_not_of_shoal_s_own_kinds_is_never_taken_for_another(parts):
    assert special(*parts).computing("train") is None


def test_every_kind_of_the_registries_has_an_identity():
    """By its class, not by the name that files have for it."""
    assert not all_in_fields(OwnLayer)
    assert all_in_fields(Dense)
    with pytest.raises(UnknownKindError, match="OwnLayer"):
        identity(OwnLayer(5), Space(relu))
    with pytest.raises(UnknownKindError, match="float32"):
        identity((np.float32(1.0),), Space(relu))


def test_without_an_identity_everything_is_compiled_anew(compiled):
    log = CompileLog()
    for _ in range(2):
        (function,) = log.compile(Source(lambda x: x + 1, (ONE,)))
        assert function(jnp.float32(1)) == 2
    assert log.count == 2
    assert len(PROGRAMS) == 0


def test_settings_of_jax_and_arguments_make_other_functions():
    def key(source):
        return Source(lambda x: x, **{"examples": (ONE,), "computes": "it", **source}).key

    half = jax.ShapeDtypeStruct((), jnp.float16)
    wide = jax.ShapeDtypeStruct((1,), jnp.float32)
    changes = [
        {}, {"examples": (half,)}, {"examples": (wide,)}, {"examples": ([ONE],)},
        {"donate": (0,)}, {"computes": "something else"},
    ]  # fmt: skip
    keys = [key(change) for change in changes]
    for setting in (jax.enable_x64(True), jax.default_matmul_precision("highest")):
        with setting:
            keys.append(key({}))
    assert len(set(keys)) == len(keys)
    assert key({}) == keys[0]
    assert key({"computes": None}) is None
    assert key({"examples": (1.0,)}) is None


# --- what is kept -------------------------------------------------------------------------


def test_those_that_were_used_last_are_kept():
    cache = ProgramCache(most=2)
    for key in "ab":
        cache.put(key, lambda key=key: key)
    assert cache.get("a")() == "a"
    cache.put("c", lambda: "c")
    assert (cache.get("a")(), cache.get("b"), cache.get("c")()) == ("a", None, "c")
    cache.put(None, lambda: None)
    assert cache.get(None) is None
    assert len(cache) == 2


def test_several_threads_may_use_it():
    cache, wrong = ProgramCache(most=3), []

    def use(own):
        for i in range(300):
            number = (own + i) % 7
            cache.put(number, lambda number=number: number)
            found = cache.get((number + own) % 7)
            if found is not None and found() != (number + own) % 7:
                wrong.append(number)

    threads = [threading.Thread(target=use, args=(own,)) for own in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(cache) == 3


def test_no_data_and_no_network_are_kept_with_a_program():
    data = blobs()
    splits = Splits.of(prepare(data, split(data, seed=0)))
    made = special(network())
    trial = Trial(0, {}, 0, made.network, made.recipe)
    population = Population(made, splits, Objective.of("classification"), trial, 2)
    population.program.open(CompileLog())
    held = [weakref.ref(one) for one in (splits, splits.training.x, made, population)]
    assert len(PROGRAMS) == 5
    del splits, made, trial, population
    gc.collect()
    assert [one() for one in held] == [None] * 4
