#include "cli/commands.hpp"
#include "lab/bench/speed.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

std::string number(const ordered_json& value, int digits = 0) {
  return fmt::format("{:.{}f}", value.get<double>(), digits);
}

void print_layers(const std::string& shape, const ordered_json& layers) {
  double sum = 0;
  for (const auto& l : layers) sum += l["forward_ms"].get<double>() + l["backward_ms"].get<double>();
  std::vector<std::vector<std::string>> rows{{shape, "forward ms", "backward ms", "share", "GFLOP", "GFLOP/s"}};
  for (const auto& l : layers) {
    const double ms = l["forward_ms"].get<double>() + l["backward_ms"].get<double>(), gflop = l["gflop"];
    rows.push_back({l["layer"], number(l["forward_ms"], 1), number(l["backward_ms"], 1),
                    fmt::format("{:.0f} %", 100 * ms / sum), gflop > 0 ? fmt::format("{:.1f}", gflop) : "",
                    gflop > 0 ? fmt::format("{:.0f}", gflop / ms * 1e3) : ""});
  }
  print_out("\n{}", text_table(rows));
}

void bench(const BenchOptions& options, const fs::path& svg, bool json) {
  const ordered_json result = measure_speed(options);
  if (!svg.empty()) write_file(svg, draw(speed_figure(result)));
  if (json) return print_json(result);
  print_out("{}, {} threads\n\n", result["processor"].get<std::string>(), threads_in_use());
  std::vector<std::vector<std::string>> rows{{"shape", "parameters", "tokens/s", "GFLOP/s", "library's", "share",
                                              "forget", "+ masked embeddings", "retain", "evaluation", "sampling",
                                              "threads", "peak MB"}};
  if (!options.peer.empty()) rows[0].push_back("peer's");
  for (const auto& [name, s] : result["shapes"].items()) {
    rows.push_back({name, s["parameters"].dump(), number(s["tokens_per_second"]), number(s["gflops"]),
                    number(s["library_gemm_gflops"]), fmt::format("{:.0f} %", 100 * s["gemm_share"].get<double>()),
                    number(s["forget_ratio"], 2), number(s["forget_masked_embeddings_ratio"], 2),
                    number(s["retain_ratio"], 2), number(s["eval_ratio"], 2), number(s["sampling_tokens_per_second"]),
                    number(s["thread_speedup"], 2), number(s["peak_mb"])});
    if (!options.peer.empty()) rows.back().push_back(number(s["peer_ratio"], 2));
  }
  print_out("{}", text_table(rows));
  print_out(
      "GFLOP/s: of the matrix products that an unlabeled step needs. Library's: the best of Eigen and, where it is\n"
      "there, oneDNN, 1024 x 1024 x 1024. Forget, retain: time of their steps, an unlabeled one's being 1. "
      "Evaluation:\n"
      "tokens/s, training's being 1. Sampling: tokens/s. Threads: speed, one thread's being 1. Peer's: tokens/s, the\n"
      "peer's being 1.\n");
  for (const auto& [name, s] : result["shapes"].items()) print_layers(name, s["layers"]);
}

}  // namespace

void add_bench(CLI::App& program) {
  struct Options {
    BenchOptions bench;
    fs::path svg;
    bool json = false;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("bench", "training speed on this machine, beside its rate of matrix products");
  command->add_option("--rounds", o->bench.rounds, "rounds of everything in turns, of which the median counts")
      ->capture_default_str()
      ->check(between(1, 1000));
  command->add_option("--shape", o->bench.shape, "only this one")->check(CLI::IsMember({"laptop", "paper8m"}));
  command->add_option(
      "--peer", o->bench.peer,
      "a program to be timed in turns: given a shape, it makes a step per line of input and prints tokens/s");
  command->add_option("--svg", o->svg, "draw each layer's share of the library's rate")->check(ends_with(".svg"));
  add_no_skip(*command, o->bench.skip);
  command->add_flag("--json", o->json, "print JSON");
  add_threads(*command);
  command->footer(
      "Examples:\n  sgtm bench --shape laptop\n  sgtm bench --json >speed.json\n  sgtm bench --peer 'python3 "
      "tests/bench/torch_peer.py'");
  command->callback([o] { bench(o->bench, o->svg, o->json); });
}

}  // namespace sgtm
