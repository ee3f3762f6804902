#include "lab/runs/run_result.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/record.hpp"

namespace sgtm {

using nlohmann::ordered_json;

// What a result.json holds (core/record.hpp). Results of earlier versions lack what has a "?".

template <Is<AttackLook> R>
void for_each_part(R& look, auto visit) {
  visit("step", look.step), visit("forget_tokens", look.forget_tokens), visit("forget", look.forget);
  visit("recall?", look.recall);
}

template <Is<LossLook> R>
void for_each_part(R& look, auto visit) {
  visit("step", look.step), visit("state", look.state), visit("source", look.source), visit("loss?", look.loss);
}

template <Is<GradientLook> R>
void for_each_part(R& look, auto visit) {
  visit("step", look.step), visit("labeled_forget_tokens", look.labeled_forget_tokens), visit("source", look.source);
  visit("absorbed_share?", look.absorbed_share), visit("forget_gate?", look.forget_mask);
  visit("forget_norms?", look.forget_norms), visit("retain_norms?", look.retain_norms);
}

template <Is<TokenLosses> R>
void for_each_part(R& losses, auto visit) {
  visit("bin", losses.bin), visit("counts", losses.counts);
}

template <Is<Machine> R>
void for_each_part(R& machine, auto visit) {
  visit("processor", machine.processor), visit("cores", machine.cores), visit("system", machine.system);
  visit("compiler", machine.compiler), visit("flags", machine.flags);
}

template <Is<ByName<BySource>> R>
void for_each_part(R& losses, auto visit) {
  for (auto& [state, of] : losses) visit(state, of);
}

template <Is<RunResult> R>
void for_each_part(R& r, auto visit) {
  visit("losses", r.losses), visit("floor", r.floor), visit("token_losses", r.token_losses);
  visit("recall?", r.recall), visit("relearning", r.relearning), visit("evaluations?", r.evaluations);
  visit("gradients?", r.gradients), visit("parameters", r.parameters), visit("steps", r.steps);
  visit("labels", r.labels), visit("tokens", r.tokens), visit("skipped_tokens?", r.skipped_tokens);
  visit("tokens_per_second?", r.tokens_per_second), visit("training_seconds?", r.training_seconds);
  visit("threads", r.threads), visit("seed", r.seed), visit("settings", r.settings), visit("data", r.data);
  visit("version", r.version), visit("numerics", r.numerics), visit("machine", r.machine), visit("from?", r.from);
}

/// With null for what nobody knows.
static ordered_json json_of(const BySource& of) {
  ordered_json json;
  for (const Source source : sources)
    json[name(source)] = of.contains(name(source)) ? ordered_json(of.at(name(source))) : nullptr;
  return json;
}

static void read_part(const ordered_json& json, BySource& of, const std::string& where) {
  if (!json.is_object()) throw Misfit{where};
  for (const Source source : sources) {
    const auto at = json.find(name(source));
    const std::string place = where + "." + name(source);
    if (at == json.end() && source != Source::adjacent) throw Misfit{place};
    if (at != json.end() && !at->is_null()) read_part(*at, of[name(source)], place);
  }
}

static void read_part(const ordered_json& json, std::vector<Recall>& known, const std::string& where) {
  const Estimated nothing{NAN, NAN, INFINITY, 0};
  for (const auto& [group, of] : json.items())
    read_part(of, known.emplace_back(Recall{group, 0, 0, nothing, nothing, 0, NAN}), where + "." + group);
}

bool InOrder::operator()(const std::string& a, const std::string& b) const {
  constexpr std::string_view order[] = {"trained", "ablated", "calibrated", "retain", "adjacent", "forget"};
  const auto rank = [&order](const std::string& name) { return std::find(std::begin(order), std::end(order), name); };
  return rank(a) != rank(b) ? rank(a) < rank(b) : a < b;
}

const Recall* find_recall(const RunResult& result, const std::string& state, const std::string& group) {
  if (const auto known = result.recall.find(state); known != result.recall.end())
    for (const Recall& of : known->second)
      if (of.group == group) return &of;
  return nullptr;
}

const Recall& recall_of(const RunResult& result, const std::string& state, const std::string& group) {
  if (const Recall* found = find_recall(result, state, group)) return *found;
  throw Error(
      fmt::format("the result of seed {} on {} does not tell what is recalled of {}. Repeat its run, with --overwrite.",
                  result.seed, result.data, group));
}

ordered_json to_json(const RunResult& result) {
  return json_of(result);
}

RunResult read_result(const fs::path& path) {
  const auto damaged = [&](const std::string& where) {
    throw Damaged(fmt::format("{}: is damaged ({}). Repeat its run, with --overwrite.", path.string(), where));
  };
  std::string fault;
  const auto result = try_record<RunResult>(path, fault);
  if (!fault.empty()) damaged(fault);
  // What the settings ask for is there, and its parts are of the same sources.
  if (result.settings.relearning.steps > 0 && result.relearning.empty()) damaged("relearning");
  if (result.settings.evaluate_every > 0 && result.evaluations.empty()) damaged("evaluations");
  if (result.settings.gradient_documents > 0 && result.gradients.empty()) damaged("gradients");
  const auto names = [](const auto& of) {
    std::set<std::string> all;
    for (const auto& [name, value] : of) all.insert(name);
    return all;
  };
  for (const auto& [state, losses] : result.losses)
    if ((state == "trained" || !losses.empty()) && names(losses) != names(result.token_losses.counts))
      damaged("losses." + state);
  if (names(result.tokens) != names(result.labels)) damaged("tokens");
  return result;
}

}  // namespace sgtm
