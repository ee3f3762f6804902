#include "nn/embedding.hpp"

#include <algorithm>

namespace sgtm {

template <class Real>
void embedding_forward(const Batch& batch, ConstMatrixRef<Real> embedding, ConstMatrixRef<Real> position,
                       MatrixRef<Real> y) {
#pragma omp parallel for schedule(static)
  for (Index d = 0; d < batch.documents(); ++d) {
    const auto [begin, end] = batch.document(d);
    for (Index t = begin; t < end; ++t)
      y.row(t) = embedding.row(batch.tokens[static_cast<std::size_t>(t)]) + position.row(t - begin);
  }
}

template <class Real>
void embedding_backward(const Batch& batch, ConstMatrixRef<Real> dy, MatrixRef<Real> dembedding,
                        MatrixRef<Real> dposition) {
  // Two tokens of a batch may share a row of E, so threads share out features, not tokens.
  constexpr Index slice = 32;
  const Index slices = (dy.cols() + slice - 1) / slice;
#pragma omp parallel for schedule(static)
  for (Index s = 0; s < slices; ++s) {
    const Index from = s * slice, size = std::min(slice, dy.cols() - from);
    for (Index d = 0; d < batch.documents(); ++d) {
      const auto [begin, end] = batch.document(d);
      for (Index t = begin; t < end; ++t) {
        const auto gradient = dy.row(t).segment(from, size);
        dembedding.row(batch.tokens[static_cast<std::size_t>(t)]).segment(from, size) += gradient;
        dposition.row(t - begin).segment(from, size) += gradient;
      }
    }
  }
}

#define INSTANTIATE(Real)                                                                                           \
  template void embedding_forward<Real>(const Batch&, ConstMatrixRef<Real>, ConstMatrixRef<Real>, MatrixRef<Real>); \
  template void embedding_backward<Real>(const Batch&, ConstMatrixRef<Real>, MatrixRef<Real>, MatrixRef<Real>);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace sgtm
