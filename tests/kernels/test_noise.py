from __future__ import annotations

import hashlib

import jax.numpy as jnp
import numpy as np
import pytest

from shoal import kernels

ROWS, COLUMNS = 512, 512


def noise(key=(1, 2), rows=ROWS, ranks=None) -> np.ndarray:
    ranks = np.arange(COLUMNS) if ranks is None else np.asarray(ranks)
    drawn = kernels.uniform(jnp.asarray(key, jnp.uint32), rows, jnp.asarray(ranks, jnp.int32))
    return np.asarray(drawn)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


KEYS = [(0, 0), (0, 1), (1, 0), (1, 2), (2**32 - 1, 2**32 - 1), (12345, 678)]


@pytest.mark.parametrize("key", KEYS)
def test_moments_of_a_uniform_distribution(key) -> None:
    u = noise(key)
    cells = u.size
    assert u.dtype == np.float32
    assert u.min() >= 0.0
    assert u.max() < 1.0
    # Five standard errors of the mean and of the variance.
    assert abs(u.mean() - 1 / 2) < 5 * np.sqrt(1 / 12 / cells)
    assert abs(u.var() - 1 / 12) < 5 * np.sqrt(1 / 180 / cells)


@pytest.mark.parametrize("key", KEYS)
def test_neighbors_are_not_correlated(key) -> None:
    u = noise(key)
    limit = 5 / np.sqrt(u.size)
    assert abs(correlation(u[1:], u[:-1])) < limit
    assert abs(correlation(u[:, 1:], u[:, :-1])) < limit
    assert abs(correlation(u[::2], u[1::2])) < limit
    for other in ((key[0] ^ 1, key[1]), (key[0], key[1] ^ 1), (key[1], key[0])):
        if other != key:
            assert abs(correlation(u, noise(other))) < limit
    assert abs(correlation(u, u.T)) < limit


@pytest.mark.parametrize("key", KEYS)
def test_bytes_are_equally_frequent(key) -> None:
    bits = (noise(key) * 2**24).astype(np.uint32)
    for shift in (0, 8, 16):
        counts = np.bincount(((bits >> shift) & 255).ravel(), minlength=256)
        expected = bits.size / 256
        chi_square = ((counts - expected) ** 2 / expected).sum()
        assert 255 - 6 * np.sqrt(2 * 255) < chi_square < 255 + 6 * np.sqrt(2 * 255)


def test_rows_keep_about_as_many_as_they_should() -> None:
    kept = (noise() < 0.5).sum(1)
    spread = kept.var() / (COLUMNS / 4)
    assert 0.7 < spread < 1.3


def test_a_value_depends_on_its_coordinates_only() -> None:
    wide = noise(rows=64, ranks=range(100))
    np.testing.assert_array_equal(wide[:7, [3, 50, 99]], noise(rows=7, ranks=[3, 50, 99]))


def test_the_bits_stay_what_they_are() -> None:
    # Studies written earlier are reproduced only if the hash never changes.
    digest = hashlib.sha256(noise((7, 9), 16, range(16)).tobytes()).hexdigest()
    assert digest.startswith("95298cfb8c571c04")
