"""The geometry of drawings: rows, crossings, room, and edges that pass no box."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from registered import LAYERS

from shoal.layout import Box, follows, stacked
from shoal.layout.layered import GAP, layered
from shoal.layout.rows import crossings, in_rows, uncrossed
from shoal.nn import Activation


@st.composite
def graphs(draw):
    """Boxes of several sizes, each with edges from some of those before it."""
    count = draw(st.integers(1, 12))
    sizes = st.sampled_from([20.0, 45.0, 110.0])
    boxes = []
    for i in range(count):
        above = draw(st.lists(st.integers(0, i - 1), max_size=3)) if i else []
        inputs = tuple(f"b{j}" for j in above)
        boxes.append(Box(f"b{i}", draw(sizes), draw(sizes), inputs))
    return boxes


def numbers(d):
    """The points of a path's lines and curves, in steps of a tenth of each curve."""
    points, x, y = [], 0.0, 0.0
    for letter, text in re.findall(r"([MLVC])([^MLVC]*)", d.rpartition("M")[0] or d):
        values = [float(v) for v in re.findall(r"-?[\d.]+", text)]
        if letter == "V":
            values = [x, *values]
        ways = [(x, y), *zip(values[::2], values[1::2], strict=True)]
        for step in range(11):
            t = step / 10
            at = ways if letter == "C" else [ways[0], ways[-1]]
            while len(at) > 1:
                at = [((1 - t) * a + t * c, (1 - t) * b + t * d) for (a, b), (c, d) in pairwise(at)]
            if letter != "M":
                points.append(at[0])
        x, y = ways[-1]
    return points


@given(graphs())
def test_boxes_do_not_meet_and_come_after_their_inputs(boxes):
    found = layered(boxes)
    for i, one in enumerate(boxes):
        x, y = found.places[one.name]
        assert -1e-6 <= x <= found.width - one.width + 1e-6
        assert 0 <= y <= found.height - one.height
        for name in one.inputs:
            other = next(box for box in boxes if box.name == name)
            assert found.places[name][1] + other.height < y
        for other in boxes[:i]:
            left, top = found.places[other.name]
            beside = left + other.width + GAP <= x + 1e-6 or x + one.width + GAP <= left + 1e-6
            assert beside or top + other.height < y or y + one.height < top


@given(graphs())
def test_edges_pass_no_box_and_lead_from_one_to_the_other(boxes):
    found = layered(boxes)
    assert set(found.edges) == {(name, box.name) for box in boxes for name in box.inputs}
    by_name = {box.name: box for box in boxes}
    for (start, end), d in found.edges.items():
        points = numbers(d)
        x, y = found.places[start]
        assert abs(points[0][0] - x - by_name[start].width / 2) < 0.1
        assert abs(points[0][1] - y - by_name[start].height) < 0.1
        x, y = found.places[end]
        assert abs(points[-1][0] - x - by_name[end].width / 2) < 0.1
        assert 0 < y - points[-1][1] < 5
        for box in boxes:
            left, top = found.places[box.name]
            for px, py in points:
                inside = left < px < left + box.width and top + 0.1 < py < top + box.height - 0.1
                assert not inside, (start, end, box.name)


@given(graphs())
def test_sweeps_never_add_crossings(boxes):
    rows = in_rows(boxes).rows
    assert crossings(uncrossed(rows)) <= crossings(rows)


def test_crossings_are_counted_and_undone():
    """a→d, b→c: one crossing as written, none after."""
    boxes = [Box(n, 10, 10, i) for n, i in (("a", ()), ("b", ()), ("c", ("b",)), ("d", ("a",)))]
    rows = in_rows(boxes).rows
    assert crossings(rows) == 1
    assert crossings(uncrossed(rows)) == 0
    # Complete graphs keep what nobody can undo: 3 by 3 has 9.
    lower = [Box(f"y{i}", 10, 10, ("x0", "x1", "x2")) for i in range(3)]
    full = in_rows([*(Box(f"x{i}", 10, 10) for i in range(3)), *lower]).rows
    assert crossings(uncrossed(full)) == 9


def test_a_chain_with_skips_stays_in_line_and_the_skips_nest():
    names = ["in", "a", "b", "c", "d", "e", "out"]
    inputs = [(), ("in",), ("a",), ("b",), ("c",), ("d", "b"), ("e", "a")]
    boxes = [Box(n, 100, 30, i) for n, i in zip(names, inputs, strict=True)]
    found = layered(boxes)
    assert len({round(x, 6) for x, _ in found.places.values()}) == 1
    assert found.edges["a", "b"].count("C") == 1
    right = {edge: max(x for x, _ in numbers(found.edges[edge])) for edge in found.edges}
    # The outer skip passes the inner one outside, both beside the boxes.
    assert right["a", "out"] > right["b", "e"] > found.places["c"][0] + 100


def test_edges_from_one_box_share_their_way():
    """Sixty boxes, each joined to all before it, take a moment and not a minute."""
    boxes = [Box(f"b{i}", 50, 20, tuple(f"b{j}" for j in range(i))) for i in range(60)]
    rows = in_rows(boxes).rows
    assert sum(len(row) for row in rows) == 60 + sum(58 - i for i in range(58))


def test_what_follows_a_layer_alone_is_stacked_below_it():
    kinds = {"input": "input", "n": "layer_norm", "c": "conv", "r": "relu", "d": "dense",
             "s": "softmax", "add": "add"}  # fmt: skip
    inputs = {"input": [], "n": ["input"], "c": ["n"], "r": ["c"], "d": ["r"], "s": ["d"],
              "add": ["d", "s"]}  # fmt: skip
    found = stacked(kinds, inputs)
    assert found == [["input"], ["n"], ["c", "r"], ["d"], ["s"], ["add"]]


def test_every_activation_is_known_to_follow():
    for kind, layer in LAYERS.items():
        if issubclass(layer, Activation):
            assert follows(kind), kind
    known = set(LAYERS)
    from shoal.layout import stacks

    assert known >= stacks._FOLLOWERS
