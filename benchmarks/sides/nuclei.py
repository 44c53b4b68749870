"""A U-shaped network that finds the nuclei of cells, trained by shoal."""

from __future__ import annotations

from typing import Any

import numpy as np

import shoal
from benchmarks.process import serve
from examples.networks import u_network
from shoal.augmentation import Flip, Rotation, Scale
from shoal.data import Dataset
from shoal.losses import CrossEntropy, Dice
from shoal.optimizers import AdamW
from shoal.schedules import OneCycle

CLASSES = ("background", "nucleus")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Trains once; scores of the pixels of the test images, `seconds` in training."""
    with np.load(request["path"], allow_pickle=False) as arrays:
        images, masks = arrays["image"], arrays["instance"] > 0
    data = Dataset.from_arrays(images, masks, name="nuclei", classes=CLASSES)
    recipe = shoal.Recipe(
        loss=CrossEntropy() + Dice(background=False),
        optimizer=AdamW(learning_rate=OneCycle(5e-3), weight_decay=1e-2),
        batch_size=8,
        epochs=request["epochs"],
        early_stopping=None,
        augmentation=(Flip(0.5, 0.5), Rotation(180.0), Scale(0.2)),
    )
    network = u_network(len(CLASSES), widths=(8, 16, 32, 48))
    model = shoal.train(network, recipe, data, seed=request["seed"], progress=False)
    parts = shoal.data.split(data, seed=request["seed"])
    return {
        "iou": model.info["test"]["iou"],
        "dice": model.info["test"]["dice"],
        "validation_iou": model.info["validation"]["iou"],
        "best_epoch": model.info["best_epoch"],
        "epochs": model.info["epochs"],
        "minutes": round(model.info["seconds"]["train"] / 60, 2),
        "weights": model.network.parameter_count(),
        "rows": {name: len(getattr(parts, name)) for name in ("train", "validation", "test")},
        "foreground": round(float(masks[parts.test].mean()), 4),
    }


if __name__ == "__main__":
    serve(answer)
