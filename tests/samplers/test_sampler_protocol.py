"""What every sampler keeps to, whatever it proposes."""

from shoal.registry import SAMPLERS
from shoal.samplers import Sampler
from shoal.testing import check_sampler
from shoal.testing.samplers import check_in_space, spaces


def test_it_keeps_to_the_protocol(sampler):
    assert isinstance(sampler, Sampler)
    check_sampler(sampler, {})


def test_it_does_so_in_every_space(sampler, space_name):
    space = spaces()[space_name]
    check_in_space(sampler, space, space_name, random=sampler.kind != "grid")


def test_it_is_one_of_the_registry(sampler):
    assert SAMPLERS[sampler.kind] is type(sampler)
