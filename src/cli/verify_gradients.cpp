#include <map>

#include "cli/verify.hpp"
#include "lab/report/pictures.hpp"
#include "verify/specimen.hpp"

namespace sgtm {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct GradientOptions {
  std::string strategy = "all", label = "all", fault;
  std::vector<Index> blocks;
  fs::path svg;
  bool json = false, skip = true;
};

std::string text_of(const GradientCase& c) {
  return fmt::format("{}, {}{}", c.strategy, name(c.label), c.masking.empty() ? "" : ", " + c.masking);
}

/// A line per strategy and label.
Rows case_rows(const GradientReport& report) {
  Rows rows{{"strategy, label, masking", "entries", "must be 0", "are not", "largest error", "where", ""}};
  for (const GradientCase& c : report.cases) {
    RangeEvidence sum;
    for (const RangeEvidence& r : c.ranges) {
      sum.entries += r.entries, sum.zeros += r.zeros, sum.not_zero += r.not_zero;
      if (r.error > sum.error) sum.error = r.error, sum.tensor = fmt::format("{} ({})", r.tensor, name(r.owner));
    }
    rows.push_back({text_of(c), fmt::format("{}", sum.entries), fmt::format("{}", sum.zeros),
                    fmt::format("{}", sum.not_zero), fmt::format("{:.1e}", sum.error), sum.tensor,
                    c.right() ? "right" : "WRONG"});
  }
  return rows;
}

/// A line per tensor and owner, over all blocks and cases.
Rows tensor_rows(const GradientReport& report) {
  std::vector<std::string> tensors;  // in the model's order
  std::map<std::pair<std::size_t, Owner>, RangeEvidence> sums;
  for (const GradientCase& c : report.cases)
    for (const RangeEvidence& r : c.ranges) {
      const std::string tensor = name_in_block(r.tensor);
      auto place = std::find(tensors.begin(), tensors.end(), tensor);
      if (place == tensors.end()) place = tensors.insert(tensors.end(), tensor);
      RangeEvidence& sum = sums[{static_cast<std::size_t>(place - tensors.begin()), r.owner}];
      sum.entries += r.entries, sum.zeros += r.zeros, sum.not_zero += r.not_zero;
      sum.error = std::max(sum.error, r.error);
    }
  Rows rows{{"tensor", "owner", "entries", "must be 0", "are not", "largest error"}};
  for (const auto& [key, sum] : sums)
    rows.push_back({tensors[key.first], name(key.second), fmt::format("{}", sum.entries), fmt::format("{}", sum.zeros),
                    fmt::format("{}", sum.not_zero), fmt::format("{:.1e}", sum.error)});
  return rows;
}

void print_mistakes(const GradientReport& report) {
  for (const GradientCase& c : report.cases) {
    if (c.loss_error > loss_tolerance) print_out("WRONG: {}: the loss is off by {:.1e}\n", text_of(c), c.loss_error);
    if (!c.same_bits) print_out("WRONG: {}: leaving out masked work changes bits\n", text_of(c));
    for (const RangeEvidence& r : c.ranges)
      if (!r.right())
        print_out("WRONG: {}: {} ({}): of {} entries that must be 0 {} are not; error of the others {:.1e}\n",
                  text_of(c), r.tensor, name(r.owner), r.zeros, r.not_zero, r.error);
  }
}

void print(const GradientReport& report) {
  print_out(
      "Model: {} parameters, in double. Reference: {} losses differentiated by central differences, {} forward "
      "passes.\nError: ||gradient - differences|| / ||differences||, at most {:g} per tensor and owner.\n\n{}\n{}\n",
      report.parameters, report.losses, report.forward_passes, gradient_tolerance, text_table(case_rows(report)),
      text_table(tensor_rows(report)));
  if (std::any_of(report.cases.begin(), report.cases.end(), [](const GradientCase& c) { return c.held; }))
    print_out(
        "The masked gradient of gradient_routing is not the gradient of the loss. Its reference is the loss with "
        "the stopped\nactivations held at their recorded values (docs/backprop.md).\n\n");
  print_mistakes(report);
  print_out("{} in {:.1f} s\n", report.right() ? "all right," : "NOT RIGHT,", report.seconds);
}

nlohmann::ordered_json to_json(const GradientReport& report) {
  nlohmann::ordered_json json{{"right", report.right()},         {"tolerance", gradient_tolerance},
                              {"parameters", report.parameters}, {"forward_passes", report.forward_passes},
                              {"seconds", report.seconds},       {"cases", nlohmann::ordered_json::array()}};
  for (const GradientCase& c : report.cases) {
    nlohmann::ordered_json ranges = nlohmann::ordered_json::array();
    for (const RangeEvidence& r : c.ranges)
      ranges.push_back({{"tensor", r.tensor},
                        {"owner", name(r.owner)},
                        {"entries", r.entries},
                        {"must_be_zero", r.zeros},
                        {"not_zero", r.not_zero},
                        {"error", r.error},
                        {"right", r.right()}});
    json["cases"].push_back({{"strategy", c.strategy},
                             {"label", name(c.label)},
                             {"masking", c.masking},
                             {"stopped_activations_held", c.held},
                             {"loss_error", c.loss_error},
                             {"fast_equals_explicit", c.same_bits},
                             {"right", c.right()},
                             {"regions", ranges}});
  }
  return json;
}

void verify(const GradientOptions& o) {
  if (o.fault == "list") return list_faults(gradient_faults);
  GradientQuestion question{o.strategy == "all" ? "" : o.strategy, labels_chosen(o.label), o.blocks, nullptr, o.skip};
  if (!o.fault.empty()) question.fault = &named(gradient_faults, o.fault, "--fault");
  Differences differences;
  const GradientReport report = verify_gradients(question, differences);
  if (!o.svg.empty())
    write_file(o.svg, gradient_picture(report, o.blocks.empty() ? specimen().split.first_masked_block() : o.blocks[0]));
  if (o.json) {
    print_json(to_json(report));
  } else {
    print(report);
    if (question.fault != nullptr)
      print_out("The fault {} ({}) is {}.\n", o.fault, question.fault->what, report.right() ? "NOT NOTICED" : "caught");
  }
  end_with(report.right());
}

}  // namespace

void add_verify_gradients(CLI::App& verify_command) {
  const auto o = std::make_shared<GradientOptions>();
  CLI::App* command = verify_command.add_subcommand(
      "gradients", "every entry of every masked gradient against central differences, in double");
  command->add_option("--strategy", o->strategy, "one strategy, or all")->capture_default_str();
  command->add_option("--label", o->label, "forget, unlabeled, retain, or all")->capture_default_str();
  command
      ->add_option("--block", o->blocks, "only these blocks of the model that is checked (0 to 3; 1 and 2 are split)")
      ->delimiter(',');
  command->add_option("--fault", o->fault, "inject a known mistake, to see it caught; list shows them");
  command->add_option("--svg", o->svg, "draw the gradients of a block, entry by entry, into this file")
      ->check(ends_with(".svg"));
  add_no_skip(*command, o->skip);
  command->add_flag("--json", o->json, "print JSON");
  command->footer(
      "Examples:\n  sgtm verify gradients --strategy sgtm --label forget --svg gradients.svg\n  sgtm verify gradients "
      "--fault b_2-forgotten");
  command->callback([o] { verify(*o); });
}

}  // namespace sgtm
