#include "lab/report/mask_text.hpp"

#include <fmt/format.h>

namespace sgtm {
namespace {

IndexRange zeroed_range(const UnitMask<float>& mask) {
  IndexRange range;
  for (Index i = 0; i < mask.factor.size(); ++i)
    if (mask.factor[i] == 0) range = range.size() == 0 ? IndexRange{i, i + 1} : IndexRange{range.begin, i + 1};
  return range;
}

void add(std::string& text, const char* separator, const char* what, IndexRange range) {
  text += fmt::format("{}{} {}", text.empty() ? "" : separator, what, range.begin);
  if (range.size() != 1) text += fmt::format(" to {}", range.end - 1);
}

}  // namespace

std::string zeroed_text(const BlockMask<float>& masks) {
  const IndexRange heads = zeroed_range(masks.heads), units = zeroed_range(masks.units);
  std::string text;
  if (heads.size() > 0) add(text, ", ", "heads", heads);
  if (units.size() > 0) add(text, ", ", "units", units);
  return text;
}

std::string part_text(const TensorRange& range) {
  const Tensor& t = *range.tensor;
  std::string text;
  if (range.rows.size() < t.rows) add(text, " ", "rows", range.rows);
  if (range.columns.size() < t.columns) add(text, " ", t.rows == 1 ? "entries" : "columns", range.columns);
  return text;
}

std::string or_nothing(const std::string& text) {
  return text.empty() ? "nothing" : text;
}

std::string batch_text(Label label) {
  return label == Label::unlabeled ? "unlabeled batch" : fmt::format("batch labeled {}", name(label));
}

}  // namespace sgtm
