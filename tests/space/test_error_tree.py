"""The error tree: what a message says, and that every error is one of shoal's."""

from __future__ import annotations

import inspect

from shoal import errors
from shoal.errors import NetworkError, ShoalError


def test_a_message_states_place_rule_expected_received_and_what_to_do():
    error = NetworkError("a rule", expected="this", received="that", where="layer a", hint="Do so.")
    assert str(error) == "layer a: a rule; expected this; received that. Do so."
    assert (error.rule, error.expected, error.received) == ("a rule", "this", "that")
    assert (error.where, error.hint) == ("layer a", "Do so.")


def test_a_message_leaves_out_what_is_not_known():
    assert str(ShoalError("a rule")) == "a rule"
    assert str(ShoalError("a rule", received=0)) == "a rule; received 0"


def test_an_error_can_be_told_of_another_place():
    error = NetworkError("a rule", expected=1, received=2, where="there", hint="Do so.").at("here")
    assert type(error) is NetworkError
    assert str(error) == "here: a rule; expected 1; received 2. Do so."


def test_every_error_is_a_shoal_error_and_drawn_at_the_top():
    found = [
        cls
        for _, cls in inspect.getmembers(errors, inspect.isclass)
        if issubclass(cls, ShoalError) and cls is not ShoalError
    ]
    assert found
    for cls in found:
        assert cls.__bases__[0] is ShoalError
        assert f"── {cls.__name__} " in errors.__doc__
        assert cls.__doc__ in (f"{line.strip()}." for line in told_at_the_top(cls))


def told_at_the_top(cls):
    """The words beside the class in the drawing, capitalized."""
    for line in errors.__doc__.splitlines():
        if cls.__name__ in line:
            words = line.split(cls.__name__)[1].strip()
            yield words[0].upper() + words[1:]
