"""Lesson 1: the perceptron.

A perceptron fires where a weighted sum of its inputs is not negative:

    o = H(a),    a = w · x + b,    H(a) = 1 if a ≥ 0 else 0

Rosenblatt's rule looks at one example after another, with y = +1 for one class and
y = -1 for the other, and learns from its mistakes alone:

    if y a ≤ 0:    w ← w + η y x,    b ← b + η y

What you should see: where a line separates the classes, the mistakes come to an end,
after (R/γ)² of them at most (Novikoff), R being the longest (x, 1) and γ the margin.
Where none does, as with exclusive or, they never end.

Figures: 01_mistakes, 01_separable, 01_exclusive_or
"""

import numpy as np
from page import COLORS, Page, panels

import shoal
from shoal import Dense, Recipe, Sequential, heaviside
from shoal.data import Dataset


def separable(rng, count):
    """Points on both sides of the line x1 + 2 x2 = 0.3, none nearer to it than 0.1."""
    x = rng.uniform(-1, 1, size=(4 * count, 2))
    side = (x @ [1.0, 2.0] - 0.3) / np.sqrt(5)
    x, side = x[np.abs(side) > 0.1][:count], side[np.abs(side) > 0.1][:count]
    return x, (side > 0).astype(int)


def exclusive_or(rng, count):
    """Four clouds; those at opposite corners are of one class."""
    corner = rng.integers(0, 2, size=(count, 2))
    return corner + rng.normal(scale=0.12, size=(count, 2)), corner[:, 0] ^ corner[:, 1]


def by_hand(x, y, epochs):
    """Rosenblatt's rule in five lines: the weights (w, b), and the mistakes of each epoch."""
    x, sign = np.column_stack([x, np.ones(len(x))]), 2 * y - 1
    w, mistakes = np.zeros(3), np.zeros(epochs, int)
    for epoch in range(epochs):
        for xi, yi in zip(x, sign, strict=True):
            if yi * (w @ xi) <= 0:
                w = w + yi * xi
                mistakes[epoch] += 1
    return w, mistakes


def bound(x, y):
    """Novikoff's (R/γ)², with the margin of the line that made the data."""
    x, sign = np.column_stack([x, np.ones(len(x))]), 2 * y - 1
    line = np.array([1.0, 2.0, -0.3]) / np.linalg.norm([1.0, 2.0, -0.3])
    return (np.linalg.norm(x, axis=1).max() / (sign * (x @ line)).min()) ** 2


def main():
    """The lesson, from the top."""
    page = Page.open(__doc__)
    rng = np.random.default_rng(0)
    epochs, count = page.pick(30, 10), page.pick(200, 80)
    problems = {"separable": separable(rng, count), "exclusive_or": exclusive_or(rng, count)}

    # By hand.
    figure, ((axes,),) = panels(1, 1, width=6, height=3.4)
    for shift, (name, (x, y)), color in zip((-0.2, 0.2), problems.items(), COLORS, strict=False):
        _, mistakes = by_hand(x, y, epochs)
        axes.bar(np.arange(1, epochs + 1) + shift, mistakes, 0.4, color=color,
                 label=name.replace("_", " "))  # fmt: skip
        print(f"{name}: {mistakes.sum()} mistakes, {mistakes[-1]} in the last epoch")
    print(f"Novikoff allows {bound(*problems['separable']):.0f} on the separable data")
    axes.set(xlabel="epoch", ylabel="mistakes", title="Rosenblatt's rule, by hand")
    axes.set_ylim(0, 1.25 * axes.get_ylim()[1])  # room for the legend
    axes.legend(frameon=False, ncols=2, loc="upper right")
    page.save(figure, "01_mistakes")

    # As a network like any other. The rule is gradient descent, an example a step, on
    # E = max(0, -y a): ∂E/∂w is -y x after a mistake, else 0.
    network = Sequential(Dense(1, initialization="zeros"), heaviside)
    recipe = Recipe(
        loss=shoal.losses.Perceptron(),
        optimizer=shoal.optimizers.SGD(learning_rate=1.0),
        batch_size=1,
        epochs=epochs,
    )
    for name, (x, y) in problems.items():
        data = Dataset.from_arrays(x, y, name=name)
        model = shoal.train(network, recipe, data)
        accuracy = model.evaluate(data)["accuracy"]
        print(f"{name}: accuracy {accuracy:.1%}")
        figure = shoal.inspect.decision_boundary(model, data).figure()
        figure.axes[0].set_title(f"{name.replace('_', ' ')}: {accuracy:.1%} right")
        page.save(figure, f"01_{name}")


if __name__ == "__main__":
    main()
