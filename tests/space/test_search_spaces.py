"""Search spaces: names, shared ranges, roles, conditions, and what a choice puts in its place."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shoal import (
    Choice,
    Conv,
    Dense,
    Dropout,
    Float,
    Int,
    Recipe,
    Sequential,
    Space,
    relu,
    tanh,
)
from shoal.errors import SpaceError
from shoal.optimizers import SGD, AdamW
from shoal.space import Role, host, static, traced, width


@dataclass(frozen=True, eq=False)
class Part:
    """Something with a field of every role."""

    size: object = width(1)
    rate: object = traced(0.5)
    shape: object = static(3)
    patience: object = host(1)
    plain: object = 0


def names(*roots):
    return Space(*roots).names()


# --- names -----------------------------------------------------------------------


def test_a_name_comes_from_where_the_range_stands():
    family = Sequential(
        Conv(Int(2, 4), kernel_size=(Int(1, 3), 3)), relu, Dense(Int(3, 9)), Dense(Int(3, 9))
    )
    recipe = Recipe(optimizer=AdamW(learning_rate=Float(1e-4, 1e-1)), batch_size=Choice(16, 32))
    assert names(family, recipe) == [
        "conv_1.channels",
        "conv_1.kernel_size.1",
        "dense_1.units",
        "dense_2.units",
        "optimizer.learning_rate",
        "batch_size",
    ]


def test_a_name_may_be_given_to_the_range_or_to_the_layer():
    family = Sequential(Dense(Int(3, 9, name="wide")), Dense(Int(3, 9), name="last"))
    assert names(family) == ["wide", "last.units"]


def test_a_range_alone_is_a_space():
    assert names(Int(1, 3)) == ["value"]
    assert names(Part()) == []


def test_one_range_at_two_places_is_one_hyperparameter():
    size = Int(3, 9)
    family = Sequential(Dense(size), relu, Dense(size))
    assert names(family) == ["dense_1.units"]
    bound = Space(family).bind(family, {"dense_1.units": 5})
    assert [node.layer.units for node in bound.nodes if node.layer.kind == "dense"] == [5, 5]


def test_two_ranges_alike_of_one_given_name_are_one_hyperparameter():
    part = (Part(size=Int(1, 9, name="n")), Part(size=Int(1, 9, name="n")))
    space = Space(part)
    assert space.names() == ["n"]
    assert [p.size for p in space.bind(part, {"n": 4})] == [4, 4]


@pytest.mark.parametrize(
    "other",
    [Int(1, 8, name="n"), Int(1, 9, log=True, name="n"), Float(1, 9, name="n"),
     Choice(1, 9, name="n")],
)  # fmt: skip
def test_two_different_ranges_of_one_name_are_refused(other):
    with pytest.raises(SpaceError, match=r"n: a hyperparameter's name stands for one range.*Use"):
        Space((Part(size=Int(1, 9, name="n")), Part(size=other)))


def test_a_given_name_that_a_place_has_already_is_refused():
    with pytest.raises(SpaceError, match=r"size: a hyperparameter's name stands for one range"):
        Space(Part(size=Int(1, 9), rate=Float(0, 1, name="size")))


# --- roles -----------------------------------------------------------------------


def test_the_field_declares_what_its_range_decides():
    part = Part(Int(1, 2), Float(0, 1), Int(3, 5), Int(1, 4), Int(7, 9))
    roles = {entry.name: entry.role for entry in Space(part)}
    assert roles == {
        "size": Role.WIDTH,
        "rate": Role.TRACED,
        "shape": Role.STATIC,
        "patience": Role.HOST,
        "plain": Role.STATIC,
    }


def test_a_choice_of_numbers_has_its_fields_role_and_any_other_is_static():
    part = Part(Choice(1, 2), Choice(0.1, 0.2), Choice("a", "b"), Choice("a", "b"))
    roles = [entry.role for entry in Space(part)]
    assert roles == [Role.WIDTH, Role.TRACED, Role.STATIC, Role.HOST]
    assert Space(Part(rate=Choice("low", 0.5))).hyperparameters[0].role == Role.STATIC


def test_a_range_in_two_roles_has_the_greater():
    both = Int(1, 3)
    assert Space(Part(rate=both, shape=both)).hyperparameters[0].role == Role.STATIC
    assert [entry.role for entry in Space(Part(rate=both, patience=both, size=both))] == [
        Role.WIDTH
    ]


# --- conditions ------------------------------------------------------------------


def blocks():
    """A choice of two blocks, one with ranges and a choice of its own."""
    deep = Sequential(Dense(Int(2, 4)), Choice(relu, tanh), Dropout(Float(0.0, 0.5)))
    return Sequential(Choice(deep, Dense(Int(5, 7)), None), Dense(3), input_shape=(4,))


def test_ranges_inside_an_option_count_only_where_it_is_chosen():
    space = Space(blocks())
    deep, activation, rate, plain = (
        "choice_1.sequential.dense_1.units",
        "choice_1.sequential.activation_1",
        "choice_1.sequential.dropout_1.rate",
        "choice_1.dense.units",
    )
    assert space.names() == ["choice_1", deep, activation, rate, plain]
    active = [set(space.from_unit([u, 0.5, 0.5, 0.5, 0.5])) for u in (0.1, 0.5, 0.9)]
    assert active == [{"choice_1", deep, activation, rate}, {"choice_1", plain}, {"choice_1"}]


def test_a_chosen_block_stands_in_the_choices_place():
    family = blocks()
    space = Space(family)
    deep = space.bind(family, space.from_unit([0.1] * 5))
    assert [node.name for node in deep.nodes] == [
        "choice_1.dense_1",
        "choice_1.activation_1",
        "choice_1.dropout_1",
        "dense_1",
    ]
    plain = space.bind(family, {"choice_1": 1, "choice_1.dense.units": 6})
    assert [(n.name, n.inputs) for n in plain.nodes] == [
        ("choice_1", ("input",)),
        ("dense_1", ("choice_1",)),
    ]
    none = space.bind(family, {"choice_1": 2})
    assert [(n.name, n.inputs) for n in none.nodes] == [("dense_1", ("input",))]


def test_a_choice_of_optimizers_brings_its_own_ranges():
    recipe = Recipe(
        optimizer=Choice(
            SGD(learning_rate=Float(1e-3, 1.0), momentum=Float(0.0, 0.99)),
            AdamW(learning_rate=Float(1e-4, 1e-1)),
        )
    )
    space = Space(recipe)
    assert space.names() == [
        "optimizer",
        "optimizer.sgd.learning_rate",
        "optimizer.sgd.momentum",
        "optimizer.adamw.learning_rate",
    ]
    chosen = space.bind(recipe, {"optimizer": 1, "optimizer.adamw.learning_rate": 0.25})
    assert isinstance(chosen.optimizer, AdamW)
    assert chosen.optimizer.learning_rate == 0.25


def test_a_range_under_two_choices_is_active_where_either_is_made():
    size = Int(1, 9, name="size")
    first = Choice("off", Part(size=size), name="first")
    second = Choice("off", Part(size=size), name="second")
    space = Space(Part(shape=first, plain=second))
    # The range stands after both choices, or it could not be known whether it counts.
    assert space.names() == ["first", "second", "size"]
    for a in (0.1, 0.9):
        for b in (0.1, 0.9):
            point = space.from_unit([a, b, 0.5])
            assert ("size" in point) == (a > 0.5 or b > 0.5)
            space.check(point)


def test_a_choice_with_ranges_inside_keeps_them_at_its_second_place():
    size = Int(1, 9)
    inner = Choice("off", Part(size=size))
    tree = Part(
        shape=Choice("off", Part(shape=inner), name="first"),
        plain=Choice("off", Part(plain=inner), name="second"),
    )
    space = Space(tree)
    point = space.from_unit([0.1, 0.9, 0.9, 0.5])
    assert point == {
        "first": 0,
        "second": 1,
        "first.part.shape": 1,
        "first.part.shape.part.size": 5,
    }
    assert space.bind(tree, point).plain.plain.size == 5


def test_a_range_both_inside_and_outside_a_choice_is_always_active():
    size = Int(1, 9, name="size")
    space = Space((Part(shape=Choice("off", Part(size=size))), Part(size=size)))
    assert "size" in space.from_unit([0.1, 0.5])
