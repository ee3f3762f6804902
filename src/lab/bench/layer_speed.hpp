#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/network.hpp"

namespace sgtm {

/// What the layers of one kind take in one step of an unlabeled batch.
struct LayerTime {
  std::string name;
  double forward, backward;  // seconds; where a layer does both in one sweep, they are under backward
  double flops;  // of the matrix products that the mathematics needs, both ways; scores of visible keys only
};

/// Times each kind of layer by itself on random numbers, all blocks' layers of that kind together. The last row is the
/// optimizer.
std::vector<LayerTime> time_layers(const ModelConfig& config, const Batch& batch, int runs);

/// The multiply-adds of one training step's matrix products, twice (FLOPs): forward, backward by input and by weight.
double step_flops(const ModelConfig& config, const Batch& batch);

/// GFLOP/s of one 1024 x 1024 x 1024 product in float, on all threads: of "Eigen", of "ours" (core/matmul), and of
/// "oneDNN" where its library is on this machine.
std::map<std::string, double> product_rates();

}  // namespace sgtm
