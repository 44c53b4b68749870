"""Lesson 7: activations, and gradients that vanish on the way back.

Going back through a layer multiplies δ by the activation's slope:

    δ_{i-1} = (δ_i W_iᵀ) · f'(a_{i-1})

A sigmoid's slope is 1/4 at most, that of tanh 1 at most, and both are nearly 0 where
the unit is saturated. A rectifier's is 1 where it is on.

What you should see: in ten layers of sigmoids the gradient shrinks layer by layer, and
the first layer gets next to nothing; with tanh or rectifiers, it arrives. So the
sigmoids' network stays where it was for epochs on end, while the others learn.

Figures: 07_activations, 07_gradients, 07_training
"""

import jax
import numpy as np
from page import COLORS, Page, band, every, panels, progress

import shoal
from shoal import Choice, Dense, Flatten, Recipe, Sequential, inspect, relu, sigmoid, tanh

DEPTH, UNITS = 10, 32
SHOWN = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}


def slopes(page):
    """Activations and their slopes."""
    a = np.linspace(-5, 5, 401, dtype=np.float32)
    figure, ((left, right),) = panels(1, 2, width=4.2, height=3.4)
    layers = {**SHOWN, "gelu": shoal.gelu, "leaky relu": shoal.leaky_relu, "elu": shoal.elu}
    # From thick to thin: where some are the same, all can be seen.
    widths = np.linspace(5, 1, len(layers))
    for (name, layer), color, width in zip(layers.items(), COLORS, widths, strict=False):
        style = {"color": color, "linewidth": width}
        left.plot(a, layer.function(a), label=name, **style)
        right.plot(a, jax.vmap(jax.grad(layer.function))(a), **style)
    left.set(xlabel="a", title="f(a)", ylim=(-1.5, 3))
    right.set(xlabel="a", title="f'(a)")
    left.legend(frameon=False, fontsize=8)
    page.save(figure, "07_activations")


def deep(activation):
    """Ten hidden layers; the same activation after each."""
    hidden = [
        part for _ in range(DEPTH) for part in (Dense(UNITS, initialization="he"), activation)
    ]
    return Sequential(Flatten(), *hidden, Dense(10))


def main():
    """The lesson, from the top."""
    page = Page.open(__doc__)
    slopes(page)
    digits = every(shoal.data.load("digits"), page.pick(1, 4))

    # Before any training: a batch of digits, and the norm of ∂E/∂W of each layer.
    x, y = (digits.x[:200] - 4.9).astype(np.float32) / 6, digits.y[:200]
    norms = {
        name: inspect.gradient_norms(deep(layer), x, y, loss=shoal.losses.CrossEntropy())
        for name, layer in SHOWN.items()
    }
    for name, found in norms.items():
        print(f"{name}: ‖∂E/∂W‖ of the first layer is {found.decay:.1e} of the last one's")
    first, *others = norms
    page.save(norms[first].figure({o: norms[o] for o in others}, label=first), "07_gradients")

    # One choice that stands at ten places is one hyperparameter, and a program for each.
    recipe = Recipe(
        optimizer=shoal.optimizers.Adam(learning_rate=1e-3), epochs=page.pick(30, 2), batch_size=32
    )
    found = shoal.compare(
        deep(Choice(*SHOWN.values(), name="activation")), recipe, digits,
        {name: {"activation": name} for name in page.pick(tuple(SHOWN), ("sigmoid", "relu"))},
        seeds=page.pick(5, 1), callbacks=progress(),
    )  # fmt: skip
    figure, ((left, right),) = panels(1, 2, width=4.4, height=3.6)
    for name, color in zip(found.names, COLORS, strict=False):
        band(left, found.curve(name, "train_loss"), color, name)
        band(right, found.curve(name, "accuracy"), color, name)
        print(f"{name}: validation accuracy {found.interval(name, 'accuracy')}")
    left.set(xlabel="epoch", title="Training loss")
    right.set(xlabel="epoch", title="Validation accuracy", ylim=(0, 1))
    left.legend(frameon=False)
    page.save(figure, "07_training")


if __name__ == "__main__":
    main()
