#include "report/mask_text.hpp"

#include <fmt/format.h>

namespace sgtm {
namespace {

std::string span_text(Span span) {
  return span.size() == 1 ? fmt::format("{}", span.begin) : fmt::format("{} to {}", span.begin, span.end - 1);
}

Span closed_span(const Gate<float>& gate) {
  Span span;
  for (Index i = 0; i < gate.factor.size(); ++i)
    if (gate.factor[i] == 0) span = span.size() == 0 ? Span{i, i + 1} : Span{span.begin, i + 1};
  return span;
}

void add(std::string& text, const char* separator, const char* what, Span span) {
  text += fmt::format("{}{} {}", text.empty() ? "" : separator, what, span_text(span));
}

}  // namespace

std::string closed_text(const BlockGate<float>& gates) {
  const Span heads = closed_span(gates.heads), units = closed_span(gates.units);
  std::string text;
  if (heads.size() > 0) add(text, ", ", "heads", heads);
  if (units.size() > 0) add(text, ", ", "units", units);
  return text;
}

std::string part_text(const Slab& slab) {
  const Tensor& t = *slab.tensor;
  std::string text;
  if (slab.rows.size() < t.rows) add(text, " ", "rows", slab.rows);
  if (slab.columns.size() < t.columns) add(text, " ", t.rows == 1 ? "entries" : "columns", slab.columns);
  return text;
}

}  // namespace sgtm
