"""MNIST: 60,000 digits to train on and 10,000 to test, from the user's cache or a mirror.

LeCun, Bottou, Bengio, Haffner: "Gradient-based learning applied to document
recognition", 1998. The checksums are of the unpacked files, so that it does not
matter who packed them.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.request
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from shoal.data.dataset import Dataset
from shoal.data.io.idx import load_idx_folder
from shoal.errors import DataError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
TIMEOUT = 20.0
_PIECE = 1 << 16


@dataclass(frozen=True)
class Archive:
    """One of the four files: its name, unpacked length and the SHA-256 of what is unpacked."""

    name: str
    length: int
    sha256: str


ARCHIVES = (
    Archive(
        "train-images-idx3-ubyte.gz",
        47040016,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    Archive(
        "train-labels-idx1-ubyte.gz",
        60008,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    Archive(
        "t10k-images-idx3-ubyte.gz",
        7840016,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    Archive(
        "t10k-labels-idx1-ubyte.gz",
        10008,
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

Opener = Callable[[str], AbstractContextManager[IO[bytes]]]
"""Opens an address for reading; the seam at which tests put a network of their own."""


class Reporter(Protocol):
    """Hears of progress: a file's name, its unpacked length, and how much is unpacked."""

    def __call__(self, name: str, length: int, done: int) -> None:
        """``done`` of ``length`` bytes of the file are here."""


def open_url(url: str) -> AbstractContextManager[IO[bytes]]:
    """Open an https address; raises OSError where there is no network."""
    return cast("AbstractContextManager[IO[bytes]]", urllib.request.urlopen(url, timeout=TIMEOUT))


def cache_folder() -> Path:
    """The folder under the user's cache that belongs to shoal."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root and os.path.isabs(root) else Path.home() / ".cache") / "shoal"


def load_mnist(
    cache: Path | None = None,
    *,
    progress: bool = True,
    opener: Opener = open_url,
    archives: tuple[Archive, ...] = ARCHIVES,
) -> Dataset:
    """MNIST with its canonical test set, downloaded once.

    Args:
        cache: shoal's cache folder; the user's own when None.
        progress: whether to draw a progress bar on standard error.
        opener: opens an address; for tests.
        archives: what to fetch; for tests.

    Raises:
        DataError: if it is neither in the cache nor to be had.
    """
    folder = (cache if cache is not None else cache_folder()) / "mnist"
    missing = [a for a in archives if not _has(folder, a.name)]
    if missing:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(
                "MNIST is kept in the user's cache",
                received=str(error),
                where=str(folder),
                hint="Set XDG_CACHE_HOME.",
            ) from None
        _download_all(missing, folder, opener, progress)
    return load_idx_folder(folder, need_target=True, name="mnist")


def _has(folder: Path, name: str) -> bool:
    return (folder / name).is_file() or (folder / name.removesuffix(".gz")).is_file()


def _download_all(missing: list[Archive], folder: Path, opener: Opener, progress: bool) -> None:
    if not progress:
        for archive in missing:
            _download(archive, folder, opener, lambda name, length, done: None)
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    with Progress(console=Console(stderr=True)) as bar:
        tasks: dict[str, TaskID] = {}

        def report(name: str, length: int, done: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=length)
            bar.update(tasks[name], completed=done)

        for archive in missing:
            _download(archive, folder, opener, report)


def _download(archive: Archive, folder: Path, opener: Opener, report: Reporter) -> None:
    """Fetch one file from the first mirror that gives it whole."""
    report(archive.name, archive.length, 0)
    troubles = []
    for mirror in MIRRORS:
        try:
            return _fetch(mirror + archive.name, archive, folder, opener, report)
        except (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError) as error:
            troubles.append(f"{mirror}: {error}")
    names = ", ".join(a.name for a in ARCHIVES)
    raise DataError(
        "MNIST is downloaded once and then kept",
        received="; ".join(troubles),
        where=archive.name,
        hint=f"Without a network, copy {names} into {folder}, or use 'mnist-5k', which is "
        "already installed.",
    )


def _fetch(url: str, archive: Archive, folder: Path, opener: Opener, report: Reporter) -> None:
    """Download beside the final place, check, and only then give it its name."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
        try:
            with opener(url) as source:
                _copy_checked(source, part.file, archive, report)
            part.close()
            os.replace(part.name, folder / archive.name)
        except BaseException:
            os.unlink(part.name)
            raise


def _copy_checked(source: IO[bytes], sink: IO[bytes], archive: Archive, report: Reporter) -> None:
    """Copy a gzip stream, unpacking alongside no more than the length that is due."""
    unpacker = zlib.decompressobj(wbits=31)
    digest = hashlib.sha256()
    length = 0
    while piece := source.read(_PIECE):
        sink.write(piece)
        while piece and not unpacker.eof:
            unpacked = unpacker.decompress(piece, _PIECE)
            piece = unpacker.unconsumed_tail
            digest.update(unpacked)
            length += len(unpacked)
            if length > archive.length:
                raise ValueError("longer than it should be")
        report(archive.name, archive.length, length)
        if unpacker.eof:
            break
    if digest.hexdigest() != archive.sha256:
        raise ValueError(f"the checksum is wrong: {digest.hexdigest()}")
