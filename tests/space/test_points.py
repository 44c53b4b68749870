"""Points of a space: from the unit cube and back, checked, described, and bound."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal import Choice, Dense, Dropout, Float, Int, Sequential, Space, relu, tanh
from shoal.errors import SpaceError
from shoal.space import has_ranges, host, static, substitute, traced, width


@dataclass(frozen=True, eq=False)
class Part:
    """Something with a field of every role."""

    size: object = width(1)
    rate: object = traced(0.5)
    shape: object = static(3)
    patience: object = host(1)
    plain: object = 0


def blocks():
    """A choice of two blocks, one with ranges and a choice of its own."""
    deep = Sequential(Dense(Int(2, 4)), Choice(relu, tanh), Dropout(Float(0.0, 0.5)))
    return Sequential(Choice(deep, Dense(Int(5, 7)), None), Dense(3), input_shape=(4,))


def all_kinds():
    return Part(
        size=Int(1, 9),
        rate=Float(1e-3, 1.0, log=True),
        shape=Choice("off", Part(size=Choice(1, 2, 4), rate=Float(0, 1))),
    )


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_points_of_the_cube_are_points_of_the_space(unit):
    space = Space(all_kinds())
    point = space.from_unit(unit)
    space.check(point)
    again = space.from_unit(space.to_unit(point))
    assert again == pytest.approx(point, rel=1e-12)
    assert not has_ranges(space.bind(all_kinds_of(space), point))


def all_kinds_of(space):
    """The very tree whose ranges the space knows."""
    values = {entry.name: entry.range for entry in space}
    return Part(size=values["size"], rate=values["rate"], shape=values["shape"])


def test_what_is_not_active_stands_in_the_middle():
    assert Space(all_kinds()).to_unit({"size": 9, "rate": 1.0, "shape": 0})[3:] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": None}, r"size: a point has a value for each active hyperparameter, and for no"),
        ({"shape.part.rate": 0.5}, r"shape\.part\.rate: a point has a value for each active"),
        ({"size": 10}, r"size: a hyperparameter's value lies in its range; expected .*received 10"),
        ({"shape": 2}, r"shape: a hyperparameter's value lies in its range"),
        ({"other": 1}, r"a point names only hyperparameters; received \['other'\]"),
    ],
)
def test_a_point_that_is_none_is_refused(change, message):
    point = {"size": 5, "rate": 0.5, "shape": 0, **change}
    point = {name: value for name, value in point.items() if value is not None}
    with pytest.raises(SpaceError, match=message):
        Space(all_kinds()).check(point)


def test_a_wrong_number_of_units_is_refused():
    with pytest.raises(SpaceError, match=r"one number for each hyperparameter; expected 5; rec"):
        Space(all_kinds()).from_unit([0.5])


def test_binding_without_a_value_is_refused():
    tree = Part(size=Int(1, 9))
    with pytest.raises(SpaceError, match=r"size: a point has a value for each active"):
        Space(tree).bind(tree, {})


def test_a_range_of_another_space_is_refused():
    with pytest.raises(SpaceError, match=r"in the space where it stands; received Int\(low=1"):
        Space(Part()).bind(Part(size=Int(1, 9)), {"size": 3})


def test_describe_names_the_options():
    space = Space(Part(shape=Choice(relu, None, Dense(3)), size=Choice(4, 8), rate=Float(0, 1)))
    point = {"size": 1, "rate": 0.25, "shape": 2}
    assert space.describe(point) == {"size": 8, "rate": 0.25, "shape": "dense"}


def test_a_space_as_plain_data():
    assert Space(blocks()).to_json()["hyperparameters"][:2] == [
        {
            "name": "choice_1",
            "range": {"kind": "choice", "options": ["sequential", "dense", None]},
            "conditions": [[]],
        },
        {
            "name": "choice_1.sequential.dense_1.units",
            "range": {"kind": "int", "low": 2, "high": 4, "log": False},
            "conditions": [[["choice_1", 0]]],
        },
    ]


def test_nothing_open_comes_back_as_the_same_object():
    family = blocks()
    assert substitute(family, lambda value, _role: value) is family
    assert Space(Part()).bind(family.nodes[-1].layer, {}) is family.nodes[-1].layer


def test_has_ranges():
    assert has_ranges(Int(1, 2))
    assert has_ranges(blocks())
    assert has_ranges((3, Int(1, 2)))
    assert not has_ranges(Sequential(Dense(3)))
    assert not has_ranges(7)
