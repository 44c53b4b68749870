// The gradients of a convolution under windows through the winners alone. Of each
// window one pixel at most has a gradient, and of a rectified one often none: a sum
// over those takes a fraction of the multiplications of the map's. Internal to the
// convolutions.
#ifndef SHOAL_CONV_SPARSE_H_
#define SHOAL_CONV_SPARSE_H_

#include "conv_job.h"

namespace shoal {

// Whether the winners of windows say all of a gradient: of a few places each, and taps
// side by side.
inline bool told_by_winners(const ConvShape& s, const MapGradient& dy) {
  const int64_t places = dy.windows.height * dy.windows.width;
  return dy.spread() && places > 1 && places <= Winners::kMostPlaces && s.h.dilation == 1 &&
         s.w.dilation == 1;
}

// Windows side by side over the map of one image.
struct WindowGrid {
  int64_t down, across;
  WindowGrid(const ConvShape& s, const Windows& w)
      : down(s.h.out / w.height), across(s.w.out / w.width) {}
  int64_t count() const { return down * across; }
};

// One of the two gradients, a lane and a group at a time. Which lanes it takes is
// decided by their own widths, so that a padded lane has the bits of the small network.
class SparseInputGrad {
 public:
  SparseInputGrad(const ConvShape& shape, const MapGradient& dy, PerLane<const float> weight,
                  float* dx)
      : shape_(shape), dy_(dy), weight_(weight), dx_(dx) {}

  bool takes(int64_t channels, int64_t filters) const;
  // Of so many channels and filters in use; false when memory ran out.
  bool run(int64_t lane, int64_t group, int64_t channels, int64_t filters, Range images) const;

 private:
  struct Table;
  struct Padded;
  struct Work;
  Winners winners_of(const Table& table) const;
  void pack(const Table& table, const float* from, int64_t channels, int64_t filters,
            float* patches) const;
  void add_windows(const Work& work, int64_t b) const;
  void write(const Work& work, float* to) const;

  const ConvShape& shape_;
  const MapGradient& dy_;
  PerLane<const float> weight_;
  float* dx_;
};

class SparseWeightGrad {
 public:
  SparseWeightGrad(const ConvShape& shape, const MapGradient& dy, PerLane<const float> x,
                   float* dw, float* db)
      : shape_(shape), dy_(dy), x_(x), dw_(dw), db_(db) {}

  bool takes(const Panel& panel) const;
  // Of some of a group's filters, all in use.
  bool run(int64_t lane, int64_t group, const Panel& panel, int64_t channels,
           Range filters) const;

 private:
  struct Work;
  bool take_memory(Work& work) const;
  Winners winners_of(const Panel& panel) const;
  void add_images(const Work& work) const;
  void list(const Work& work, const Winners& winners, int64_t b, Range windows) const;
  void add_filters(const Work& work, int64_t windows) const;
  void write(const Work& work) const;

  const ConvShape& shape_;
  const MapGradient& dy_;
  PerLane<const float> x_;
  float* dw_;
  float* db_;
};

}  // namespace shoal

#endif  // SHOAL_CONV_SPARSE_H_
