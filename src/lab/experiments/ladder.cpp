#include "lab/experiments/ladder.hpp"

#include <algorithm>
#include <iterator>

namespace sgtm {

std::vector<std::string> sizes_up_to(const std::string& size) {
  static constexpr const char* ladder[] = {"0.1M", "0.25M", "0.5M", "1M", "2.6M"};
  const auto end = std::find(std::begin(ladder), std::end(ladder), size);
  if (end == std::end(ladder)) return {size};
  return {std::begin(ladder), end + 1};
}

}  // namespace sgtm
