#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "core/machine.hpp"
#include "experiments/speed.hpp"
#include "report/table.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

void bench(int runs, bool json) {
  const ordered_json result = measure_speed(runs);
  if (json) {
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("{}, {} threads; 1024^3 products: Eigen {:.0f} GFLOP/s, ours {:.0f}\n\n",
             result["processor"].get<std::string>(), threads_in_use(), result["eigen_gemm_gflops"].get<double>(),
             result["own_gemm_gflops"].get<double>());
  std::vector<std::vector<std::string>> rows{{"shape", "parameters", "tokens/s", "GFLOP/s (6ND)", "of Eigen's",
                                              "forget step", "+ masked embeddings", "retain step", "evaluation",
                                              "peak MB"}};
  for (const auto& [name, s] : result["shapes"].items())
    rows.push_back({name, s["parameters"].dump(), fmt::format("{:.0f}", s["tokens_per_second"].get<double>()),
                    fmt::format("{:.0f}", s["gflops"].get<double>()),
                    fmt::format("{:.0f} %", 100 * s["eigen_share"].get<double>()),
                    fmt::format("{:.2f}", s["forget_ratio"].get<double>()),
                    fmt::format("{:.2f}", s["forget_masked_embeddings_ratio"].get<double>()),
                    fmt::format("{:.2f}", s["retain_ratio"].get<double>()),
                    fmt::format("{:.2f}", s["eval_ratio"].get<double>()),
                    fmt::format("{:.0f}", s["peak_mb"].get<double>())});
  fmt::print(
      "{}\nSteps: time beside that of an unlabeled step. Evaluation: tokens/s beside training's. Medians of {} runs.\n",
      text_table(rows), runs);
}

}  // namespace

void add_bench(CLI::App& program) {
  struct Options {
    int runs = 9;
    bool json = false;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("bench", "training speed on this machine, beside its rate of matrix products");
  command->add_option("--runs", o->runs, "timed runs, of which the median counts")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_flag("--json", o->json, "print JSON");
  add_threads(*command);
  command->footer("Example: sgtm bench --threads 1");
  command->callback([o] { bench(o->runs, o->json); });
}

}  // namespace sgtm
