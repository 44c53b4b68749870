// Element by element, over one stretch of memory. Plain loops: the compiler
// turns them into the vectors of the instruction set. Included only by
// instruction_set.cc, inside its own namespace.

inline uint32_t mix_thoroughly(uint32_t h) {
  h = (h ^ (h >> 17)) * 0xED5AD4BBu;
  h = (h ^ (h >> 11)) * 0xAC4C1B51u;
  h = (h ^ (h >> 15)) * 0x31848BABu;
  return h ^ (h >> 14);
}

void dropout(const float* x, uint32_t row, const uint32_t* columns, float keep, int64_t n,
             float* __restrict__ y) {
  const float scale = 1.0f / keep;
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t bits = mix_thoroughly(row ^ columns[i]) >> 8;
    const float u = static_cast<float>(static_cast<int32_t>(bits)) * 0x1p-24f;
    y[i] = u < keep ? x[i] * scale : 0.0f;
  }
}

// 0 > h, not h > 0: NaN stays.
void rectify(int64_t n, float* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = 0.0f > y[i] ? 0.0f : y[i];
}

void rectify_and_drop(uint32_t row, const uint32_t* __restrict__ columns, float keep, int64_t n,
                      float* __restrict__ y) {
  const float scale = 1.0f / keep;
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t bits = mix_thoroughly(row ^ columns[i]) >> 8;
    const float u = static_cast<float>(static_cast<int32_t>(bits)) * 0x1p-24f;
    const float h = 0.0f > y[i] ? 0.0f : y[i];
    y[i] = u < keep ? h * scale : 0.0f;
  }
}

void rectified_grad(const float* dy, const float* __restrict__ y, float scale, int64_t n,
                    float* grad) {
  for (int64_t i = 0; i < n; ++i) grad[i] = y[i] > 0.0f ? dy[i] * scale : 0.0f;
}

void adamw(const UpdateNumbers& k, const float* __restrict__ grad, int64_t n,
           float* __restrict__ param, float* __restrict__ mean, float* __restrict__ square) {
  const float rest1 = 1.0f - k.beta1, rest2 = 1.0f - k.beta2;
  for (int64_t i = 0; i < n; ++i) {
    const float g = grad[i];
    const float m = k.beta1 * mean[i] + rest1 * g;
    const float v = k.beta2 * square[i] + rest2 * (g * g);
    mean[i] = m;
    square[i] = v;
    const float step = m * k.correction1 / (__builtin_sqrtf(v * k.correction2) + k.epsilon);
    param[i] -= k.learning_rate * (step + k.weight_decay * param[i]);
  }
}

void momentum(const UpdateNumbers& k, bool nesterov, const float* __restrict__ grad, int64_t n,
              float* __restrict__ param, float* __restrict__ velocity) {
  const float ahead = nesterov ? k.beta1 : 0.0f, now = nesterov ? 0.0f : 1.0f;
  for (int64_t i = 0; i < n; ++i) {
    const float g = grad[i] + k.weight_decay * param[i];
    const float v = g + k.beta1 * velocity[i];
    velocity[i] = v;
    const float step = nesterov ? g + ahead * v : now * v;
    param[i] -= k.learning_rate * step;
  }
}

void descend(const UpdateNumbers& k, const float* __restrict__ grad, int64_t n,
             float* __restrict__ param) {
  for (int64_t i = 0; i < n; ++i) {
    param[i] -= k.learning_rate * (grad[i] + k.weight_decay * param[i]);
  }
}
