"""The limit of memory that a file may ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.errors import DataError
from shoal.utils import limits
from shoal.utils.environment import MAX_GB
from shoal.utils.limits import LEAST, check_size, most_bytes


def test_what_is_larger_than_the_limit_is_refused_and_the_message_says_how_to_raise_it(monkeypatch):
    monkeypatch.setenv(MAX_GB, "0.5")
    check_size(0.5e9, "the array 'x'", "data.npz")
    with pytest.raises(DataError) as caught:
        check_size(3.21e9, "the array 'x'", "data.npz")
    assert str(caught.value) == (
        "data.npz: the array 'x' must fit into the memory that shoal may take for it; expected "
        "at most 0.5 GB; received 3.3 GB once unpacked. If this is meant, raise the limit "
        "with SHOAL_MAX_GB=4."
    )


@given(st.floats(1.0, 1e15), st.floats(0.001, 1e6))
def test_the_limit_that_a_message_advises_is_enough(wanted, limit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MAX_GB, repr(limit))
        try:
            check_size(wanted, "it", "file")
        except DataError as error:
            assert wanted > limit * 1e9
            patch.setenv(MAX_GB, str(error.hint).rstrip(".").rpartition("=")[2])
            check_size(wanted, "it", "file")
        else:
            assert wanted <= limit * 1e9


@pytest.mark.parametrize("told", ["many", "0", "-1", "nan", "4GB"])
def test_a_limit_that_is_no_number_above_0_is_refused(monkeypatch, told):
    monkeypatch.setenv(MAX_GB, told)
    with pytest.raises(DataError, match=f"SHOAL_MAX_GB is a number of GB above 0.*'{told}'"):
        check_size(1, "it", "file")


def test_there_may_be_no_limit(monkeypatch):
    monkeypatch.setenv(MAX_GB, "inf")
    check_size(1e30, "it", "file")


@pytest.mark.parametrize(("memory", "limit"), [(64e9, 32e9), (1e9, LEAST), (0.0, LEAST)])
def test_half_of_the_memory_is_the_limit_where_nothing_is_said(monkeypatch, memory, limit):
    monkeypatch.delenv(MAX_GB, raising=False)
    monkeypatch.setattr(limits, "_memory", lambda: memory)
    assert most_bytes() == limit


def test_a_container_with_less_memory_than_its_machine_sets_the_limit(monkeypatch, tmp_path):
    monkeypatch.delenv(MAX_GB, raising=False)
    held = tmp_path / "memory.max"
    monkeypatch.setattr(limits, "_CONTAINER", held)
    without = most_bytes()
    held.write_text("max\n")
    assert most_bytes() == without
    held.write_text("5000000000\n")
    assert most_bytes() == min(without, 2.5e9)
