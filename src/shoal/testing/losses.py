"""What holds of every loss: one finite number an example, its gradient, lanes, JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from shoal.losses import Loss
from shoal.space import Role, Space, is_range
from shoal.space.tree import parts_of
from shoal.testing.conformance import check_documented, check_slopes, read_back, require

EXAMPLES = 4
SIZES = (1.0, 1e4)
"""Of outputs: as they usually are, and as those of a network that is about to diverge."""


def check_loss(
    loss: Loss,
    outputs: Any = None,
    targets: Any = None,
    *,
    classes: int = 2,
    smooth: bool = True,
) -> None:
    """Check a loss: a finite number for each example, its gradient, its lanes and its JSON.

    Args:
        loss: which loss; numbers in it may be ranges.
        outputs: of a network, of shape (batch, …); left out, drawn for the loss's tasks.
        targets: what they are to be, for the same examples.
        classes: number of classes or labels, where outputs are drawn.
        smooth: whether it has a gradient everywhere near the outputs.

    Raises:
        ConformanceError: the loss breaks a rule of `shoal.losses.Loss`.
    """
    check_documented(loss)
    again = read_back(loss)
    bound, other = (_bound(one) for one in (loss, again))
    given = [(outputs, targets)] if outputs is not None else _problems(bound, classes)
    for o, t in given:
        o, t = np.asarray(o, np.float32), np.asarray(t)
        first, _ = _check_values(bound, o, t)
        same = np.array_equal(_evaluated(other, o, t)[0], first)
        require(same, "the loss that comes back from JSON computes something else", loss,
                hint="All that it depends on is a field of the dataclass.")  # fmt: skip
        _check_alone(bound, o, t, first)
        _check_counted(bound, o, t)
        if smooth:
            _check_gradient(bound, o, t)
        _check_lanes(bound, o, t)


def _bound(loss: Loss) -> Loss:
    space = Space(loss)
    bound: Loss = space.bind(loss, space.default_point())
    return bound


def _problems(loss: Loss, classes: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Outputs and targets of each task that the loss is for; some labels are not known."""
    rng = np.random.default_rng(5)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for task in loss.tasks:
        if task == "segmentation":
            labels = rng.integers(-1, classes, (EXAMPLES, 5, 6))
            labels[-1] = -1
            found.append((rng.normal(size=(EXAMPLES, 5, 6, classes)), labels.astype(np.int32)))
        elif task == "classification":
            order = np.arange(EXAMPLES, dtype=np.int32) % classes
            found.append((rng.normal(size=(EXAMPLES, classes)), order))
        elif task == "multi-label":
            labels = rng.integers(-1, 2, (EXAMPLES, classes)).astype(np.int32)
            labels[-1] = -1
            found.append((rng.normal(size=(EXAMPLES, classes)), labels))
        else:
            values = rng.gamma(2.0, size=(EXAMPLES, classes)).astype(np.float32)
            found.append((rng.normal(size=(EXAMPLES, classes)), values))
    return found


def _evaluated(loss: Loss, outputs: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
    """Losses, and the gradient of their sum."""

    def total(o: Any, t: Any) -> Any:
        found = loss.per_example(o, t)
        return found.sum(), found

    o, t = jnp.asarray(outputs), jnp.asarray(targets)
    gradient, found = jax.jit(jax.grad(total, has_aux=True))(o, t)
    return np.asarray(found), np.asarray(gradient)


def _check_values(
    loss: Loss, outputs: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    shape = jax.eval_shape(loss.per_example, jnp.asarray(outputs), jnp.asarray(targets)).shape
    require(shape == outputs.shape[:1], "the loss is not one number for each example", loss,
            expected=f"shape {outputs.shape[:1]}", received=f"shape {shape}")  # fmt: skip
    first = None
    for size in SIZES:
        for sign in (1.0, -1.0):
            found, gradient = _evaluated(loss, np.float32(size * sign) * outputs, targets)
            near = "" if size == 1.0 else f" where outputs are about {size:g}"
            require(np.isfinite(found).all(), f"the loss is not finite{near}", loss,
                    received=found.tolist())  # fmt: skip
            require(np.isfinite(gradient).all(), f"the gradient is not finite{near}", loss)
            first = (found, gradient) if first is None else first
    assert first is not None
    return first


def _check_alone(loss: Loss, outputs: np.ndarray, targets: np.ndarray, found: np.ndarray) -> None:
    """An example's loss is its own, whatever stands beside it in the batch."""
    changed = outputs.copy()
    changed[1:] = 3.0 - 2.0 * changed[1:]
    one, _ = _evaluated(loss, changed, targets)
    require(one[0] == found[0], "the loss of an example depends on the others of its batch", loss,
            expected=f"{found[0]:.6g}", received=f"{one[0]:.6g} beside others",
            hint="Training takes the mean over the batch by itself.")  # fmt: skip


def _check_counted(loss: Loss, outputs: np.ndarray, targets: np.ndarray) -> None:
    counted = np.asarray(loss.counted(jnp.asarray(outputs), jnp.asarray(targets)))
    fits = counted.shape == outputs.shape[:1] and np.isin(counted, (0, 1)).all()
    require(fits, "counted is 1 or 0 for each example", loss, received=counted.tolist())


def _check_gradient(loss: Loss, outputs: np.ndarray, targets: np.ndarray) -> None:
    with jax.enable_x64(True):
        o = jnp.asarray(outputs, jnp.float64)
        t = jnp.asarray(targets, jnp.float64 if targets.dtype.kind == "f" else targets.dtype)

        @jax.jit
        def total(o: Any) -> Any:
            return loss.per_example(o, t).sum()

        gradient = np.asarray(jax.jit(jax.grad(total))(o))
        check_slopes(lambda a: float(total(jnp.asarray(a))), gradient, np.asarray(o), loss,
                     "the outputs")  # fmt: skip


def _check_lanes(loss: Loss, outputs: np.ndarray, targets: np.ndarray) -> None:
    """A number that the program takes as an input counts as the number itself does."""
    o, t = jnp.asarray(outputs), jnp.asarray(targets)
    for name, value, role in parts_of(loss):
        if role != Role.TRACED or is_range(value) or not isinstance(value, float):
            continue

        def one(number: Any, name: str = name) -> Any:
            return dataclasses.replace(loss, **{name: number}).per_example(o, t)

        lanes = jnp.asarray([value, value], jnp.float32)
        together = np.asarray(jax.jit(jax.vmap(one))(lanes))
        alone = np.asarray(one(value))
        close = np.allclose(together, alone[None], rtol=1e-5, atol=1e-6)
        require(close, f"in lanes with a {name} of their own, the loss is another", loss)
