#include "lab/bench/layer_speed.hpp"

#include <dlfcn.h>

#include <cstdint>

#include "core/matmul.hpp"
#include "lab/bench/timing.hpp"

namespace sgtm {
namespace {

using Sgemm = int (*)(char, char, std::int64_t, std::int64_t, std::int64_t, float, const float*, std::int64_t,
                      const float*, std::int64_t, float, float*, std::int64_t);

/// dnnl_sgemm, which is measured here and used nowhere, so that nothing links to it; null where it is not installed.
Sgemm find_onednn() {
  for (const char* library : {"libdnnl.so.2", "libdnnl.so.3", "libdnnl.so", "libdnnl.dylib"})
    if (void* const handle = dlopen(library, RTLD_NOW)) return reinterpret_cast<Sgemm>(dlsym(handle, "dnnl_sgemm"));
  return nullptr;
}

}  // namespace

std::map<std::string, double> product_rates() {
  constexpr Index n = 1024;
  static const Sgemm onednn = find_onednn();
  const Matrix<float> a = Matrix<float>::Random(n, n), b = Matrix<float>::Random(n, n);
  Matrix<float> c(n, n);
  const auto rate = [](auto product) { return 2e-9 * n * n * n / median_seconds(5, product); };
  std::map<std::string, double> rates;
  rates["Eigen"] = rate([&] { c.noalias() = a * b; });
  rates["ours"] = rate([&] { matmul<float>(plain<float>(a), plain<float>(b), c, Update::set); });
  if (onednn != nullptr)
    rates["oneDNN"] = rate([&] { onednn('N', 'N', n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n); });
  return rates;
}

}  // namespace sgtm
