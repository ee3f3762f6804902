// A race on purpose: two threads add to one number. make tsan must report it.

#include "core/parallel.hpp"

int main() {
  long sum = 0;
  sgtm::in_parallel(100000, [&](std::size_t) { ++sum; });
  return sum < 0;
}
