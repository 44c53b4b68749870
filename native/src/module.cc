// The Python module shoal.kernels._native: the handlers as capsules.
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include "kernels.h"
#include "xla/ffi/api/c_api.h"

#define SHOAL_HANDLERS(X)                                                              \
  X(dense_forward)                                                                     \
  X(dense_input_grad)                                                                  \
  X(dense_weight_grad)                                                                 \
  X(chain_course)                                                                      \
  X(dense_chain)                                                                       \
  X(dense_chain_cost)                                                                  \
  X(dense_chain_grad)                                                                  \
  X(conv_forward)                                                                      \
  X(conv_input_grad)                                                                   \
  X(conv_max)                                                                          \
  X(conv_max_input_grad)                                                               \
  X(conv_max_weight_grad)                                                              \
  X(conv_weight_grad)                                                                  \
  X(max_pool)                                                                          \
  X(max_pool_grad)                                                                     \
  X(avg_pool)                                                                          \
  X(avg_pool_grad)                                                                     \
  X(resample)                                                                          \
  X(take_rows)                                                                         \
  X(put_lanes)                                                                         \
  X(keep_lanes)                                                                        \
  X(take_lanes)                                                                        \
  X(mask_bounds)                                                                       \
  X(dropout)                                                                           \
  X(batch_norm_moments)                                                                \
  X(batch_norm_apply)                                                                  \
  X(batch_norm_sums)                                                                   \
  X(batch_norm_grad)                                                                   \
  X(cross_entropy)                                                                     \
  X(cross_entropy_grad)                                                                \
  X(update)

#define SHOAL_DECLARE(name) extern "C" XLA_FFI_Error* shoal_##name(XLA_FFI_CallFrame*);
SHOAL_HANDLERS(SHOAL_DECLARE)

namespace {

bool add(PyObject* handlers, const char* name, XLA_FFI_Handler* handler) {
  PyObject* capsule = PyCapsule_New(reinterpret_cast<void*>(handler), nullptr, nullptr);
  if (capsule == nullptr) return false;
  const int status = PyDict_SetItemString(handlers, name, capsule);
  Py_DECREF(capsule);
  return status == 0;
}

PyObject* handlers(PyObject*, PyObject*) {
  PyObject* result = PyDict_New();
  if (result == nullptr) return nullptr;
#define SHOAL_ADD(name)                         \
  if (!add(result, #name, shoal_##name)) {      \
    Py_DECREF(result);                          \
    return nullptr;                             \
  }
  SHOAL_HANDLERS(SHOAL_ADD)
  return result;
}

PyObject* instruction_set(PyObject*, PyObject*) {
  return PyUnicode_FromString(shoal::kernels().name);
}

PyMethodDef methods[] = {
    {"handlers", handlers, METH_NOARGS, "The foreign functions by name, as capsules."},
    {"instruction_set", instruction_set, METH_NOARGS, "The instruction set in use."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", "shoal's compute kernels.", -1,
                          methods,               nullptr,   nullptr,                    nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__native() { return PyModule_Create(&definition); }
