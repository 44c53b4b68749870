"""How many lanes a program gets."""

from __future__ import annotations

import dataclasses

import pytest
from small_problems import blobs

from shoal import Dense, Recipe, Sequential, Space, relu
from shoal.data import prepare, split
from shoal.kernels import backend
from shoal.training import Trial, lane_count
from shoal.training.compiling import CompileLog
from shoal.training.specialize import specialize
from shoal.training.splits import Splits


def request(waiting, units=8, monkeypatch=None, memory=1e12):
    """For so many trials of a network that has one layer of so many units."""
    network = Sequential(Dense(units), relu, Dense(3), input_shape=(6,))
    recipe = Recipe(batch_size=32, epochs=2)
    special = specialize(network, recipe, Space(network, recipe), {}, 1)
    splits = Splits.of(prepare(blobs(), split(blobs(), seed=0)))
    example = Trial(0, {}, 0, network, recipe)
    if monkeypatch:
        monkeypatch.setattr(lane_count, "_memory", lambda: memory)
    return lane_count.LaneRequest(special, splits, waiting, example, CompileLog())


@pytest.mark.parametrize(("waiting", "lanes"), [(1, 1), (5, 5), (1000, lane_count.USUAL)])
def test_small_networks_get_the_usual_number_or_as_many_as_wait(waiting, lanes):
    assert lane_count.choose_lanes(request(waiting)) == lanes


def test_what_outgrows_the_caches_gets_fewer_and_what_outgrows_memory_fewer_still(monkeypatch):
    wide = 40_000  # 32 × 40,000 × 2 activations of four bytes: 10 megabytes a lane
    assert lane_count.choose_lanes(request(100, wide, monkeypatch)) == lane_count.LEAST_USUAL
    assert lane_count.choose_lanes(request(100, wide, monkeypatch, memory=4e8)) == 1


def measured(monkeypatch, seconds):
    """The number chosen where a lane's work takes what ``seconds`` says of so many lanes."""
    tried = []

    def probe(request, lanes, log):
        tried.append(lanes)
        return seconds(lanes)

    monkeypatch.setattr(lane_count, "WORTH_MEASURING", 0.0)
    monkeypatch.setattr(lane_count, "_seconds_a_lane", probe)
    return lane_count.choose_lanes(request(100, 40_000, monkeypatch)), tried


def test_where_work_is_worth_it_the_fastest_number_is_found(monkeypatch):
    found, tried = measured(monkeypatch, lambda lanes: 1 / lanes)
    assert (found, tried) == (8, [1, 2, 4, 8])


def test_where_nothing_may_be_timed_it_is_said_that_it_would_have_to_be(monkeypatch):
    """A program ahead of its turn: while another trains, no time would tell anything."""
    asked = dataclasses.replace(request(100, 40_000, monkeypatch), log=None)
    assert lane_count.choose_lanes(asked) == lane_count.LEAST_USUAL
    monkeypatch.setattr(lane_count, "WORTH_MEASURING", 0.0)
    assert lane_count.choose_lanes(asked) == 0


def test_where_lanes_gain_nothing_there_is_one(monkeypatch):
    assert measured(monkeypatch, lambda lanes: 1.0 - lanes / 1000)[0] == 1
    assert lane_count.fewest({1: 1.2, 2: 1.0, 4: 0.99}) == 2


@pytest.mark.parametrize(("learns", "lanes"), [(True, lane_count.USUAL), (False, lane_count.MANY)])
def test_where_nobody_learns_there_are_more(learns, lanes):
    if backend() != "native":
        lanes = lane_count.USUAL
    assert lane_count.lane_count("auto", learns=learns)(request(1000)) == lanes


def test_a_number_that_is_asked_for_is_taken_but_none_waits_in_vain():
    assert lane_count.lane_count(7)(request(100)) == 7
    assert lane_count.lane_count(7)(request(3)) == 3
