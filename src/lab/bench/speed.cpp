#include "lab/bench/speed.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/machine.hpp"
#include "core/progress.hpp"
#include "lab/bench/layer_speed.hpp"
#include "lab/bench/timing.hpp"
#include "model/config.hpp"
#include "model/decoder.hpp"
#include "sgtm/skip.hpp"
#include "train/adamw.hpp"
#include "train/masked_gradient.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

/// A shape to be timed: a model and a step of equally long documents.
struct Shape {
  const char* name;
  ModelConfig model;
  Index documents, length;
};

const std::vector<Shape> shapes{
    {"laptop", {2048, 128, 128, 4, 8, 512, 256, "gl", false, "normal"}, 32, 128},
    {"paper8m", {50257, 512, 128, 6, 32, 512, 256, "gl", false, "normal"}, 8, 512},
};

/// A model of one shape with all that can be timed of it, each returning its seconds.
class Subject {
 public:
  Subject(const Shape& shape, bool skip) : shape_(shape), skip_(skip) {}

  /// One training step: forward, backward, mask, AdamW.
  double step(Label label, bool mask_embeddings) {
    const SplitConfig split{shape_.model.heads / 8, shape_.model.mlp_width / 8, {}, mask_embeddings, false};
    const Strategy& strategy = strategy_named("sgtm");
    const Partition partition = make_partition(layout_, shape_.model, split, strategy);
    auto masks = plan<float>(strategy, label, partition, shape_.model, split);
    if (skip_) masks = skip_masked_work(masks, layout_, shape_.model);
    return seconds_of([&] {
      masked_gradient<float>(network_, parameters_, {&batch_, 1}, masks, gradient_);
      optimizer_.step(parameters_, gradient_, 1e-4);
    });
  }

  double step_on_one_thread() {
    const int threads = threads_in_use();
    use_threads(1);
    const double seconds = step(Label::unlabeled, false);
    use_threads(threads);
    return seconds;
  }

  double evaluation() {
    return seconds_of([&] {
      network_.forward(parameters_, batch_, network_.keep_all().forward);
      network_.token_losses(parameters_);
    });
  }

  /// One document, token by token, with the logits of each.
  double sampling() {
    return seconds_of([&] {
      decoder_.clear();
      for (Index t = 0; t < shape_.length; ++t)
        decoder_.read(batch_.tokens[static_cast<std::size_t>(t)]), decoder_.logits();
    });
  }

  Index parameters() const { return layout_.parameters(); }
  const Batch& batch() const { return batch_; }

 private:
  const Shape& shape_;
  bool skip_;
  Layout layout_{shape_.model};
  Flat<float> parameters_ = initial_parameters<float>(shape_.model, layout_, 1);
  Flat<float> gradient_ = Flat<float>::Zero(layout_.size);
  Network<float> network_{shape_.model, layout_};
  Decoder decoder_{shape_.model, layout_, parameters_};
  AdamW<float> optimizer_{{}, layout_.size};
  Batch batch_ = random_batch(shape_.model.vocabulary, shape_.documents, shape_.length);
};

