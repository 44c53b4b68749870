"""Networks and recipes without ranges become one family, in which each has its point."""

from shoal import Dense, Dropout, EarlyStopping, Recipe, Sequential, relu, tanh
from shoal.losses import CrossEntropy, Focal
from shoal.optimizers import SGD, AdamW
from shoal.regularizers import L2
from shoal.schedules import OneCycle
from shoal.space import Role, common_family
from shoal.space.common_family import likeness


def network(units=8, rate=0.1, activation=relu, initialization="glorot"):
    return Sequential(
        Dense(units, initialization=initialization), activation, Dropout(rate), Dense(3)
    )


def recipe(rate=0.1, **changes):
    return Recipe(**{"optimizer": AdamW(learning_rate=rate), "epochs": 3, **changes})


def test_what_lanes_may_differ_in_is_alike():
    one = likeness(network(), recipe())
    stop = EarlyStopping(patience=2)
    for other in (
        (network(units=5, rate=0.0), recipe()),
        (network(initialization="he"), recipe(rate=1.0, epochs=9, early_stopping=stop)),
        (network(), recipe(loss=CrossEntropy(label_smoothing=0.2))),
    ):
        assert likeness(*other) == one
    for other in (
        (network(activation=tanh), recipe()),
        (Sequential(Dense(8), Dense(3)), recipe()),
        (network(), recipe(batch_size=32)),
        (network(), recipe(optimizer=SGD(learning_rate=0.1))),
        (network(), recipe(rate=OneCycle(0.1))),
        (network(), recipe(loss=Focal())),
        (network(), recipe(regularizers=L2(0.1))),
    ):
        assert likeness(*other) != one


def test_each_member_is_a_point_of_the_family():
    stops = [None, EarlyStopping(patience=2), EarlyStopping(patience=3)]
    members = [
        (network(units, initialization=first), recipe(rate, early_stopping=stop))
        for units, rate, stop, first in zip(
            [8, 5, 8], [0.1, 0.1, 0.2], stops, ["he", "glorot", "he"], strict=True
        )
    ]
    (family, training), space, points = common_family(members)
    assert [entry.role for entry in space] == [Role.WIDTH, Role.HOST, Role.TRACED, Role.HOST]
    for point, (expected, how) in zip(points, members, strict=True):
        space.check(point)
        assert space.bind(family, point).to_json()["nodes"] == expected.to_json()["nodes"]
        assert space.bind(training, point).to_json() == how.to_json()


def test_members_that_are_equal_have_no_range():
    (family, training), space, points = common_family([(network(), recipe())] * 2)
    assert len(space) == 0
    assert points == [{}, {}]
    assert family.to_json()["nodes"] == network().to_json()["nodes"]
    assert training.to_json() == recipe().to_json()
