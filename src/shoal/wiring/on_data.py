"""A network that knows the data that it is for."""

from __future__ import annotations

from shoal.data import Prepared
from shoal.network import Network, with_features


def on_data(network: Network, prepared: Prepared) -> Network:
    """The network for inputs of the data's shape, told which of their features are what.

    Raises:
        NetworkError: it was written for another shape, or the shape does not fit.
    """
    fitted = prepared.preprocessing
    told = with_features(network, fitted.numeric, fitted.categories)
    return told.with_input(prepared.input_shape)
