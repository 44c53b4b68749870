"""Random families of networks, for every test that asks for one."""

from __future__ import annotations

from hypothesis import strategies as st

from shoal import (
    Add,
    AvgPool,
    BatchEnsemble,
    BatchNorm,
    ChannelDropout,
    Choice,
    Concat,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    Dropout,
    Elu,
    FeatureScale,
    Flatten,
    Float,
    GaussianNoise,
    Input,
    Int,
    LayerNorm,
    LeakyRelu,
    MaxPool,
    MemberDense,
    MemberMean,
    Members,
    Network,
    Pad,
    Parametric,
    PBLDEmbedding,
    PeriodicEmbedding,
    Repeat,
    Sequential,
    UpSample,
    elu,
    gelu,
    hard_sigmoid,
    identity,
    log_softmax,
    mish,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    tanh,
)

ACTIVATIONS = (
    relu, tanh, sigmoid, identity, softmax, elu, gelu, hard_sigmoid, log_softmax, selu, silu,
    mish, softplus, softsign, LeakyRelu(Float(0.0, 0.5)), LeakyRelu(0.2), Elu(Choice(0.5, 1.0)),
)  # fmt: skip
activations = st.sampled_from(ACTIVATIONS)


@st.composite
def numbers(draw, low=1, high=6):
    """A width: a number, a range or a choice."""
    first, more = draw(st.integers(low, high - 1)), draw(st.integers(1, high - low))
    return draw(st.sampled_from([first, Int(first, first + more), Choice(first, first + more)]))


rates = st.sampled_from([0.0, 0.5, Float(0.0, 0.5), Choice(0.1, 0.3)])


biases = st.sampled_from([True, True, False, Choice(True, False)])
shares = st.sampled_from([0.1, Float(0.05, 0.5), Choice(0.1, 0.2)])
epsilons = st.sampled_from([1e-5, Float(1e-6, 1e-3, log=True)])
norms = st.one_of(
    st.builds(BatchNorm, shares), st.builds(LayerNorm, epsilons), st.builds(FeatureScale)
)
parametric = st.builds(
    Parametric, st.sampled_from([*ACTIVATIONS, Choice(relu, tanh)]), st.sampled_from([0.75, 1.0])
)


@st.composite
def map_layers(draw):
    """A layer that takes maps of any size and leaves them maps."""
    return draw(
        st.one_of(
            st.builds(
                Conv,
                numbers(),
                kernel_size=st.sampled_from([1, 3, (2, 3), Int(1, 3), Choice(1, (3, 1))]),
                stride=st.sampled_from([1, 2, (1, 2)]),
                padding=st.sampled_from(["same", 1, Choice("same", 2)]),
                initialization=st.sampled_from(["he", Choice("he", "lecun")]),
                bias=biases,
            ),
            st.builds(
                DepthwiseConv,
                numbers(high=3),
                kernel_size=st.sampled_from([1, (2, 3), Choice(2, 3)]),
                dilation=st.sampled_from([1, (2, 1), Int(1, 2)]),
                bias=biases,
            ),
            st.builds(
                ConvTranspose,
                numbers(),
                stride=st.sampled_from([1, (1, 2), Int(1, 2)]),
                bias=biases,
            ),
            st.builds(MaxPool, st.sampled_from([2, (2, 3)]), padding=st.just("same")),
            st.builds(AvgPool, st.sampled_from([2, (3, 1)]), padding=st.just("same")),
            st.builds(UpSample, st.just((2, 1)), st.sampled_from(["nearest", "bilinear"])),
            st.builds(
                Pad, st.sampled_from([0, ((0, 1), 2), Int(0, 1)]), st.sampled_from(["zero", "edge"])
            ),
            st.builds(Dropout, rates),
            st.builds(ChannelDropout, rates),
            st.builds(GaussianNoise, rates),
            norms,
            activations,
            parametric,
            st.lists(activations, min_size=2, max_size=3).map(lambda a: Choice(*a)),
        )
    )


blocks = st.builds(lambda n, norm, a: Sequential(Dense(n), norm, a), numbers(), norms, activations)
depths = st.sampled_from([2, Int(0, 2), Choice(1, 3)])

waves = st.sampled_from([2, Choice(1, 3)])
embeddings = st.one_of(
    st.builds(PeriodicEmbedding, waves, numbers(high=3), numeric=st.sampled_from([None, 1])),
    st.builds(PBLDEmbedding, waves, numbers(low=2, high=4), numeric=st.sampled_from([None, 1])),
)


@st.composite
def ensembles(draw):
    """Members that share their weights by scales or wholly, from flat features to their mean."""
    inner = st.one_of(
        st.builds(BatchEnsemble, numbers(), scale_in=st.booleans(), bias=biases),
        st.builds(Dense, numbers(), bias=biases),
        st.builds(MemberDense, numbers(high=3), bias=biases),
        st.builds(Dropout, rates),
        st.builds(GaussianNoise, rates),
        norms,
        activations,
    )
    start = draw(st.sampled_from(["random_signs", Choice("random_signs", "normal")]))
    layers = draw(st.lists(inner, max_size=4))
    return Sequential(Members(draw(numbers(high=4)), start), *layers, MemberMean())


flat_layers = st.one_of(
    st.builds(Dense, numbers(), bias=biases),
    st.builds(Dropout, rates),
    norms,
    activations,
    parametric,
    embeddings,
    ensembles(),
    st.builds(Repeat, blocks, depths, own=st.booleans()),
    st.builds(Repeat, st.builds(Choice, activations, st.builds(Dropout, rates)), depths),
    st.builds(Choice, activations, st.none(), st.builds(Dense, numbers())),
    st.builds(lambda a, n: Choice(None, Sequential(Dense(n), a)), activations, numbers()),
)


@st.composite
def families(draw):
    """A chain or a graph, most with ranges, on maps of 6×5×2."""
    maps = draw(st.lists(map_layers(), max_size=3))
    flat = draw(st.lists(flat_layers, max_size=3))
    shape = draw(st.sampled_from([None, (6, 5, 2)]))
    if draw(st.booleans()):
        return Sequential(*maps, Flatten(), *flat, Dense(3), input_shape=shape)
    symbol = Sequential(*maps, Flatten())(Input(shape))
    size = draw(numbers())
    left, right = Dense(size)(symbol), draw(activations)(Dense(size)(symbol))
    joined = Add()(left, right) if draw(st.booleans()) else Concat()(left, right, symbol)
    shared = Dense(size)
    return Network(Dense(3)(shared(shared(Dense(size)(joined)))))
