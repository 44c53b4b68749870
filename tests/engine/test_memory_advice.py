"""Where training does not fit into memory, it is told what would; all of it from shapes."""

import pytest
from small_problems import adamw, blobs, perceptrons

import shoal
from shoal import Conv, Dense, GlobalAvgPool, Sequential, relu
from shoal.engine import memory_advice
from shoal.engine.memory_advice import Needs, check_fits
from shoal.engine.population import Population
from shoal.errors import TrainingError

NETWORK = Sequential(
    Conv(8, kernel_size=3, padding="same"), relu, GlobalAvgPool(), Dense(2)
).with_input((64, 96, 3))
WEIGHTS = 3 * 3 * 3 * 8 + 8 + 8 * 2 + 2
EXAMPLE = 64 * 96 * 3 + 2 * 64 * 96 * 8 + 8 + 2


@pytest.fixture
def room(monkeypatch):
    def given(count):
        monkeypatch.setattr(memory_advice, "device_bytes", lambda: float(count))
        monkeypatch.setattr(memory_advice, "free_bytes", lambda: count)

    return given


def test_needs_are_counted_from_shapes():
    needs = Needs.of(NETWORK, batch=32, lanes=4)
    assert needs.weights == 4 * 5 * WEIGHTS
    assert needs.example == 4 * EXAMPLE
    assert needs.scored == 14  # of 2^18 numbers
    assert needs.total() == 4 * (needs.weights + 3 * 32 * needs.example)
    assert needs.total(1, 2) == needs.weights + 28 * needs.example  # scoring takes more
    assert needs.least < needs.total() / 3


def test_what_fits_does_fit_and_the_next_larger_does_not():
    needs = Needs.of(NETWORK, batch=64, lanes=4)
    room = needs.total() / 3
    lanes, batch, size = needs.fitting(room)
    assert lanes == "1 lane (--lanes 1, in Python lanes=1)"
    assert batch == "batches of 16 (--batch-size 16)"
    assert size == "pictures of 32×48"
    assert needs.total(1) <= room < needs.total(2)
    assert needs.total(batch=16) <= room < needs.total(batch=32)
    assert needs.total(area=32 * 48 / (64 * 96)) <= room < needs.total(area=40 * 56 / (64 * 96))


def test_where_no_batch_fits_in_all_lanes_one_lane_has_it():
    needs = Needs.of(NETWORK, batch=64, lanes=4)
    room = needs.total(1, 16)
    assert needs.fitting(room) == [
        "batches of 16 in one lane (--batch-size 16)", "pictures of 8×16",
    ]  # fmt: skip
    assert needs.fitting(needs.weights / 2) == []
    assert needs.fitting(needs.total()) == []
    table = Needs.of(Sequential(Dense(4), Dense(2)).with_input((100,)), batch=512, lanes=1)
    assert table.fitting(table.total() / 2) == ["batches of 128 (--batch-size 128)"]


def test_what_cannot_fit_is_refused_before_the_system_ends_the_process(room):
    needs = Needs.of(NETWORK, batch=64, lanes=4)
    room(needs.least + 1)
    check_fits(needs)
    room(needs.least - 1)
    with pytest.raises(TrainingError, match="training fits into memory") as told:
        check_fits(needs)
    message = str(told.value)
    assert "for 4 lanes with batches of 64 examples of 64×96×3" in message
    assert "batches of 8 (--batch-size 8)" in message
    assert "pictures of 24×32" in message


@pytest.mark.parametrize(
    "error",
    [RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99 bytes."), MemoryError()],
    ids=["compiled program", "host"],
)
def test_a_search_that_runs_out_of_memory_says_what_would_fit(room, monkeypatch, error):
    def epoch(self):
        raise error
        yield

    monkeypatch.setattr(Population, "epoch", epoch)
    room(150_000)
    with pytest.raises(
        TrainingError, match=r"most the 150 kB that are free; .*What fits: 2 lanes \(--lanes 2"
    ):
        shoal.search(perceptrons(), adamw(), blobs(), trials=4, lanes=4, confirm_seeds=0)


def test_other_errors_stay_what_they_are(room, monkeypatch):
    def epoch(self):
        raise RuntimeError("something else")
        yield

    monkeypatch.setattr(Population, "epoch", epoch)
    with pytest.raises(RuntimeError, match="something else"):
        shoal.search(perceptrons(), adamw(), blobs(), trials=2, lanes=4, confirm_seeds=0)
