"""How many lanes a program gets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_problems import blobs

from shoal import Dense, Recipe, Sequential, Space, relu
from shoal.data import Dataset
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.defaults import images
from shoal.engine import Trial, lane_count
from shoal.engine.specialize import specialize
from shoal.engine.splits import Splits
from shoal.kernels import backend
from shoal.utils.environment import Machine

pytestmark = pytest.mark.bits

TWO = Machine(2, 2.0**40)


def request(waiting, units=8):
    """For so many trials of a network that has one layer of so many units."""
    network = Sequential(Dense(units), relu, Dense(3), input_shape=(6,))
    recipe = Recipe(batch_size=32, epochs=2)
    special = specialize(network, recipe, Space(network, recipe), {}, 1)
    splits = Splits.of(prepare(blobs(), split(blobs(), seed=0)))
    return lane_count.LaneRequest(special, splits, waiting, Trial(0, {}, 0, network, recipe))


def chosen(waiting, units=8, machine=TWO, **options):
    return lane_count.choose_lanes(request(waiting, units), machine, **options)


@pytest.mark.parametrize(("waiting", "lanes"), [(1, 1), (5, 5), (1000, lane_count.USUAL)])
def test_small_networks_get_the_usual_number_or_as_many_as_wait(waiting, lanes):
    assert chosen(waiting) == lanes


def test_what_outgrows_the_caches_gets_fewer_and_what_outgrows_memory_fewer_still():
    wide = 40_000  # 32 × 40,000 × 2 activations of four bytes: 10 megabytes a lane
    assert chosen(100, wide) == lane_count.LEAST_CACHED
    assert chosen(100, wide, Machine(2, 2.0**28)) == 1


@pytest.mark.parametrize(
    ("a_step", "processors", "lanes"),
    [(4e9, 2, 1), (1.1e9, 2, 2), (5e8, 2, 4), (5e8, 4, 8), (1e8, 2, 32), (1e7, 2, 32)],
)
def test_where_a_step_of_few_keeps_the_machine_busy_there_are_few(
    monkeypatch, a_step, processors, lanes
):
    monkeypatch.setattr(lane_count, "_work_a_step", lambda request: a_step)
    monkeypatch.setattr(lane_count.dense_course, "fits", lambda *given: False)
    assert chosen(100, machine=Machine(processors, 2.0**40), most_usual=128) == lanes


def test_where_each_lane_trains_by_itself_there_are_some_for_every_thread(monkeypatch):
    monkeypatch.setattr(lane_count, "_work_a_step", lambda request: 1e10)
    monkeypatch.setattr(lane_count.dense_course, "fits", lambda *given: True)
    assert chosen(100) == 2 * lane_count.LANES_A_THREAD
    assert chosen(1000, most_usual=lane_count.MANY) == lane_count.MANY


def test_no_clock_decides(monkeypatch):
    """The same shapes on the same class of machine: the same number, time after time."""
    monkeypatch.delattr("time.perf_counter")
    assert len({chosen(100, units) for units in [3000] * 5}) == 1


@pytest.mark.parametrize(("learns", "lanes"), [(True, lane_count.USUAL), (False, lane_count.MANY)])
def test_where_nobody_learns_there_are_more(learns, lanes):
    if backend() != "native":
        lanes = lane_count.USUAL
    count = lane_count.lane_count("auto", learns=learns, machine=TWO)
    assert count(request(1000)) == lanes


def test_where_all_are_at_one_epoch_all_get_a_lane():
    assert lane_count.lane_count("auto", together=True, machine=TWO)(request(90)) == 90


def test_a_number_that_is_asked_for_is_taken_but_none_waits_in_vain():
    assert lane_count.lane_count(7)(request(100)) == 7
    assert lane_count.lane_count(7, together=True)(request(3)) == 3


def test_batches_of_large_pictures_are_small():
    sizes = [(28, 28, 1), (224, 224, 3), (512, 512, 3), (1024, 1024, 3), (4000, 3000, 3)]
    most = [images.largest_batch(size) for size in sizes]
    assert most == [16384, 64, 16, 4, 4]


def test_lanes_of_large_pictures_follow_the_memory_of_their_maps():
    """Two thirds of a gigabyte a lane: a quarter of 4 GB holds one, of 8 GB three."""
    pictures = Dataset.from_arrays(
        np.zeros((30, 224, 224, 3), np.uint8), np.arange(30) % 2, weight=np.ones(30)
    )
    network = images.image_network(pictures, 2, ranges=False)
    recipe = Recipe(batch_size=64, epochs=1)
    special = specialize(network.with_input((224, 224, 3)), recipe, Space(network, recipe), {}, 1)
    waiting = replace(request(100), special=special)
    for memory, lanes in ((2.0**32, 1), (2.0**33, 3), (2.0**34, 6)):
        assert lane_count.all_waiting(waiting, Machine(2, memory)) == lanes
