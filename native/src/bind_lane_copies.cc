#include <algorithm>
#include <cstring>
#include <utility>

#include "bind.h"
#include "lane_copies.h"

namespace shoal {

namespace {

constexpr char kPutRule[] =
    "put_lanes takes places int32 [n], a count int32 [], arrays [lanes, ...] and parts [n, ...]; "
    "for each array it names the part, or -1 for zeros; it gives the arrays anew";
constexpr char kKeepRule[] =
    "keep_lanes takes flags bool [lanes], arrays [lanes, ...] and as many new ones of the same "
    "shapes; it gives the arrays anew";
constexpr char kTakeRule[] =
    "take_lanes takes places int32 [n] and arrays [lanes, ...]; it gives [n, ...] of each";

// An array as rows of bytes, one for each entry of its first axis.
struct Stack {
  char* data = nullptr;
  int64_t count = 0, bytes = 0;
  char* row(int64_t i) const { return data + i * bytes; }
};

Stack stack_of(const ffi::AnyBuffer& buffer) {
  const auto dims = buffer.dimensions();
  Stack found{static_cast<char*>(buffer.untyped_data()), dims[0],
              static_cast<int64_t>(ffi::ByteWidth(buffer.element_type()))};
  for (size_t i = 1; i < dims.size(); ++i) found.bytes *= dims[i];
  return found;
}

// Whether two arrays differ in nothing but the number of their rows.
bool rows_alike(const ffi::AnyBuffer& a, const ffi::AnyBuffer& b) {
  const auto one = a.dimensions(), other = b.dimensions();
  return a.element_type() == b.element_type() && one.size() > 0 && one.size() == other.size() &&
         std::equal(one.begin() + 1, one.end(), other.begin() + 1);
}

bool same_shape(const ffi::AnyBuffer& a, const ffi::AnyBuffer& b) {
  return rows_alike(a, b) && a.dimensions()[0] == b.dimensions()[0];
}

bool is_words(const ffi::AnyBuffer& buffer, ffi::DataType type, size_t rank) {
  return buffer.element_type() == type && buffer.dimensions().size() == rank;
}

// What is to be copied in one call.
class Copies {
 public:
  void add(const Stack& from, int64_t row, const Stack& to, int64_t at) {
    if (from.count > 0) put(from.row(std::clamp<int64_t>(row, 0, from.count - 1)), to, at);
    else put(nullptr, to, at);
  }
  void put(const char* from, const Stack& to, int64_t at) {
    copies_.push_back({from, to.row(at), to.bytes});
  }
  Completion done(ffi::ThreadPool& pool) {
    return run(copy_lanes(std::move(copies_), pool.num_threads()), pool);
  }

 private:
  std::vector<LaneCopy> copies_;
};

// The array that a result replaces: its memory, or where XLA gave it other memory a copy.
Stack replaced(const ffi::AnyBuffer& old, const ffi::AnyBuffer& result) {
  const Stack from = stack_of(old), to = stack_of(result);
  if (from.data != to.data && from.count * from.bytes > 0) {
    std::memcpy(to.data, from.data, static_cast<size_t>(from.count * from.bytes));
  }
  return to;
}

Completion put(ffi::ThreadPool pool, ffi::Span<const int64_t> part_of, ffi::AnyBuffer places,
               ffi::AnyBuffer count, ffi::RemainingArgs args, ffi::RemainingRets rets) {
  Check check;
  const size_t arrays = part_of.size();
  check.that(is_words(places, ffi::S32, 1) && is_words(count, ffi::S32, 0) &&
                 rets.size() == arrays && args.size() >= arrays,
             kPutRule);
  if (check.failed()) return check.refusal();
  const int32_t* at = static_cast<const int32_t*>(places.untyped_data());
  const int64_t most = places.dimensions()[0];
  const int64_t used = std::clamp<int64_t>(*static_cast<const int32_t*>(count.untyped_data()), 0, most);
  Copies copies;
  for (size_t i = 0; i < arrays; ++i) {
    auto whole = args.get<ffi::AnyBuffer>(i);
    auto result = rets.get<ffi::AnyBuffer>(i);
    check.that(whole && result && same_shape(*whole, **result), kPutRule);
    if (check.failed()) return check.refusal();
    const Stack to = replaced(*whole, **result);
    Stack from;
    if (part_of[i] >= 0) {
      auto part = args.get<ffi::AnyBuffer>(arrays + static_cast<size_t>(part_of[i]));
      check.that(part && rows_alike(*whole, *part) && part->dimensions()[0] == most, kPutRule);
      if (check.failed()) return check.refusal();
      from = stack_of(*part);
    }
    for (int64_t k = 0; k < used && to.count > 0; ++k) {
      // Of two for one lane the later counts.
      if (std::find(at + k + 1, at + used, at[k]) != at + used) continue;
      copies.add(from, k, to, std::clamp<int64_t>(at[k], 0, to.count - 1));
    }
  }
  return copies.done(pool);
}

Completion keep(ffi::ThreadPool pool, ffi::AnyBuffer improved, ffi::RemainingArgs args,
                ffi::RemainingRets rets) {
  Check check;
  const size_t arrays = rets.size();
  check.that(is_words(improved, ffi::PRED, 1) && args.size() == 2 * arrays, kKeepRule);
  if (check.failed()) return check.refusal();
  const bool* flags = static_cast<const bool*>(improved.untyped_data());
  Copies copies;
  for (size_t i = 0; i < arrays; ++i) {
    auto best = args.get<ffi::AnyBuffer>(i);
    auto now = args.get<ffi::AnyBuffer>(arrays + i);
    auto result = rets.get<ffi::AnyBuffer>(i);
    check.that(best && now && result && same_shape(*best, **result) && same_shape(*best, *now) &&
                   best->dimensions()[0] == improved.dimensions()[0],
               kKeepRule);
    if (check.failed()) return check.refusal();
    const Stack to = replaced(*best, **result), from = stack_of(*now);
    for (int64_t lane = 0; lane < to.count; ++lane) {
      if (flags[lane]) copies.add(from, lane, to, lane);
    }
  }
  return copies.done(pool);
}

Completion take(ffi::ThreadPool pool, ffi::AnyBuffer places, ffi::RemainingArgs args,
                ffi::RemainingRets rets) {
  Check check;
  check.that(is_words(places, ffi::S32, 1) && args.size() == rets.size(), kTakeRule);
  if (check.failed()) return check.refusal();
  const int32_t* at = static_cast<const int32_t*>(places.untyped_data());
  Copies copies;
  for (size_t i = 0; i < args.size(); ++i) {
    auto whole = args.get<ffi::AnyBuffer>(i);
    auto result = rets.get<ffi::AnyBuffer>(i);
    check.that(whole && result && rows_alike(*whole, **result) &&
                   (*result)->dimensions()[0] == places.dimensions()[0],
               kTakeRule);
    if (check.failed()) return check.refusal();
    const Stack from = stack_of(*whole), to = stack_of(**result);
    for (int64_t k = 0; k < to.count; ++k) copies.add(from, at[k], to, k);
  }
  return copies.done(pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_put_lanes, put,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<ffi::Span<const int64_t>>("part_of")
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .RemainingArgs()
                                  .RemainingRets());

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_keep_lanes, keep,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .RemainingArgs()
                                  .RemainingRets());

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_take_lanes, take,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .RemainingArgs()
                                  .RemainingRets());

}  // namespace shoal
