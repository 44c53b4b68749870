"""Objects as JSON and back, through a closed registry."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.errors import SpaceError
from shoal.space import Choice, Decoder, Float, Int, Space, encode, traced, width


@dataclass(frozen=True, eq=False)
class Leaf:
    kind: ClassVar[str] = "leaf"
    size: Any = width(1)
    rate: Any = traced(0.5)


@dataclass(frozen=True, eq=False)
class Branch:
    kind: ClassVar[str] = "branch"
    parts: Any = ()
    label: Any = None

    def __post_init__(self) -> None:
        if self.label == "bad":
            raise SpaceError("a branch is not bad", where="label", received=self.label)


REGISTRY = {"leaf": Leaf, "branch": Branch}

plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())
ranges = st.one_of(
    st.builds(lambda a, b: Float(min(a, b), max(a, b) + 1), st.floats(-9, 9), st.floats(-9, 9)),
    st.builds(lambda a, n, log: Int(a, a + n, log=log), st.integers(1, 9), st.integers(1, 9),
              st.booleans()),
)  # fmt: skip


def extend(inner):
    several = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Leaf, st.one_of(plain, ranges), ranges),
        st.builds(Branch, several, plain.filter(lambda label: label != "bad")),
        st.lists(inner, min_size=2, max_size=3).map(lambda options: Choice(*options)),
        several,
    )


trees = st.recursive(st.one_of(plain, ranges), extend, max_leaves=12)


def read(data, registry=REGISTRY):
    return Decoder(registry, "file").decode(json.loads(json.dumps(data)))


@given(trees)
def test_what_is_read_back_is_the_same_family(tree):
    space = Space(tree)
    data = encode(tree, space)
    again = read(data)
    assert encode(again, Space(again)) == data
    assert Space(again).to_json() == space.to_json()


@given(trees, st.randoms(use_true_random=False))
def test_a_point_means_the_same_in_both(tree, random):
    space = Space(tree)
    again = read(encode(tree, space))
    point = space.from_unit([random.random() for _ in range(len(space))])
    assert encode(space.bind(tree, point)) == encode(Space(again).bind(again, point))


def test_one_range_at_two_places_is_one_range_when_read_back():
    size = Int(1, 9)
    again = read(encode((Leaf(size), Leaf(size)), Space((Leaf(size), Leaf(size)))))
    assert again[0].size is again[1].size


def test_numpy_numbers_are_written_as_numbers():
    assert encode(Leaf(np.int64(3), np.float32(0.5))) == {"kind": "leaf", "size": 3, "rate": 0.5}


def deep(levels):
    data: Any = 1
    for _ in range(levels):
        data = [data]
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"kind": "tree"}, r"file: there is no such kind; expected branch, le"),
        ({"kind": ["leaf"]}, r"there is no such kind.*received \['leaf'\]"),
        ({"size": 3}, r"an object has a kind or is a range; received \['size'\]"),
        ({"kind": "leaf", "sise": 3}, r"file: leaf has no field 'sise'; expected rate, size; rece"),
        ({"kind": "branch", "label": "bad"}, r"file: label: a branch is not bad; received bad"),
        (
            {"kind": "branch", "parts": [1, {"kind": "leaf", "x": 1}]},
            r"file: parts\[1\]: leaf has no field 'x'",
        ),
        ({"range": "real"}, r"a range is one of three; expected float, int, choice; received 'rea"),
        ({"range": []}, r"a range is one of three"),
        ({"range": "int", "low": 1}, r"the fields do not fit \(.*'high'\)"),
        ({"range": "int", "low": 1, "high": 2, "step": 2}, r"the fields do not fit \(.*'step'\)"),
        ({"range": "int", "low": 3, "high": 2}, r"file: a range goes from a lower to a higher"),
        ({"range": "float", "low": "a", "high": 2}, r"the bounds of a range are numbers"),
        ({"range": "float", "low": 0, "high": 2, "name": 3}, r"hyperparameter's name is a text"),
        ({"range": "choice"}, r"a choice lists its options; expected a list; received None"),
        ({"range": "choice", "options": "ab"}, r"a choice lists its options; .* received 'ab'"),
        ({"range": "choice", "options": [1]}, r"a Choice is among at least two options"),
        ({"range": "choice", "options": [1, 2], "low": 1}, r"the fields do not fit"),
        (
            [
                {"range": "int", "low": 1, "high": 2, "name": "n"},
                {"range": "float", "low": 0, "high": 2, "name": "n"},
            ],
            r"file: \[1\]: the name 'n' stands for one range; expected .*'int'.*received .*'float'",
        ),
        (deep(500), r"file: nesting ends somewhere; expected at most 100 levels"),
    ],
)
def test_json_that_describes_nothing_is_refused(data, message):
    with pytest.raises(SpaceError, match=message):
        read(data)


WORDS = (
    "kind", "range", "low", "high", "log", "name", "options", "size", "rate", "parts", "label",
    "__class__",
)  # fmt: skip
json_values = st.recursive(
    st.one_of(plain, st.sampled_from(["leaf", "branch", "int", "float", "choice"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(WORDS),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=15,
)


@given(json_values)
def test_garbage_is_refused_or_read_but_never_breaks(data):
    with contextlib.suppress(SpaceError):
        Space(read(data))


def test_reading_makes_nothing_that_the_registry_does_not_list():
    with pytest.raises(SpaceError, match="there is no such kind"):
        read({"kind": "leaf"}, {"branch": Branch})
