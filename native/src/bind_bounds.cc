#include "bind.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "mask_bounds takes a flag bool and bounds int32, each with one a lane or one for all, and "
    "gives as many bounds, int32 [lanes]";

// One a lane, or one for all.
template <typename T>
struct Words {
  const T* data = nullptr;
  int64_t step = 0;
  T of(int64_t lane) const { return data[lane * step]; }
};

template <typename T>
bool read(const ffi::AnyBuffer& buffer, ffi::DataType type, int64_t lanes, Words<T>& words) {
  const auto dims = buffer.dimensions();
  if (buffer.element_type() != type || dims.size() != 1) return false;
  if (dims[0] != 1 && dims[0] != lanes) return false;
  words = {static_cast<const T*>(buffer.untyped_data()), dims[0] == 1 ? 0 : 1};
  return true;
}

ffi::Error mask(ffi::AnyBuffer flag, ffi::RemainingArgs args, ffi::RemainingRets rets) {
  const auto refusal = [] {
    return ffi::Error::InvalidArgument(std::string("shoal kernel: ") + kRule);
  };
  if (args.size() != rets.size()) return refusal();
  for (size_t i = 0; i < args.size(); ++i) {
    auto bound = args.get<ffi::AnyBuffer>(i);
    auto result = rets.get<ffi::AnyBuffer>(i);
    if (!bound || !result || (*result)->element_type() != ffi::S32) return refusal();
    if ((*result)->dimensions().size() != 1) return refusal();
    const int64_t lanes = (*result)->dimensions()[0];
    Words<bool> flags;
    Words<int32_t> bounds;
    if (!read(flag, ffi::PRED, lanes, flags) || !read(*bound, ffi::S32, lanes, bounds)) {
      return refusal();
    }
    int32_t* to = static_cast<int32_t*>((*result)->untyped_data());
    for (int64_t lane = 0; lane < lanes; ++lane) to[lane] = flags.of(lane) ? bounds.of(lane) : 0;
  }
  return ffi::Error::Success();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(
    shoal_mask_bounds, mask,
    ffi::Ffi::Bind().Arg<ffi::AnyBuffer>().RemainingArgs().RemainingRets());

}  // namespace shoal
