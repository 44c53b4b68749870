"""Lesson 5: error functions say what a mistake costs.

For classes, with y = ±1 and the network's score a, all that counts is the margin y a:

    perceptron max(0, -y a)    hinge max(0, 1 - y a)    cross entropy log(1 + exp(-y a))

For numbers, with the residual r = o - t:

    squared r²    absolute |r|    Huber r²/2 near zero, then δ |r| - δ²/2

Their slopes are what training feels. Squared error pulls at an outlier twice as hard
for twice the distance; the absolute error pulls at all alike. And on a sigmoid output,
squared error lets go where the network is sure and wrong, since σ' is a factor of its
slope; in cross entropy σ' cancels.

What you should see: fitted to data with outliers, the squared error's curve is drawn
away from the true one, the others hardly are.

Figures: 05_margins, 05_residuals, 05_saturation, 05_outliers
"""

import jax
import jax.numpy as jnp
import numpy as np
from page import COLORS, SOFT, Page, panels, progress

import shoal
from shoal import Choice, Dense, Recipe, Sequential, losses, tanh
from shoal.data import Dataset

TRUTH, SPAN = np.sin, 3.0


def margins(page):
    """What one example of the class y = +1 costs, by its score."""
    a = np.linspace(-3, 3, 241, dtype=np.float32)
    yes = jnp.ones(len(a), jnp.int32)
    shown = (losses.Perceptron(), losses.Hinge(), losses.SquaredHinge(), losses.CrossEntropy())
    figure, ((axes,),) = panels(1, 1, width=5.8, height=3.8)
    axes.plot(a, a < 0, color=SOFT, linestyle="--", label="mistakes counted")
    for loss, color in zip(shown, COLORS, strict=False):
        label = loss.kind.replace("_", " ")
        axes.plot(a, loss.per_example(a[:, None], yes), color=color, label=label)
    axes.set(xlabel="margin y a", ylabel="E", ylim=(0, 5), title="Errors of a class")
    axes.legend(frameon=False)
    page.save(figure, "05_margins")


def residuals(page):
    """What a number costs, by how far it is off, and how hard the loss pulls there."""
    r = np.linspace(-3, 3, 241, dtype=np.float32)
    figure, ((left, right),) = panels(1, 2, width=4.4, height=3.6)
    shown = (losses.SquaredError(), losses.AbsoluteError(), losses.Huber(delta=1.0))
    for loss, color in zip(shown, COLORS, strict=False):

        def cost(r, loss=loss):
            return loss.per_example(r[None, None], jnp.zeros((1, 1)))[0]

        left.plot(r, jax.vmap(cost)(r), color=color, label=loss.kind.replace("_", " "))
        right.plot(r, jax.vmap(jax.grad(cost))(r), color=color)
    left.set(xlabel="residual r", ylabel="E", title="Errors of a number", ylim=(0, 5))
    right.set(xlabel="residual r", ylabel="∂E/∂r", title="Their slopes")
    left.legend(frameon=False)
    page.save(figure, "05_residuals")


def saturation(page):
    """The slope at a sigmoid's input where the answer is yes: y = 1."""
    a = np.linspace(-8, 4, 241, dtype=np.float32)

    def squared(a):
        return (jax.nn.sigmoid(a) - 1.0) ** 2

    def cross_entropy(a):
        return losses.CrossEntropy().per_example(a[None, None], jnp.ones(1, jnp.int32))[0]

    figure, ((axes,),) = panels(1, 1, width=5.8, height=3.4)
    for error, color in zip((squared, cross_entropy), COLORS, strict=False):
        pull = -jax.vmap(jax.grad(error))(a)
        axes.plot(a, pull, color=color, label=error.__name__.replace("_", " "))
    axes.annotate("sure and wrong,\nyet no pull", (-6.5, 0.02), (-7.5, 0.35), color=COLORS[0],
                  arrowprops={"arrowstyle": "->", "color": COLORS[0]})  # fmt: skip
    axes.set(xlabel="a, before the sigmoid", ylabel="-∂E/∂a", title="How hard y = 1 pulls at a")
    axes.legend(frameon=False)
    page.save(figure, "05_saturation")


def outliers(page):
    """A curve with one point in eight thrown far off, fitted with three losses."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-SPAN, SPAN, size=page.pick(400, 120))
    y = TRUTH(x) + rng.normal(scale=0.1, size=len(x))
    thrown = rng.random(len(x)) < 0.125
    y[thrown] += rng.uniform(3, 6, size=thrown.sum())
    data = Dataset.from_arrays(x[:, None], y, task="regression", name="outliers")
    # A choice among losses is a program for each; the seeds are its lanes.
    recipe = Recipe(
        loss=Choice(losses.SquaredError(), losses.AbsoluteError(), losses.Huber(delta=0.1)),
        optimizer=shoal.optimizers.Adam(learning_rate=0.02),
        batch_size=32,
        epochs=page.pick(150, 30),
    )
    kinds = ("squared_error", "absolute_error", "huber")
    found = shoal.compare(
        Sequential(Dense(16), tanh, Dense(1)), recipe, data, {k: {"loss": k} for k in kinds},
        seeds=page.pick(8, 2), objective="mae", callbacks=progress(),
    )  # fmt: skip
    line = np.linspace(-SPAN, SPAN, 200)
    figure, ((axes,),) = panels(1, 1, width=6.5, height=4)
    axes.scatter(x, y, s=6, color=SOFT, alpha=0.6, label="data")
    axes.plot(line, TRUTH(line), color="black", linestyle="--", label="truth")
    for kind, color in zip(kinds, COLORS, strict=False):
        said = np.array([model.predict(line[:, None]) for model in found.models[kind]])
        off = np.sqrt(np.mean((said - TRUTH(line)) ** 2, axis=1))
        print(f"{kind}: {off.mean():.3f} from the truth (seeds: {off.min():.3f}–{off.max():.3f})")
        axes.plot(line, said.mean(axis=0), color=color, label=kind.replace("_", " "))
    axes.set(xlabel="x", ylabel="y", ylim=(-1.5, 9.5), title="One point in eight is thrown off")
    axes.legend(frameon=False, loc="upper left", ncols=2)
    page.save(figure, "05_outliers")


def main():
    """The lesson, from the top."""
    page = Page.open(__doc__)
    margins(page)
    residuals(page)
    saturation(page)
    outliers(page)


if __name__ == "__main__":
    main()
