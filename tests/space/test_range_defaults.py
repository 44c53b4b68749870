"""The value that a hyperparameter has in the first trial, and points given by hand."""

from __future__ import annotations

import json

import pytest

from shoal import Choice, Dense, Dropout, Float, Int, Recipe, Sequential, Space, relu, tanh
from shoal.errors import SpaceError
from shoal.nn import network_from_json
from shoal.optimizers import SGD, AdamW
from shoal.space import conditions_in_words, conditions_of, encode, point_by_hand, read_by_hand


def default_of(value, **recipe):
    return next(iter(Space(value if not recipe else Recipe(**recipe)))).default


@pytest.mark.parametrize(
    ("value", "default"),
    [
        (Float(0.0, 1.0), 0.5),
        (Float(1e-4, 1e-2, log=True), pytest.approx(1e-3)),
        (Float(0, 1, default=1), 1.0),
        (Int(3, 7), 5),
        (Int(1, 100, log=True), 7),
        (Int(3, 7, default=7), 7),
        (Choice("a", "b"), 0),
        (Choice("a", "b", default="b"), 1),
        (Choice(1, 2.5, default=2.5), 1),
        (Choice(False, 0, default=0), 1),
        (Choice((3, 3), (5, 5), default=(5, 5)), 1),
        (Choice((3, 3), (5, 5), default="5×5"), 1),
        (Choice(relu, tanh, default=tanh), 1),
        (Choice(relu, tanh, default="tanh"), 1),
        (Choice(Dense(3), Dense(4), default="dense_2"), 1),
    ],
)
def test_a_range_has_a_default_of_its_own_or_its_middle(value, default):
    found = default_of(value)
    assert found == default
    assert type(found) is (float if isinstance(value, Float) else int)


def test_the_default_of_a_field_counts_where_it_is_in_the_range():
    assert default_of(None, batch_size=Int(8, 512, log=True)) == 64
    assert default_of(None, batch_size=Choice(16, 32, 64)) == 2
    assert default_of(None, batch_size=Int(8, 12)) == 10
    assert default_of(None, batch_size=Int(8, 512, default=100)) == 100
    rate = default_of(None, optimizer=AdamW(learning_rate=Float(1e-5, 1.0, log=True)))
    assert rate == AdamW().learning_rate


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Float(0, 1, default=2),
            r"default is one of its values; expected in Float\(0, 1\)",
        ),
        (lambda: Float(0, 1, default="0"), r"default is one of its values; .* received '0'"),
        (lambda: Int(1, 5, default=2.5), r"default is one of its values; .* received 2.5"),
        (lambda: Int(1, 5, default=True), r"default is one of its values; .* received True"),
        (
            lambda: Choice("a", "b", default="c"),
            r"one of its options.*expected a \| b; received 'c",
        ),
        (lambda: Choice(relu, tanh, default=Dense(3)), r"one of its options, or the label of one"),
    ],
)
def test_a_default_that_is_no_value_is_refused(make, message):
    with pytest.raises(SpaceError, match=message):
        make()


def test_a_default_comes_back_from_json_and_none_is_not_written():
    family = Sequential(
        Dense(Int(2, 9, default=3)), Choice(relu, tanh, default=tanh), Dropout(Float(0.1, 0.9)),
        Dense(2),
    )  # fmt: skip
    data = json.loads(json.dumps(encode(family, Space(family))))
    again = network_from_json(data)
    assert Space(again).default_point() == Space(family).default_point()
    assert Space(again).default_point() == {
        "dense_1.units": 3,
        "activation_1": 1,
        "dropout_1.rate": 0.5,
    }
    assert json.dumps(data).count('"default"') == 2


def test_one_name_with_two_defaults_is_refused():
    with pytest.raises(SpaceError, match="stands for one range"):
        Space((Int(1, 9, name="n", default=3), Int(1, 9, name="n", default=4)))


