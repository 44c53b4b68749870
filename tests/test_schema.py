"""Schemas: what fits is read, what does not is told with its place."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.utils.schema import (
    DEEPEST,
    SchemaError,
    agreed,
    by_name,
    either,
    flag,
    listed,
    maybe,
    number,
    one_of,
    real,
    record,
    row,
    scalar,
    shallow,
    text,
    whole,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner,
                                                                max_size=3),
    max_leaves=12,
)  # fmt: skip

MEMBER = record({"trial": whole(), "share": number(0, 1)}, {"note": maybe(text)})
NESTED = record(
    {"members": listed(MEMBER, least=1), "test": by_name(real)}, {"more": row(text, flag)}
)


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        (number(), True, "a finite number, and is True"),
        (number(), math.nan, "a finite number, and is nan"),
        (number(), 10**400, "a finite number, and is 1000"),
        (number(0, 1), 1.5, "a finite number from 0 to 1, and is 1.5"),
        (real, "NaN", "a number, and is 'NaN'"),
        (whole(), 1.0, "a whole number from 0, and is 1.0"),
        (whole(), -1, "a whole number from 0, and is -1"),
        (whole(1, 5), 6, "a whole number from 1 to 5, and is 6"),
        (whole(), 2**63, "a whole number from 0, and is 9223372036854775808"),
        (text, 3, "a text, and is 3"),
        (text, "a\ud800", "a text in Unicode, and is 'a.'"),
        (flag, 1, "true or false, and is 1"),
        (scalar, [], r"a finite number, and is \[\]"),
        (one_of("a", "b"), "c", "one of a, b, and is 'c'"),
        (one_of(1), True, "one of 1, and is True"),
        (listed(flag, least=1), [], "a list of at least 1, and is one of 0"),
        (listed(flag), [True, 3], r"\[1\] must be true or false"),
        (row(text, flag), ["a"], "a list of 2"),
        (either(flag, text), 3, "true or false or a text, and is 3"),
        (by_name(flag), {"a": 0}, "a must be true or false"),
        (MEMBER, {"trial": 1}, "an object with trial, share, and is one without share"),
        (NESTED, {"members": [{"trial": 1, "share": 2}], "test": {}}, r"members\[0\]\.share must"),
        (NESTED, {"members": [], "test": {}}, "members must be a list of at least 1"),
        (NESTED, {"members": [{"trial": 1, "share": 1, "note": 4}], "test": {}},
         r"members\[0\]\.note must be a text"),
        (agreed(listed(whole()), (lambda v: sum(v) == 3, "three in sum")), [1], "three in sum"),
        (record({}), {1: 2}, "an object"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_place(schema, value, told):
    with pytest.raises(SchemaError, match=told):
        schema(value)


def test_what_fits_is_read_and_what_else_is_said_is_kept():
    value = {"members": [{"trial": 1, "share": 1, "note": None, "x": [1]}], "test": {"a": "nan"},
             "later": {"b": 2}}  # fmt: skip
    found = NESTED(value)
    assert math.isnan(found["test"]["a"])
    assert found == {**value, "test": found["test"]}
    assert either(flag, text)("a") == "a"
    assert real("-inf") == -math.inf
    assert scalar("x") == "x"


@given(PLAIN)
def test_a_schema_raises_nothing_but_its_error(value):
    for schema in (NESTED, MEMBER, number(0, 1), real, whole(), text, scalar, listed(row(text))):
        with contextlib.suppress(SchemaError):
            schema(value)


def test_plain_data_end_somewhere():
    value = []
    for _ in range(DEEPEST - 1):
        value = [value]
    assert shallow(value) is value
    with pytest.raises(SchemaError, match="nested at most 200 deep"):
        shallow([value])
