"""JPEG files of noise, in a folder for each class; a program of its own.

Run as `python -m benchmarks.photos FOLDER SIDE COUNT`, so that the harness itself loads no
library of pictures.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.process import ROOT
from benchmarks.workloads import PICTURE_CLASSES


def write_photos(folder: Path, side: int, count: int) -> Path:
    """Writes so many square pictures; of each class another color is darker."""
    arguments = [str(folder), str(side), str(count)]
    subprocess.run([sys.executable, "-m", "benchmarks.photos", *arguments], check=True, cwd=ROOT)
    return folder


def main(folder: str, side: str, count: str) -> None:
    from PIL import Image

    random, size = np.random.default_rng(0), int(side)
    for number in range(int(count)):
        own = number % PICTURE_CLASSES
        place = Path(folder) / f"class-{own}"
        place.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (size // 4, size // 4, 3), dtype=np.uint8)
        pixels[..., own % 3] >>= 1 + own // 3
        picture = Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR)
        picture.save(place / f"{number:06d}.jpg", quality=80)


if __name__ == "__main__":
    main(*sys.argv[1:])
