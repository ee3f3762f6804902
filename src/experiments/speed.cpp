#include "experiments/speed.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <sstream>

#include "core/error.hpp"
#include "core/machine.hpp"
#include "core/matmul.hpp"
#include "core/random.hpp"
#include "experiments/layer_speed.hpp"
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

/// GFLOP/s of a 1024 x 1024 x 1024 product.
double product_rate(const std::function<void(const Matrix<float>&, const Matrix<float>&, Matrix<float>&)>& product) {
  const Index n = 1024;
  const Matrix<float> a = Matrix<float>::Random(n, n), b = Matrix<float>::Random(n, n);
  Matrix<float> c(n, n);
  return 2.0 * static_cast<double>(n * n * n) / median_seconds(15, [&] { product(a, b, c); }) / 1e9;
}

/// The rates of Eigen, of this project's matmul, and of oneDNN where its library is on this machine.
ordered_json product_rates() {
  ordered_json rates{{"Eigen", product_rate([](const auto& a, const auto& b, auto& c) { c.noalias() = a * b; })},
                     {"ours", product_rate([](const auto& a, const auto& b, auto& c) {
                        matmul<float>(plain<float>(a), plain<float>(b), c, Update::set);
                      })}};
  using Sgemm = int (*)(char, char, std::int64_t, std::int64_t, std::int64_t, float, const float*, std::int64_t,
                        const float*, std::int64_t, float, float*, std::int64_t);
  for (const char* library : {"libdnnl.so.2", "libdnnl.so.3"}) {
    void* const handle = dlopen(library, RTLD_NOW);  // measured here and used nowhere, so nothing links to it
    if (handle == nullptr) continue;
    if (const auto sgemm = reinterpret_cast<Sgemm>(dlsym(handle, "dnnl_sgemm")))
      rates["oneDNN"] = product_rate([&](const auto& a, const auto& b, auto& c) {
        const std::int64_t n = a.rows();
        sgemm('N', 'N', n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n);
      });
    break;
  }
  return rates;
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

/// The tokens/s that a peer's program prints as its last word when it is given the shape's name.
double peer_tokens_per_second(const std::string& command, const char* shape) {
  std::string output;
  FILE* const pipe = popen((command + " " + shape).c_str(), "r");
  if (pipe == nullptr) throw Error(fmt::format("{}: cannot be started. Give --peer a program.", command));
  for (char part[256]; std::fgets(part, sizeof part, pipe) != nullptr;) output += part;
  std::istringstream words(output);
  double rate = 0;
  for (std::string word; words >> word;) rate = std::strtod(word.c_str(), nullptr);
  if (pclose(pipe) != 0 || !(rate > 0))
    throw Error(fmt::format("{}: did not end by printing tokens/s. Try it by itself: {} {}", command, command, shape));
  return rate;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

ordered_json layer_table(const std::vector<LayerTime>& layers) {
  ordered_json table = ordered_json::array();
  for (const LayerTime& l : layers)
    table.push_back({{"layer", l.name},
                     {"forward_ms", 1e3 * l.forward},
                     {"backward_ms", 1e3 * l.backward},
                     {"gflop", l.flops / 1e9}});
  return table;
}

/// Steps of one shape, each label's and with each way of masking.
class ShapeTimer {
 public:
  ShapeTimer(const Shape& shape, int runs)
      : shape_(shape),
        runs_(runs),
        layout_(shape.model),
        parameters_(initial_parameters<float>(shape.model, layout_, 1)),
        gradient_(Flat<float>::Zero(layout_.size)),
        network_(shape.model, layout_),
        optimizer_({}, layout_.size),
        batch_(random_batch(shape.model.vocabulary, shape.documents, shape.length)) {}

  /// Seconds of a training step.
  double step(Label label, bool mask_embeddings) {
    SplitConfig split{shape_.model.heads / 8, shape_.model.mlp_width / 8, {}, false};
    split.mask_embeddings = mask_embeddings;
    const Strategy strategy = strategy_named("sgtm");
    const Partition partition = make_partition(layout_, shape_.model, split, strategy);
    const auto masks = plan<float>(strategy, label, partition, layout_, shape_.model, split);
    return median_seconds(runs_, [&] {
      masked_gradient(network_, parameters_, batch_, masks, gradient_);
      optimizer_.step(parameters_, gradient_, masks.trainable, 1e-4);
    });
  }

  double evaluation() {
    return median_seconds(runs_, [&] {
      network_.forward(parameters_, batch_, network_.open_gates().forward);
      network_.token_losses(parameters_);
    });
  }

  const Batch& batch() const { return batch_; }

 private:
  const Shape& shape_;
  int runs_;
  Layout layout_;
  Flat<float> parameters_, gradient_;
  Network<float> network_;
  AdamW<float> optimizer_;
  Batch batch_;
};

/// Everything about one shape. What is divided by one another is measured turn by turn, three times: this machine's
/// speed may change from minute to minute.
ordered_json time_shape(const Shape& shape, const BenchOptions& options) {
  ShapeTimer timer(shape, options.runs);
  const double tokens = static_cast<double>(timer.batch().size()), flops = step_flops(shape.model, timer.batch());
  const int threads = threads_in_use();
  std::vector<double> seconds, forget, forget_masked, retain, evaluation, one_thread, product, peer;
  for (int round = 0; round < 3; ++round) {
    const double unlabeled = timer.step(Label::unlabeled, false);
    seconds.push_back(unlabeled);
    forget.push_back(timer.step(Label::forget, false) / unlabeled);
    forget_masked.push_back(timer.step(Label::forget, true) / unlabeled);
    retain.push_back(timer.step(Label::retain, false) / unlabeled);
    evaluation.push_back(unlabeled / timer.evaluation());
    use_threads(1);
    one_thread.push_back(timer.step(Label::unlabeled, false) / unlabeled);
    use_threads(threads);
    if (!options.peer.empty()) peer.push_back(tokens / unlabeled / peer_tokens_per_second(options.peer, shape.name));
  }
  const double peak = peak_memory();
  std::map<std::string, std::vector<double>> rates;
  for (int round = 0; round < 3; ++round) {
    const ordered_json now = product_rates();
    for (const auto& [library, rate] : now.items()) rates[library].push_back(rate);
  }
  const double best = std::max(median(rates["Eigen"]), rates.contains("oneDNN") ? median(rates["oneDNN"]) : 0);
  const double step = median(seconds);
  ordered_json result{{"parameters", Layout(shape.model).parameters()},
                      {"tokens_per_second", tokens / step},
                      {"gflops", flops / step / 1e9},
                      {"library_gemm_gflops", best},
                      {"own_gemm_gflops", median(rates["ours"])},
                      {"gemm_share", flops / step / 1e9 / best},
                      {"forget_ratio", median(forget)},
                      {"forget_masked_embeddings_ratio", median(forget_masked)},
                      {"retain_ratio", median(retain)},
                      {"eval_ratio", median(evaluation)},
                      {"thread_speedup", median(one_thread)},
                      {"peak_mb", peak / 1e6}};
  if (!peer.empty()) result["peer_ratio"] = median(peer);
  result["layers"] = layer_table(time_layers(shape.model, timer.batch(), options.runs));
  return result;
}

}  // namespace

ordered_json measure_speed(const BenchOptions& options) {
  ordered_json result{{"processor", this_machine().processor}, {"threads", threads_in_use()}};
  for (const Shape& shape : shapes())
    if (options.shape.empty() || options.shape == shape.name) result["shapes"][shape.name] = time_shape(shape, options);
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
