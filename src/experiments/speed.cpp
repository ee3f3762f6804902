#include "experiments/speed.hpp"

#include <algorithm>
#include <chrono>
#include <functional>

#include "core/machine.hpp"
#include "core/matmul.hpp"
#include "core/random.hpp"
#include "model/memory.hpp"
#include "sgtm/plan.hpp"
#include "train/adamw.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

/// A shape to be timed: a model and a step of equally long documents.
struct Shape {
  const char* name;
  ModelConfig model;
  Index documents, length;
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all{
      {"laptop", {2048, 128, 128, 4, 8, 512, 256, "gl", false, "normal"}, 32, 128},
      {"paper8m", {50257, 512, 128, 6, 32, 512, 256, "gl", false, "normal"}, 8, 512},
  };
  return all;
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The median time of several runs after one that is not counted.
double median_seconds(int runs, const std::function<void()>& work) {
  work();
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) times.push_back(seconds_of(work));
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

/// GFLOP/s of a 1024 x 1024 x 1024 product by Eigen, or by this project's own matmul.
double product_rate(bool eigen) {
  const Index n = 1024;
  const Matrix<float> a = Matrix<float>::Random(n, n), b = Matrix<float>::Random(n, n);
  Matrix<float> c(n, n);
  const double seconds = median_seconds(9, [&] {
    if (eigen)
      c.noalias() = a * b;
    else
      matmul<float>(plain<float>(a), plain<float>(b), c, Update::set);
  });
  return 2.0 * static_cast<double>(n * n * n) / seconds / 1e9;
}

Batch random_batch(Index vocabulary, Index documents, Index length) {
  Random random(1, "bench");
  Batch batch;
  for (Index d = 0; d < documents; ++d) {
    for (Index t = 0; t < length; ++t)
      batch.tokens.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(vocabulary))));
    batch.offsets.push_back(batch.size());
  }
  return batch;
}

ordered_json time_shape(const Shape& shape, double eigen_rate, int runs) {
  const Layout layout(shape.model);
  const SplitConfig split{shape.model.heads / 8, shape.model.mlp_width / 8, {}, false};
  Flat<float> parameters = initial_parameters<float>(shape.model, layout, 1), gradient = Flat<float>::Zero(layout.size);
  Network<float> network(shape.model, layout);
  AdamW<float> optimizer({}, layout.size);
  const Batch batch = random_batch(shape.model.vocabulary, shape.documents, shape.length);
  const auto time_of = [&](Label label, bool mask_embeddings) {
    SplitConfig s = split;
    s.mask_embeddings = mask_embeddings;
    Strategy strategy = strategy_named("sgtm");
    const Partition partition = make_partition(layout, shape.model, s, strategy);
    const auto masks = plan<float>(strategy, label, partition, layout, shape.model, s);
    return median_seconds(runs, [&] {
      masked_gradient(network, parameters, batch, masks, gradient);
      optimizer.step(parameters, gradient, masks.trainable, 1e-4);
    });
  };
  const double unlabeled = time_of(Label::unlabeled, false);
  const double tokens = static_cast<double>(batch.size());
  const double gflops = 6 * static_cast<double>(layout.parameters()) * tokens / unlabeled / 1e9;
  const double evaluation = median_seconds(runs, [&] {
    network.forward(parameters, batch, network.open_gates().forward);
    network.token_losses(parameters);
  });
  return {{"parameters", layout.parameters()},
          {"tokens_per_second", tokens / unlabeled},
          {"gflops", gflops},
          {"eigen_share", gflops / eigen_rate},
          {"forget_ratio", time_of(Label::forget, false) / unlabeled},
          {"forget_masked_embeddings_ratio", time_of(Label::forget, true) / unlabeled},
          {"retain_ratio", time_of(Label::retain, false) / unlabeled},
          {"eval_ratio", unlabeled / evaluation},
          {"peak_mb", peak_memory() / 1e6}};
}

}  // namespace

ordered_json measure_speed(int runs) {
  ordered_json result{{"processor", this_machine().processor}, {"threads", threads_in_use()}};
  result["eigen_gemm_gflops"] = product_rate(true);
  result["own_gemm_gflops"] = product_rate(false);
  for (const Shape& shape : shapes())
    result["shapes"][shape.name] = time_shape(shape, result["eigen_gemm_gflops"], runs);
  return result;
}

Estimate estimate(const RunConfig& config, Index length) {
  check_memory(config.model, config.micro_batch);
  const Layout layout(config.model);
  Flat<float> parameters = initial_parameters<float>(config.model, layout, 1),
              gradient = Flat<float>::Zero(layout.size);
  Network<float> network(config.model, layout);
  AdamW<float> optimizer(config.adamw, layout.size);
  // A step is some micro-batches, then the optimizer.
  const Index documents = std::clamp<Index>(config.micro_batch / length, 1, config.batch);
  const Batch batch = random_batch(config.model.vocabulary, documents, length);
  const double micro_batch = median_seconds(3, [&] {
    network.forward(parameters, batch, network.open_gates().forward);
    network.backward(parameters, batch, network.open_gates(), network.all_gradients(), predicted_tokens(batch),
                     gradient);
  });
  const double update = median_seconds(3, [&] {
    gradient.setZero();
    optimizer.step(parameters, gradient, {}, 0);
  });
  const double step_tokens = static_cast<double>(config.batch * length);
  const double step = step_tokens / static_cast<double>(batch.size()) * micro_batch + update;
  const double tokens = config.steps > 0 ? static_cast<double>(config.steps) * step_tokens : config.tokens;
  return {tokens, step_tokens / step, tokens / step_tokens * step, training_bytes(config.model, batch.size())};
}

}  // namespace sgtm
