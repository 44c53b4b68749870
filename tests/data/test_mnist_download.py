import gzip
import hashlib
import io
import urllib.error
from pathlib import Path

import numpy as np
import pytest

from shoal.data import load
from shoal.data.io.mnist import ARCHIVES, MIRRORS, Archive, cache_folder, load_mnist
from shoal.errors import DataError


class Mirror:
    """Serves files by name, and remembers what it was asked for."""

    def __init__(self, files, down=()):
        self.files = files
        self.down = down
        self.asked = []

    def __call__(self, url):
        self.asked.append(url)
        if any(url.startswith(mirror) for mirror in self.down):
            raise urllib.error.URLError("no route to host")
        return io.BytesIO(self.files[url.rsplit("/", 1)[1]])


@pytest.fixture
def published(idx_folder):
    """Files as a mirror serves them, and what they ought to be."""
    files = {path.name: path.read_bytes() for path in idx_folder().iterdir()}
    plain = {name: gzip.decompress(data) for name, data in files.items()}
    archives = tuple(
        Archive(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in plain.items()
    )
    return files, archives


def test_downloads_once_and_then_reads_the_cache(published, tmp_path):
    files, archives = published
    mirror = Mirror(files)
    dataset = load_mnist(tmp_path, progress=False, opener=mirror, archives=archives)
    assert (len(dataset), len(dataset.fixed_test), dataset.name) == (50, 10, "mnist")
    assert sorted(mirror.asked) == sorted(MIRRORS[0] + name for name in files)
    assert {p.name for p in (tmp_path / "mnist").iterdir()} == set(files)
    again = load_mnist(tmp_path, progress=False, opener=mirror, archives=archives)
    np.testing.assert_array_equal(again.x, dataset.x)
    assert len(mirror.asked) == 4


def test_the_bar_is_drawn_on_standard_error(published, tmp_path, capsys):
    files, archives = published
    load_mnist(tmp_path, opener=Mirror(files), archives=archives)
    out, err = capsys.readouterr()
    assert out == ""
    assert "train-images-idx3-ubyte.gz" in err


def test_the_second_mirror_is_asked_when_the_first_is_down(published, tmp_path):
    files, archives = published
    mirror = Mirror(files, down=MIRRORS[:1])
    assert len(load_mnist(tmp_path, progress=False, opener=mirror, archives=archives)) == 50


@pytest.mark.parametrize(
    ("serve", "match"),
    [
        (lambda data: gzip.compress(b"x" * 40), "the checksum is wrong"),
        (lambda data: gzip.compress(bytes(10_000_000)), "longer than it should be"),
        (lambda data: data[:-20], "the checksum is wrong"),
        (lambda data: b"<html>sign in</html>", "incorrect header check"),
        (lambda data: b"", "the checksum is wrong"),
    ],
)
def test_what_is_not_the_file_is_not_kept(published, tmp_path, serve, match):
    files, archives = published
    served = {name: serve(data) for name, data in files.items()}
    with pytest.raises(DataError, match=match):
        load_mnist(tmp_path, progress=False, opener=Mirror(served), archives=archives)
    assert list((tmp_path / "mnist").iterdir()) == []


def test_without_a_network_it_says_where_to_put_the_files(tmp_path):
    mirror = Mirror({}, down=MIRRORS)
    with pytest.raises(
        DataError,
        match=r"no route to host.*copy train-images-idx3-ubyte\.gz, .*"
        rf"into {tmp_path}/mnist, or use 'mnist-5k'",
    ):
        load_mnist(tmp_path, progress=False, opener=mirror)


def test_unpacked_files_in_the_cache_will_do(published, tmp_path):
    files, archives = published
    (tmp_path / "mnist").mkdir()
    for name, data in files.items():
        plain = gzip.decompress(data)
        (tmp_path / "mnist" / name.removesuffix(".gz")).write_bytes(plain)
    dataset = load_mnist(tmp_path, opener=Mirror({}), archives=archives)
    assert len(dataset) == 50
    assert len(load("mnist", cache=tmp_path)) == 50


def test_an_interruption_leaves_nothing_half_written(published, tmp_path):
    _, archives = published

    class Interrupted(io.BytesIO):
        def read(self, size=-1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_mnist(tmp_path, progress=False, opener=lambda url: Interrupted(), archives=archives)
    assert list((tmp_path / "mnist").iterdir()) == []


def test_a_cache_that_cannot_be_made(published, tmp_path):
    files, archives = published
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"kept in the user's cache.*Set XDG_CACHE_HOME"):
        load_mnist(tmp_path / "file", opener=Mirror(files), archives=archives)


def test_the_cache_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "shoal"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path.home() / ".cache" / "shoal"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "shoal"


def test_the_archives_are_named_as_published_over_https():
    assert [a.length for a in ARCHIVES] == [16 + 60000 * 784, 8 + 60000, 16 + 10000 * 784, 10008]
    assert all(mirror.startswith("https://") for mirror in MIRRORS)
