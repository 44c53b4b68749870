"""Try what `make dist` built: ``python -m release.check dist``.

The source distribution holds what a build needs and nothing else; the wheel holds the package
with its types and kernels; installed in a new environment it searches; and a user's script
type-checks against it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

NEEDED = ("LICENSE", "README.md", "pyproject.toml", "native/CMakeLists.txt")
FOLDERS = ("native/src", "src/shoal")
GENERATED = {"PKG-INFO", ".gitignore"}
"""What the builder writes into a source distribution by itself."""

QUICKLY = ("--trials", "2", "--epochs", "2", "--ensemble-folds", "0", "--confirm", "0")


def only(folder: Path, ending: str) -> Path:
    """The one file of a folder with this ending.

    Raises:
        SystemExit: there is none, or there are several.
    """
    found = sorted(folder.glob(f"*{ending}"))
    if len(found) != 1:
        raise SystemExit(f"{folder} holds {len(found)} files *{ending}; one is expected")
    return found[0]


def tracked(*paths: str) -> set[str]:
    """The files of the repository at these paths."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def check_source(sdist: Path) -> None:
    """Hold the source distribution to what a build needs.

    Raises:
        SystemExit: a file is missing, or one is there that nobody needs.
    """
    with tarfile.open(sdist) as archive:
        files = {m.name.partition("/")[2] for m in archive.getmembers() if m.isfile()}
    wanted = tracked(*NEEDED, *FOLDERS)
    _alike("source distribution", wanted, files - GENERATED)


def check_wheel(wheel: Path) -> None:
    """Hold the wheel to the package.

    Raises:
        SystemExit: a file is missing, or one is there that is none of the package.
    """
    with zipfile.ZipFile(wheel) as archive:
        files = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {name.removeprefix("src/") for name in tracked("src/shoal")}
    extension = {name for name in files if name.startswith("shoal/kernels/_native.")}
    _alike("wheel", wanted, files - extension)
    if not extension:
        print("wheel  without kernels: no compiler was found, or it failed")
    elif "-cp311-abi3-" not in wheel.name:
        raise SystemExit(f"{wheel.name} is not of the stable ABI of Python 3.11")


def _alike(what: str, wanted: set[str], files: set[str]) -> None:
    if wanted != files:
        raise SystemExit(
            f"the {what} lacks {sorted(wanted - files)} and holds besides {sorted(files - wanted)}"
        )


def try_wheel(wheel: Path) -> None:
    """Install the wheel in a new environment, search there, and check and run a user's script."""
    script = ROOT / "release/user_script.py"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "environment")
        venv.create(home, with_pip=True)
        python = str(home / "bin/python")
        plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

        def run(*command: str) -> None:
            print("$", *command, flush=True)
            subprocess.run(command, cwd=folder, env=plain, check=True)

        run(python, "-m", "pip", "install", "--quiet", str(wheel.resolve()))
        run(python, "-m", "shoal", "search", "digits", *QUICKLY)
        run(python, str(script))
        checked = (sys.executable, "-m", "mypy", "--strict", "--python-executable", python)
        run(*checked, "--cache-dir", os.devnull, str(script))


def main() -> None:
    """Check everything in the folder that is named."""
    folder = Path(sys.argv[1])
    wheel = only(folder, ".whl")
    check_source(only(folder, ".tar.gz"))
    check_wheel(wheel)
    try_wheel(wheel)
    print(f"good  {wheel.name}")


if __name__ == "__main__":
    main()
