"""Lesson 6: convolutions look for the same thing everywhere.

One small filter W slides over the whole picture, and what it finds is a map:

    h_{y,x} = b + Σ_{i,j} x_{y+i, x+j} W_{i,j}

Few weights, used at every place. A maximum over neighboring places then forgets where
exactly something was found.

What you should see: a filter with numbers put in by hand finds edges. Filters that were
learned find strokes of digits. And of two networks that read centered digits about
equally well, the one with convolutions bears digits that are moved by some pixels
much better than the one without, though neither ever saw one.

Figures: 06_edges, 06_filters, 06_feature_maps, 06_moved_digits
"""

import numpy as np
from page import COLORS, Page, every, panels, progress

import shoal
from shoal import Conv, Dense, Flatten, MaxPool, Recipe, Sequential, relu
from shoal.nn.forward import forward

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)


def edges(page, image):
    """Sobel's filters as the weights of a Conv layer: changes to the right, and downwards."""
    network = Sequential(Conv(2, kernel_size=3), input_shape=(28, 28, 1))
    weight = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, None, :]
    params = {"conv_1": {"weight": weight, "bias": np.zeros(2, np.float32)}}
    maps = np.asarray(forward(network, params, image[None]))[0]
    figure, (row,) = panels(1, 4, width=2.1, height=2.3)
    right, down = maps[..., 0], maps[..., 1]
    shown = {"picture": image[..., 0], "to the right": right, "downwards": down,
             "strength": np.hypot(right, down)}  # fmt: skip
    for axes, (title, values) in zip(row, shown.items(), strict=True):
        signed = values.min() < 0
        limit = np.abs(values).max()
        axes.imshow(
            values, cmap="RdBu_r" if signed else "gray_r", vmin=-limit if signed else 0, vmax=limit
        )
        axes.set_title(title, fontsize=10)
        axes.set_axis_off()
    page.save(figure, "06_edges")


def moved(images, by):
    """The pictures, moved to the right by some pixels."""
    return np.pad(images, [(0, 0), (0, 0), (by, 0), (0, 0)])[:, :, : images.shape[2]]


def main():
    """The lesson, from the top."""
    page = Page.open(__doc__)
    digits = every(shoal.data.load("mnist-5k"), page.pick(1, 8))
    edges(page, digits.x[len(digits) // 3].astype(np.float32))

    networks = {
        "convolutions": Sequential(
            Conv(8, kernel_size=5), relu, MaxPool(2), Conv(16, kernel_size=5), relu, MaxPool(4),
            Flatten(), Dense(10),
        ),
        "dense layers": Sequential(Flatten(), Dense(64), relu, Dense(10)),
    }  # fmt: skip
    recipe = Recipe(
        optimizer=shoal.optimizers.Adam(learning_rate=2e-3), epochs=page.pick(10, 1), batch_size=64
    )
    rows, steps = shoal.data.split(digits, seed=0).test, range(6)
    figure, ((axes,),) = panels(1, 1, width=5.5, height=3.6)
    for (name, network), color in zip(networks.items(), COLORS, strict=False):
        found = shoal.compare(
            network, recipe, digits, {name: {}}, seeds=page.pick(3, 1), callbacks=progress()
        )
        right = np.array([
            [(model.predict(moved(digits.x[rows], by)) == digits.y[rows]).mean() for by in steps]
            for model in found.models[name]
        ])  # fmt: skip
        weights = found.models[name][0].network.parameter_count()
        axes.plot(
            steps, right.mean(axis=0), "o-", color=color, label=f"{name}, {weights:,} weights"
        )
        axes.fill_between(steps, right.min(axis=0), right.max(axis=0), color=color, alpha=0.15)
        told = ", ".join(f"{share:.1%}" for share in right.mean(axis=0))
        print(f"{name} ({weights:,} weights), moved by 0 to 5 pixels: {told}")
        if name == "convolutions":
            model = found.models[name][0]
            page.save(shoal.inspect.filters(model).figure(), "06_filters")
            page.save(shoal.inspect.feature_maps(model, digits.x[rows]).figure(), "06_feature_maps")
    axes.set(xlabel="pixels to the right", ylabel="test accuracy", ylim=(0, 1))
    axes.set_title("Digits that are not where they were in training")
    axes.legend(frameon=False, loc="lower left")
    page.save(figure, "06_moved_digits")


if __name__ == "__main__":
    main()
