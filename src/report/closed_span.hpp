#pragma once

#include "nn/gate.hpp"

namespace sgtm {

/// From the first to the last closed unit (head); empty where all are open.
inline Span closed_span(const Gate<float>& gate) {
  Span span;
  for (Index i = 0; i < gate.factor.size(); ++i)
    if (gate.factor[i] == 0) span = span.size() == 0 ? Span{i, i + 1} : Span{span.begin, i + 1};
  return span;
}

}  // namespace sgtm
