#include <map>

#include "cli/verify.hpp"
#include "verify/golden.hpp"

namespace sgtm {
namespace {

struct GoldenOptions {
  std::vector<fs::path> cases;
  bool json = false, skip = true;
};

bool right(const std::vector<GoldenComparison>& all) {
  return std::all_of(all.begin(), all.end(), [](const GoldenComparison& c) { return c.error <= golden_tolerance; });
}

/// "transformer.h.2.ln_1.weight" -> "ln_1.weight": the same tensor of every block.
std::string without_block(const std::string& tensor) {
  const std::size_t block = tensor.find(".h.");
  return block == std::string::npos ? tensor : tensor.substr(tensor.find('.', block + 3) + 1);
}

void print(const fs::path& stem, const std::vector<GoldenComparison>& all) {
  struct Sum {
    int compared = 0;
    double error = -1;
    std::string where;
  };
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, Sum> sums;
  for (const GoldenComparison& c : all) {
    const std::pair key{c.group, without_block(c.tensor)};
    if (!sums.contains(key)) order.push_back(key);
    Sum& sum = sums[key];
    ++sum.compared;
    if (c.error > sum.error) sum.error = c.error, sum.where = c.key.empty() ? c.tensor : c.key + " " + c.tensor;
  }
  std::vector<std::vector<std::string>> rows{{"group, tensor", "compared", "largest error", "where"}};
  for (const auto& key : order) {
    const Sum& sum = sums[key];
    rows.push_back(
        {key.first + ", " + key.second, fmt::format("{}", sum.compared), fmt::format("{:.1e}", sum.error), sum.where});
  }
  print_out("{}: ||ours - golden|| / ||golden||, at most {:g}\n\n{}\n", stem.string(), golden_tolerance,
            text_table(rows));
  for (const GoldenComparison& c : all)
    if (!(c.error <= golden_tolerance)) print_out("WRONG: {} {} {}: {:.1e}\n", c.group, c.key, c.tensor, c.error);
  print_out("{}: {}\n", stem.string(), right(all) ? "all right" : "NOT RIGHT");
}

void verify(const GoldenOptions& o) {
  bool all_right = true;
  nlohmann::ordered_json json;
  for (const fs::path& stem : o.cases) {
    const std::vector<GoldenComparison> all = verify_golden(stem, o.skip);
    all_right = all_right && right(all);
    if (!o.json) {
      print(stem, all);
      continue;
    }
    json[stem.string()] = {{"right", right(all)}, {"tolerance", golden_tolerance}};
    for (const GoldenComparison& c : all)
      json[stem.string()]["comparisons"].push_back(
          {{"group", c.group}, {"key", c.key}, {"tensor", c.tensor}, {"error", c.error}});
  }
  if (o.json) print_json(json);
  end_with(all_right);
}

}  // namespace

void add_verify_golden(CLI::App& verify_command) {
  const auto o = std::make_shared<GoldenOptions>();
  CLI::App* command =
      verify_command.add_subcommand("golden", "every number of a case that PyTorch computed against ours, in double");
  command->add_option("case", o->cases, "cases, without their ending, as in tests/golden/tiny")->required();
  add_no_skip(*command, o->skip);
  command->add_flag("--json", o->json, "print JSON");
  command->footer("Example: sgtm verify golden tests/golden/tiny tests/golden/middle");
  command->callback([o] { verify(*o); });
}

void add_verify_export(CLI::App& verify_command) {
  struct Options {
    fs::path stem, model;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command = verify_command.add_subcommand(
      "export", "write such a case from this implementation, to hold other people's masks against it");
  command->add_option("case", o->stem, "where to write, without an ending, as in cases/mine")->required();
  const auto read = add_settings(*command, "nano");
  command->add_option("--model", o->model, "a model whose shape and parameters the case has, instead of random ones");
  command->footer(
      "Examples:\n  sgtm verify export cases/nano --preset nano\n  sgtm verify export cases/mine --model runs/a");
  command->callback([o, read] {
    const std::optional<SavedModel> model = o->model.empty() ? std::nullopt : std::optional(read_model(o->model));
    const RunConfig c = model ? read(ShapeFrom{*model, "--model"}) : read();
    export_golden(o->stem, c.model, c.split, c.seed, model ? model->parameters.cast<double>() : Flat<double>());
    print_out(
        "{0}.json, {0}.params, .forward, .gradients and .train.safetensors are written. Layout: "
        "tests/golden/README.md\n",
        o->stem.string());
  });
}

}  // namespace sgtm