SPACE = Space(
    Sequential(
        Choice(Dense(Int(4, 8)), Sequential(Dense(4), Dropout(Float(0.0, 0.4))), name="block"),
        Choice(relu, tanh, name="activation"), Dropout(Float(0.0, 0.9)), Dense(3),
    ),
    Recipe(
        optimizer=SGD(learning_rate=Float(1e-4, 1.0, log=True)), batch_size=Choice(16, 32, 64)
    ),
)  # fmt: skip
DEFAULTS = SPACE.default_point()


def test_what_is_not_given_has_its_default():
    assert DEFAULTS["batch_size"] == 2
    assert point_by_hand(SPACE, {}) == DEFAULTS
    given = {"learning_rate": 1, "activation": "tanh", "dropout_1.rate": 0.25}
    expected = {"optimizer.learning_rate": 1.0, "activation": 1, "dropout_1.rate": 0.25}
    assert point_by_hand(SPACE, given) == DEFAULTS | expected
    other = point_by_hand(SPACE, {"block": "sequential"})
    assert other["block.sequential.dropout_1.rate"] == 0.2
    assert "block.dense.units" not in other
    SPACE.check(other)


def test_a_point_is_read_from_text():
    text = " learning_rate=1e-2, units=5.0,activation=tanh , batch_size=32 "
    point = point_by_hand(SPACE, read_by_hand(SPACE, text))
    assert point == DEFAULTS | {
        "optimizer.learning_rate": 0.01, "block.dense.units": 5, "activation": 1, "batch_size": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lerning_rate=0.1", r"no hyperparameter of that name; expected optimizer\.learning_rate;"),
        ("foo=1", r"of that name; expected block or block\.dense\.units or .*; received 'foo'"),
        ("rate=0.1", r"end of a name belongs to one .*block\.sequential\.dropout_1\.rate or drop"),
        ("units=9", r"block\.dense\.units: .*expected a whole number from 4 to 8; received 9"),
        ("units=4.5", r"a whole number from 4 to 8; received 4\.5"),
        ("units=few", r"a whole number from 4 to 8; received 'few'"),
        ("learning_rate=nan", r"a number from 0\.0001 to 1; received nan"),
        ("activation=gelu", r"activation: .*expected relu or tanh; received 'gelu'"),
        ("batch_size=17", r"expected 16 or 32 or 64; received 17"),
        ("block=sequential,units=5", r"block\.dense\.units: .*expected block = dense; received bl"),
        ("units", r"names and values; expected for example .*; received 'units'"),
        ("=3", r"names and values; expected for example .*; received '=3'"),
        (" , ", r"a point names a value at least"),
        (
            "units=5,block.dense.units=6",
            r"block\.dense\.units: a point names a hyperparameter once",
        ),
    ],
)
def test_points_that_make_no_sense_are_refused(text, message):
    with pytest.raises(SpaceError, match=message):
        point_by_hand(SPACE, read_by_hand(SPACE, text))


def test_values_of_another_type_are_refused():
    for given in ({"units": "5"}, {"units": True}, {"activation": 1}, {"learning_rate": None}):
        with pytest.raises(SpaceError, match="value lies in its range"):
            point_by_hand(SPACE, given)
    with pytest.raises(SpaceError, match=r"mapping of names to values.*received 3"):
        point_by_hand(SPACE, 3)
    with pytest.raises(SpaceError, match="nothing is searched"):
        point_by_hand(Space(), {"units": 3})


def test_every_place_of_a_range_is_written_and_old_files_are_read():
    size = Int(1, 9, name="size")
    space = Space((Choice("x", Dense(size), name="a"), Choice(Dense(size), "y", name="b")))
    told = space.to_json()["hyperparameters"]
    last = next(data for data in told if data["name"] == "size")
    assert conditions_of(json.loads(json.dumps(last))) == [{"a": 1}, {"b": 0}]
    assert conditions_in_words(told) == {"size": "a = dense or b = dense"}
    old = {key: value for key, value in last.items() if key != "conditions"}
    assert conditions_of({**old, "condition": [["a", 1]]}) == [{"a": 1}]
    assert conditions_of({**old, "condition": []}) == [{}]
