#pragma once

#include <map>
#include <string>

namespace sgtm {

/// GFLOP/s of one 1024 x 1024 x 1024 product in float, on all threads: of "Eigen", of "ours" (core/matmul), and of
/// "oneDNN" where its library is on this machine.
std::map<std::string, double> product_rates();

}  // namespace sgtm
