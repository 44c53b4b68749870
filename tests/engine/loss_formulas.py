"""Losses that PyTorch lacks, as their papers write them, in float64 and one example at a time."""

import itertools

import numpy as np


def softmax(outputs):
    shifted = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def regions(outputs, labels):
    """Softmax and one-hot labels of the labeled pixels of an image: both (pixels, classes)."""
    known = labels.ravel() >= 0
    flat = outputs.reshape(-1, outputs.shape[-1])[known]
    return softmax(flat), np.eye(outputs.shape[-1])[labels.ravel()[known]]


def over_pixels(formula):
    """The mean of a formula over the labeled pixels of an image."""

    def mean(outputs, labels):
        places = [tuple(at) for at in np.argwhere(labels >= 0)]
        return np.mean([formula(outputs[at], labels[at]) for at in places])

    return mean


@over_pixels
def focal(outputs, label, gamma=2.0):
    p = softmax(outputs)[label]
    return -((1 - p) ** gamma) * np.log(p)


@over_pixels
def multiclass_hinge(outputs, label, margin=1.0):
    return max(0.0, margin + np.delete(outputs, label).max() - outputs[label])


def dice(outputs, labels, smooth=1.0):
    p, q = regions(outputs, labels)
    return np.mean(1 - (2 * (p * q).sum(0) + smooth) / (p.sum(0) + q.sum(0) + smooth))


def jaccard(outputs, labels, smooth=1.0):
    p, q = regions(outputs, labels)
    both = (p * q).sum(0)
    return np.mean(1 - (both + smooth) / (p.sum(0) + q.sum(0) - both + smooth))


def tversky_indices(outputs, labels, alpha, beta, smooth):
    p, q = regions(outputs, labels)
    both, alarms, misses = (p * q).sum(0), (p * (1 - q)).sum(0), ((1 - p) * q).sum(0)
    return (both + smooth) / (both + alpha * alarms + beta * misses + smooth)


def tversky(outputs, labels, alpha=0.3, beta=0.7, smooth=1.0):
    return np.mean(1 - tversky_indices(outputs, labels, alpha, beta, smooth))


def focal_tversky(outputs, labels, gamma=4 / 3, alpha=0.3, beta=0.7, smooth=1.0):
    return np.mean((1 - tversky_indices(outputs, labels, alpha, beta, smooth)) ** (1 / gamma))


def generalized_dice(outputs, labels):
    p, q = regions(outputs, labels)
    w = 1 / np.maximum(q.sum(0), 1) ** 2
    return 1 - 2 * (w * (p * q).sum(0)).sum() / (w * (p + q).sum(0)).sum()


def lovasz(errors, region):
    """The extension of the Jaccard loss by its definition: the gain of each misprediction."""
    order = np.argsort(-errors, kind="stable")

    def delta(wrong):
        union = region.sum() + (~region[wrong]).sum()
        return 1 - (region.sum() - region[wrong].sum()) / union if union else 0.0

    gains = [delta(order[: i + 1]) - delta(order[:i]) for i in range(len(order))]
    return float(np.dot(errors[order], gains))


def lovasz_softmax(outputs, labels):
    p, q = regions(outputs, labels)
    there = [k for k in range(p.shape[1]) if q[:, k].any()]
    return np.mean([lovasz(np.abs(q[:, k] - p[:, k]), q[:, k] > 0) for k in there])


def lovasz_hinge(outputs, labels):
    known = labels.ravel() >= 0
    margin = (outputs[..., 1] - outputs[..., 0]).ravel()[known]
    region = labels.ravel()[known] == 1
    return lovasz(np.maximum(1 - np.where(region, 1, -1) * margin, 0), region)


def boundary_cross_entropy(outputs, labels, strength=10.0, sigma=3.0, reach=9):
    places = list(itertools.product(*map(range, labels.shape)))
    losses = []
    for at in places:
        if labels[at] < 0:
            continue
        others = [np.subtract(at, to) for to in places if labels[to] not in (-1, labels[at])]
        nearest = min((float(gap @ gap) for gap in others), default=np.inf)
        weight = 1 + strength * np.exp(-nearest / (2 * sigma**2)) if nearest <= reach**2 else 1.0
        losses.append(-weight * np.log(softmax(outputs[at])[labels[at]]))
    return np.mean(losses)
