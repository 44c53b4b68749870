"""Lesson 2: exclusive or, and what a hidden layer is for.

No line separates (0,0), (1,1) from (0,1), (1,0). Two layers do:

    h = tanh(x W1 + b1),    o = h W2 + b2,    p = 1 / (1 + exp(-o))

The hidden layer bends the plane until one line is enough for the layer above it.

What you should see: one hidden unit never does it, for one unit is one line. Two are
enough in principle, yet from many initial weights they get stuck; more units
leave fewer ways to fail. How often each succeeds is measured over many seeds, all of
them lanes of one program.

Figures: 02_share_solved, 02_solved, 02_stuck, 02_hidden_plane
"""

import numpy as np
from page import COLORS, Page, panels, progress

import shoal
from shoal import Dense, Int, Recipe, Sequential, tanh
from shoal.data import Dataset

WIDTHS = (1, 2, 3, 4, 8)


def clouds(count):
    """Small clouds around the four corners."""
    rng = np.random.default_rng(0)
    corner = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (count // 4, 1))
    x = corner + rng.normal(scale=0.08, size=corner.shape)
    return Dataset.from_arrays(x, corner[:, 0] ^ corner[:, 1], name="exclusive or")


def wilson(hits, count, z=1.96):
    """The interval of 95 % of a share (Wilson, 1927)."""
    p, n = hits / count, count
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def hidden_plane(axes, model, data):
    """The data as the last layer sees them: (h1, h2), and its line h · w + b = 0."""
    x = model.preprocessing.transform(data)
    first, last = model.params["dense_1"], model.params["dense_2"]
    h = np.tanh(x @ first["weight"] + first["bias"])
    for kind, name in enumerate(data.classes):
        axes.scatter(*h[data.y == kind].T, color=COLORS[kind], s=16, label=name)
    (w1, w2), b = last["weight"][:, 0], last["bias"][0]
    ends = np.array([-1.1, 1.1])
    axes.plot(ends, -(w1 * ends + b) / w2, color="black", linewidth=1)
    axes.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), xlabel="h1", ylabel="h2")
    axes.set_title("What the hidden layer makes of it")
    axes.legend(frameon=False, title="class", loc="center")


def main():
    """The lesson, from the top."""
    page = Page.open(__doc__)
    data, seeds = clouds(40), page.pick(256, 16)
    family = Sequential(Dense(Int(1, 8)), tanh, Dense(1))
    recipe = Recipe(
        loss=shoal.losses.CrossEntropy(),
        optimizer=shoal.optimizers.Adam(learning_rate=0.05),
        batch_size=24,
        epochs=page.pick(200, 80),
    )
    found = shoal.compare(
        family, recipe, data, {f"{n}": {"dense_1.units": n} for n in WIDTHS},
        seeds=seeds, lanes=page.pick(128, 16), callbacks=progress(),
    )  # fmt: skip
    print(f"{len(WIDTHS)} widths × {seeds} seeds in {found.programs} program")

    solved = {name: found.curve(name, "accuracy")[:, -1] == 1.0 for name in found.names}
    figure, ((axes,),) = panels(1, 1, width=5.5, height=3.4)
    for place, (name, by_seed) in enumerate(solved.items()):
        share, (low, high) = by_seed.mean(), wilson(by_seed.sum(), seeds)
        print(f"{name} hidden units: {share:.0%} of the seeds ({low:.0%} to {high:.0%})")
        axes.bar(place, share, color=COLORS[0], width=0.6)
        axes.plot([place, place], [low, high], color="black", linewidth=1.2)
    axes.set_xticks(range(len(WIDTHS)), WIDTHS)
    axes.set(xlabel="hidden units", ylabel="share of the seeds", ylim=(0, 1.02))
    axes.set_title(f"Exclusive or solved, of {seeds} seeds")
    page.save(figure, "02_share_solved")

    for what, wanted in {"solved": True, "stuck": False}.items():
        of_them = np.flatnonzero(solved["2"] == wanted)
        if len(of_them):
            model = found.models["2"][of_them[0]]
            figure = shoal.inspect.decision_boundary(model, data).figure()
            figure.axes[0].set_title(f"Two hidden units: {what}")
            page.save(figure, f"02_{what}")
    figure, ((axes,),) = panels(1, 1, width=4.4, height=4)
    best = int(np.flatnonzero(solved["2"])[0]) if solved["2"].any() else 0
    hidden_plane(axes, found.models["2"][best], data)
    page.save(figure, "02_hidden_plane")


if __name__ == "__main__":
    main()
