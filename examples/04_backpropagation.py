"""Lesson 4: backpropagation, by hand.

Layer i computes a_i = h_{i-1} W_i + b_i and h_i = f(a_i); h_0 = x is the input. Call
δ_i = ∂E/∂a_i. For the squared error E, the mean of (h_n - t)² over all its terms:

    δ_n     = 2 (h_n - t) / (number of terms) · f'(a_n)
    δ_{i-1} = (δ_i W_iᵀ) · f'(a_{i-1})
    ∂E/∂W_i = h_{i-1}ᵀ δ_i,    ∂E/∂b_i = the sum of δ_i over the examples

One way forward, one way back, and every derivative is known.

What you should see: the recursion gives what shoal trains with, to the last digits of a
float32. Differences of E over a step s come near it, but never as near: large steps
leave the tangent, tiny ones drown in rounding. And descending along it, E falls, unless
the learning rate is too small to get anywhere, or so large that the first steps throw the
weights to where every sigmoid is flat: σ' is next to 0 there, so is the gradient, and E
stays where it is. A rate that is large and not too large makes E rise first, since a step
oversteps the valley, and then fall fastest of all.

Figures: 04_differences, 04_deltas, 04_descent
"""

import numpy as np
from page import COLORS, Page, panels

import shoal
from shoal import Dense, Sequential, inspect, sigmoid
from shoal.nn import initialize

NAMES = ("dense_1", "dense_2", "dense_3")


def sigma(a):
    """The logistic function."""
    return 1 / (1 + np.exp(-a))


def forward(params, x):
    """h_0, h_1, …: the input and what each layer makes of the one before."""
    h = [x]
    for name in NAMES:
        h.append(sigma(h[-1] @ params[name]["weight"] + params[name]["bias"]))
    return h


def error(params, x, t):
    """E of the whole batch."""
    return np.mean((forward(params, x)[-1] - t) ** 2)


def backward(params, x, t):
    """The recursion: ∂E/∂W and ∂E/∂b of every layer, the last one first."""
    h = forward(params, x)
    delta = 2 * (h[-1] - t) / t.size * h[-1] * (1 - h[-1])  # σ' = σ (1 - σ)
    gradients = {}
    for i in reversed(range(len(NAMES))):
        gradients[NAMES[i]] = {"weight": h[i].T @ delta, "bias": delta.sum(axis=0)}
        delta = (delta @ params[NAMES[i]]["weight"].T) * h[i] * (1 - h[i])
    return gradients


def by_difference(params, x, t, step):
    """∂E/∂W1 by asking twice: (E(w + s) - E(w - s)) / 2s for one weight after another."""
    weight = params["dense_1"]["weight"]
    found = np.zeros_like(weight)
    for place in np.ndindex(weight.shape):
        known = weight[place]
        weight[place] = known + step
        above = error(params, x, t)
        weight[place] = known - step
        found[place] = (above - error(params, x, t)) / (2 * step)
        weight[place] = known
    return found


def descend(params, x, t, rate, steps):
    """E after each step of w ← w - η ∂E/∂w."""
    params = {name: dict(own) for name, own in params.items()}
    errors = [error(params, x, t)]
    for _ in range(steps):
        for name, own in backward(params, x, t).items():
            for key, gradient in own.items():
                params[name][key] = params[name][key] - rate * gradient
        errors.append(error(params, x, t))
    return errors


def main():
    """The lesson, from the top."""
    page = Page.open(__doc__)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 2))
    t = (x[:, :1] * x[:, 1:] > 0).astype(float)  # exclusive or, once more
    network = Sequential(Dense(4), sigmoid, Dense(4), sigmoid, Dense(1), sigmoid, input_shape=(2,))
    drawn = initialize(network, 0)
    params = {name: {k: v.astype(float) for k, v in own.items()} for name, own in drawn.items()}

    by_hand = backward(params, x, t)
    looked = inspect.deltas(
        network, x.astype(np.float32), t.astype(np.float32), params=drawn,
        loss=shoal.losses.SquaredError(),
    )  # fmt: skip
    for name in NAMES:
        exact, used = by_hand[name]["weight"], looked.gradients[name]["weight"]
        apart = np.abs(exact - used).max() / np.abs(exact).max()
        print(f"∂E/∂W of {name}: by hand and in shoal {apart:.0e} apart")
    page.save(looked.figure(), "04_deltas")

    steps, exact = np.logspace(-12, 0, page.pick(49, 13)), by_hand["dense_1"]["weight"]
    errors = [np.abs(by_difference(params, x, t, s) - exact).max() / np.abs(exact).max()
              for s in steps]  # fmt: skip
    figure, ((axes,),) = panels(1, 1, width=5.5, height=3.6)
    axes.loglog(steps, errors, "o-", color=COLORS[0], markersize=3)
    axes.set(xlabel="step s", ylabel="relative error of ∂E/∂W1", title="Differences of E")
    page.save(figure, "04_differences")
    print(f"the best step is {steps[np.argmin(errors)]:.0e}, still {min(errors):.0e} off")

    figure, ((axes,),) = panels(1, 1, width=5.5, height=3.6)
    steps = page.pick(3000, 300)
    for rate, color in zip((0.1, 3.0, 10.0, 100.0), COLORS, strict=False):
        axes.plot(np.arange(1, steps + 2), descend(params, x, t, rate, steps), color=color,
                  label=f"η = {rate:g}", linewidth=1.2)  # fmt: skip
    axes.set_xscale("log")  # the first steps are what differs
    axes.set(xlabel="step, from 1", ylabel="E", title="Gradient descent", ylim=(0, None))
    axes.legend(frameon=False)
    page.save(figure, "04_descent")


if __name__ == "__main__":
    main()
