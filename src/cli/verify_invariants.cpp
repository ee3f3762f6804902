#include "cli/verify.hpp"
#include "verify/invariants.hpp"

namespace sgtm {
namespace {

struct InvariantOptions {
  InvariantSize size;
  std::string fault;
  bool json = false;
};

const char* text_of(Invariant::Verdict verdict) {
  return verdict == Invariant::Verdict::right ? "right" : verdict == Invariant::Verdict::wrong ? "WRONG" : "measured";
}

void verify(const InvariantOptions& o) {
  if (o.fault == "list") return list_faults(optimizer_faults);
  const OptimizerFault* fault = o.fault.empty() ? nullptr : &named(optimizer_faults, o.fault, "--fault");
  const std::vector<Invariant> all = verify_invariants(o.size, fault);
  const bool right =
      std::none_of(all.begin(), all.end(), [](const Invariant& i) { return i.verdict == Invariant::Verdict::wrong; });
  if (o.json) {
    nlohmann::ordered_json json{{"right", right}, {"invariants", nlohmann::ordered_json::array()}};
    for (const Invariant& i : all)
      json["invariants"].push_back(
          {{"sentence", i.sentence}, {"verdict", text_of(i.verdict)}, {"evidence", i.evidence}});
    print_json(json);
  } else {
    for (const Invariant& i : all) print_out("{}: {}\n  {}\n", text_of(i.verdict), i.sentence, i.evidence);
    print_out("\n{}\n", right ? "all right" : "NOT RIGHT");
    if (fault != nullptr)
      print_out("The fault {} ({}) is {}.\n", o.fault, fault->what, right ? "NOT NOTICED" : "caught");
  }
  end_with(right);
}

}  // namespace

void add_verify_invariants(CLI::App& verify_command) {
  const auto o = std::make_shared<InvariantOptions>();
  CLI::App* command = verify_command.add_subcommand(
      "invariants", "sentences about training with SGTM that hold to the bit, and the evidence");
  command->option_defaults()->always_capture_default();
  command->add_option("--stories", o->size.stories, "stories per language to train on")->check(between(100, 100000));
  command->add_option("--steps", o->size.steps, "steps of the runs that are measured")->check(between(10, 1000000));
  command->add_option("--seeds", o->size.seeds, "seeds of the runs that are measured")->check(between(1, 100));
  command->add_option("--fault", o->fault,
                      "inject a known mistake into the optimizer, to see it caught; list shows them");
  add_no_skip(*command, o->size.skip);
  command->add_flag("--json", o->json, "print JSON");
  add_threads(*command);
  command->footer("Examples:\n  sgtm verify invariants\n  sgtm verify invariants --fault momentum-moves-frozen");
  command->callback([o] { verify(*o); });
}

}  // namespace sgtm