/// Another program that trains a model of the same shape, to be timed in turns with this one. It is started once, with
/// the shape's name as its last argument; for every line on its standard input it makes one training step and prints
/// the tokens/s of it as a line.
class Peer {
 public:
  Peer(const std::string& command, const std::string& shape) : command_(command + " " + shape) {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that has died is told by its zero
    const fs::path output = folder_ / "output";
    if (::mkfifo(output.c_str(), 0600) != 0) throw Error(fmt::format("{}: can't be made.", output.string()));
    input_ = ::popen(fmt::format("exec >'{}'; {}", output.string(), command_).c_str(), "w");
    if (input_ == nullptr) throw Error(fmt::format("{}: cannot be started. Give --peer a program.", command_));
    output_.open(output);
  }
  ~Peer() { ::pclose(input_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Lets it make a step. Throws Error where it answers anything but a rate.
  double tokens_per_second() {
    std::fputs("step\n", input_);
    std::fflush(input_);
    std::string line;
    std::getline(output_, line);
    const double rate = std::strtod(line.c_str(), nullptr);
    if (!(rate > 0))
      throw Error(
          fmt::format("{}: answered \"{}\" where tokens/s were expected. Try it by itself; every line that it "
                      "reads asks for a step.",
                      command_, line));
    return rate;
  }

 private:
  std::string command_;
  ScratchFolder folder_;
  std::FILE* input_;
  std::ifstream output_;
};

/// What was measured, round by round, by its name in the result.
using Rounds = std::map<std::string, std::vector<double>>;

/// One round: everything once, so that what is divided by one another is measured within seconds. This machine's speed
/// may change from minute to minute. The first step after another program is not counted, ours nor the peer's: the
/// caches are the other's, and its threads may still spin.
void measure_round(Subject& subject, const Shape& shape, std::optional<Peer>& peer, Rounds& rounds) {
  subject.step(Label::unlabeled, false);
  const auto tokens = static_cast<double>(subject.batch().size()), step = subject.step(Label::unlabeled, false);
  auto rates = product_rates();
  rounds["step"].push_back(step);
  rounds["own_gemm_gflops"].push_back(rates["ours"]);
  rounds["library_gemm_gflops"].push_back(std::max(rates["Eigen"], rates["oneDNN"]));  // 0 where it is not installed
  rounds["gemm_share"].push_back(step_flops(shape.model, subject.batch()) / step / 1e9 /
                                 rounds["library_gemm_gflops"].back());
  rounds["forget_ratio"].push_back(subject.step(Label::forget, false) / step);
  rounds["forget_masked_embeddings_ratio"].push_back(subject.step(Label::forget, true) / step);
  rounds["retain_ratio"].push_back(subject.step(Label::retain, false) / step);
  rounds["eval_ratio"].push_back(step / subject.evaluation());
  rounds["thread_speedup"].push_back(subject.step_on_one_thread() / step);
  rounds["sampling_tokens_per_second"].push_back(static_cast<double>(shape.length) / subject.sampling());
  if (peer) {
    peer->tokens_per_second();
    const double rate = peer->tokens_per_second();
    rounds["peer_tokens_per_second"].push_back(rate);
    rounds["peer_ratio"].push_back(tokens / step / rate);
  }
}

ordered_json time_shape(const Shape& shape, const BenchOptions& options) {
  Subject subject(shape, options.skip);
  subject.step(Label::unlabeled, false);
  subject.step(Label::forget, true);
  const double peak = peak_memory();  // before the libraries and their matrices
  std::optional<Peer> peer;
  if (!options.peer.empty()) peer.emplace(options.peer, shape.name);
  Progress progress(fmt::format("bench {}", shape.name), "rounds", options.rounds + 1);
  Rounds warm_up, rounds;
  measure_round(subject, shape, peer, warm_up);
  for (int round = 0; round < options.rounds; ++round) {
    progress.update(round + 1);
    measure_round(subject, shape, peer, rounds);
  }
  const double step = median(rounds["step"]);
  ordered_json result{{"parameters", subject.parameters()},
                      {"tokens_per_second", static_cast<double>(subject.batch().size()) / step},
                      {"gflops", step_flops(shape.model, subject.batch()) / step / 1e9}};
  for (const char* name :
       {"library_gemm_gflops", "own_gemm_gflops", "gemm_share", "forget_ratio", "forget_masked_embeddings_ratio",
        "retain_ratio", "eval_ratio", "sampling_tokens_per_second", "thread_speedup"})
    result[name] = median(rounds[name]);
  result["peak_mb"] = peak / 1e6;
  if (peer)
    for (const char* name : {"peer_tokens_per_second", "peer_ratio"}) result[name] = median(rounds[name]);
  for (const LayerTime& l : time_layers(shape.model, subject.batch(), options.rounds))
    result["layers"].push_back({{"layer", l.name},
                                {"forward_ms", 1e3 * l.forward},
                                {"backward_ms", 1e3 * l.backward},
                                {"gflop", l.flops / 1e9}});
  return result;
}

}  // namespace

ordered_json measure_speed(const BenchOptions& options) {
  ordered_json result{{"processor", this_machine().processor}, {"threads", threads_in_use()}};
  for (const Shape& shape : shapes)
    if (options.shape.empty() || options.shape == shape.name) result["shapes"][shape.name] = time_shape(shape, options);
  return result;
}

Figure speed_figure(const ordered_json& speed) {
  const double bar = 0.38;
  Figure figure{"Share of the library's rate, by layer",
                "",
                "%, of oneDNN's or Eigen's 1024 x 1024 x 1024",
                {},
                "set style fill solid 0.8\nset yrange [0:100]\nset xtics rotate by -25\nset key outside top center "
                "horizontal\n"};
  const char* const colors[] = {"#2e86ab", "#e08e45"};
  std::vector<std::string> names;
  for (std::size_t shape = 0; const auto& [name, s] : speed["shapes"].items()) {
    Series series{name, fmt::format("boxes lc rgb '{}'", colors[shape % 2]), {}};
    names.clear();
    const auto add = [&](const std::string& layer, double share) {
      const auto place = static_cast<double>(names.size());
      series.points.emplace_back(place + bar * static_cast<double>(shape), 100 * share);
      names.push_back(layer);
    };
    for (const auto& layer : s["layers"]) {
      const double gflop = layer["gflop"], ms = layer["forward_ms"].get<double>() + layer["backward_ms"].get<double>();
      if (gflop > 0) add(layer["layer"], gflop / ms * 1e3 / s["library_gemm_gflops"].get<double>());
    }
    add("whole step", s["gemm_share"]);
    figure.series.push_back(std::move(series));
    ++shape;
  }
  figure.settings += fmt::format("set boxwidth {}\n", bar) + named_tics("x", names, 1);
  return figure;
}

Estimate estimate(const RunConfig& config, Index length) {
  assert(length > 2);
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
    network.forward(parameters, batch, network.keep_all().forward);
    network.backward(parameters, batch, network.keep_all(), network.all_gradients(), predicted_tokens(batch), gradient);
  });
  const double update = median_seconds(3, [&] {
    gradient.setZero();
    optimizer.step(parameters, gradient, 0);
  });
  const double step_tokens = static_cast<double>(config.batch * length);
  const double step = step_tokens / static_cast<double>(batch.size()) * micro_batch + update;
  const double tokens = config.steps > 0 ? static_cast<double>(config.steps) * step_tokens : config.tokens;
  return {tokens, step_tokens / step, tokens / step_tokens * step, training_bytes(config.model, batch.size())};
}

}  // namespace sgtm
