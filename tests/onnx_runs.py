"""ONNX Runtime beside shoal: networks without their preprocessing, and what both give."""

import jax
import numpy as np

from shoal.export.onnx.file import ML, ML_OPSET, activations  # noqa: F401  # registers layers
from shoal.export.onnx.graph import Graph, Value, library
from shoal.export.onnx.translation import translated
from shoal.nn.forward import forward

BATCHES = (0, 1, 7, 100)


def session(data):
    """ONNX Runtime with one thread, for a file or its bytes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def network_bytes(network, params, dtype=np.float32, opset=18):
    """A network as an ONNX file, its input as it is."""
    onnx = library()
    graph = Graph(opset)
    x = Value(network.input_shape, graph.input("x", dtype, network.input_shape))
    made = translated(graph, network, params, x)
    kind = np.float32
    graph.output(graph.last(made), "h", kind, made.shape)
    helper = onnx.helper
    constants = [onnx.numpy_helper.from_array(a, name) for name, a in graph.constants.items()]
    built = helper.make_graph(graph.nodes, "test", graph.inputs, graph.outputs, constants)
    imports = [helper.make_opsetid("", opset), helper.make_opsetid(ML, ML_OPSET)]
    model = helper.make_model(
        built, opset_imports=imports, ir_version=helper.find_min_ir_version_for(imports)
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def settled(params):
    """The same weights, with variances that are variances."""
    for own in params.values():
        if "variance" in own:
            own["variance"] = np.abs(own["variance"]) + np.float32(0.1)
    return params


def assert_close(received, expected):
    """Equal to 1e-5 of the number, or of the largest one for those that nearly cancel."""
    assert received.shape == expected.shape
    size = float(np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(received, expected, rtol=1e-5, atol=2e-6 * size)


def compare(network, params, x, few=0):
    """Assert that both give the same for some batches of these rows.

    Args:
        network, params, x: bound, its weights, at least as many rows as the largest batch.
        few: rows that may differ by up to 1e-3: where features of a row are nearly equal, a
            LayerNorm enlarges what rounding has done to them.
    """
    run = session(network_bytes(network, params, x.dtype))
    expected = np.asarray(jax.jit(lambda p, x: forward(network, p, x))(params, x))
    for count in BATCHES:
        (received,) = run.run(None, {"x": x[:count]})
        assert_close(*_without(few, received, expected[:count]))


def _without(few, received, expected):
    """Both without the rows that differ most, which are nearly equal still."""
    if not few or not len(expected) or received.shape != expected.shape:
        return received, expected
    np.testing.assert_allclose(received, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())
    apart = np.abs(received - expected).reshape(len(expected), -1).max(axis=1)
    kept = np.argsort(apart)[: max(len(expected) - few, 0)]
    return received[kept], expected[kept]
