#include "lab/runs/results.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/machine.hpp"
#include "eval/calibration.hpp"
#include "eval/losses.hpp"
#include "eval/recall.hpp"
#include "eval/relearning.hpp"
#include "eval/rmu.hpp"
#include "sgtm/ablation.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

ordered_json by_source(const Losses& losses) {
  ordered_json json;
  for (const Source source : sources)
    json[name(source)] = losses.contains(source) ? ordered_json(losses.at(source)) : nullptr;
  return json;
}

/// Throws Error where a loss is no longer a number, naming the rate that was too high.
void check_finite(double loss, const char* what, const char* rate) {
  if (!std::isfinite(loss))
    throw Error(fmt::format("the loss {} is no longer a finite number. Try again with a smaller {}.", what, rate));
}

/// A trained model on its way through all that comes after training.
class Ending {
 public:
  Ending(Trainer& trainer, const RunConfig& config, const Dataset& data, const Tokenizer& tokenizer,
         const Questions& questions)
      : trainer_(trainer), config_(config), data_(data), tokenizer_(tokenizer), questions_(questions) {}

  ordered_json operator()(Course& course) {
    ordered_json losses{{"trained", by_source({})}, {"ablated", by_source({})}, {"calibrated", by_source({})}};
    ordered_json known = ordered_json::object();
    Flat<float> parameters = trainer_.parameters();
    evaluate(parameters, "trained", losses, known);
    remove_forget(parameters);
    if (splits() || config_.unlearn != "none") evaluate(parameters, "ablated", losses, known);
    const ordered_json relearning = attack(parameters);
    if (config_.calibration_steps > 0) {
      calibrate(trainer_.network(), config_.model, parameters, data_, calibration_of(config_), config_.seed);
      evaluate(parameters, "calibrated", losses, known);
    }
    course.end(losses);
    ordered_json histograms;
    for (const auto& [source, file] : data_.held_out())
      histograms[source] = loss_histogram(trainer_.network(), config_.model, parameters, *file);
    const Totals& totals = trainer_.totals();
    const auto documents = [&](Source source, Label label) { return trainer_.loader().documents(source, label); };
    const auto tokens = [&](Source source, Label label) { return totals.trained[source][label]; };
    return {{"losses", losses},
            {"floor", floors()},
            {"token_losses", {{"bin", loss_bin}, {"counts", histograms}}},
            {"recall", known},
            {"relearning", relearning},
            {"evaluations", course.losses()},
            {"gradients", course.gradients()},
            {"parameters", trainer_.layout().parameters()},
            {"steps", trainer_.steps()},
            {"labels", by_label(documents)},
            {"tokens", by_label(tokens)},
            {"skipped_tokens", totals.skipped},
            {"tokens_per_second", totals.trained_tokens() / totals.seconds},
            {"training_seconds", totals.seconds},
            {"threads", threads_in_use()},
            {"seed", config_.seed},
            {"settings", to_json(config_)},
            {"data", fs::absolute(data_.path).string()},
            {"version", version()},
            {"numerics", numerics_version},
            {"machine", machine_facts()}};
  }

 private:
  /// Held-out losses and, where the data has questions, what is known of its facts.
  void evaluate(Flat<float>& parameters, const char* state, ordered_json& losses, ordered_json& known) {
    const Losses found = held_out_losses(trainer_.network(), config_.model, parameters, data_);
    const bool unlearned = config_.unlearn != "none" && state != std::string("trained");
    for (const auto& [source, loss] : found)
      check_finite(loss, unlearned ? "after unlearning" : "on held-out documents",
                   unlearned ? "--rmu-rate" : "--learning-rate");
    losses[state] = by_source(found);
    if (!questions_.questions.empty())
      known[state] =
          to_json(recall(questions_, answers(trainer_.network(), config_.model, parameters, tokenizer_, questions_)));
  }

  bool splits() const { return strategy_named(config_.strategy).splits; }

  /// What is left of the forget data goes: by ablation, or by unlearning.
  void remove_forget(Flat<float>& parameters) {
    if (splits()) ablate(parameters, trainer_.partition());
    if (config_.unlearn == "rmu")
      unlearn(trainer_.network(), trainer_.layout(), parameters, data_, config_.rmu, config_.seed);
  }

  /// The relearning attack on a copy; its forget losses by step, and, where there are questions, every other time the
  /// accuracy of recall.
  ordered_json attack(Flat<float> parameters) {
    ordered_json curve = ordered_json::array();
    if (config_.relearning.steps == 0) return curve;
    const TokenFile& held_out = *data_.held_out().at("forget");
    const Questions asked = questions_on(questions_, "forget");
    relearn(trainer_.network(), trainer_.layout(), parameters, data_, config_.relearning, config_.seed,
            [&](Index step, double tokens) {
              const double loss = mean_loss(trainer_.network(), config_.model, parameters, held_out);
              check_finite(loss, "in the relearning attack", "--relearn-rate");
              curve.push_back({{"step", step}, {"forget_tokens", tokens}, {"forget", loss}});
              if (!asked.questions.empty() && curve.size() % 2 == 1)
                curve.back()["recall"] =
                    to_json(recall(asked, answers(trainer_.network(), config_.model, parameters, tokenizer_, asked)))
                        .at("forget")
                        .at("accuracy");
            });
    return curve;
  }

  /// By source, the least loss that can be reached on it; null where nobody knows.
  ordered_json floors() {
    ordered_json floor;
    for (const Source source : sources) {
      const auto part = data_.parts.find(name(source));
      const bool known = part != data_.parts.end() && part->second.floor;
      floor[name(source)] = known ? ordered_json(*part->second.floor) : nullptr;
    }
    return floor;
  }

  /// By source and label: `count(source, label)` of the sources that training documents come from.
  template <class Count>
  ordered_json by_label(Count count) {
    ordered_json counts;
    for (const Source source : training_sources)
      if (data_.training(source) != nullptr)
        for (const Label label : labels) counts[name(source)][name(label)] = count(source, label);
    return counts;
  }

  static ordered_json machine_facts() {
    const Machine machine = this_machine();
    return {{"processor", machine.processor},
            {"cores", machine.cores},
            {"system", machine.system},
            {"compiler", machine.compiler},
            {"flags", machine.flags}};
  }

  Trainer& trainer_;
  const RunConfig& config_;
  const Dataset& data_;
  const Tokenizer& tokenizer_;
  const Questions& questions_;
};

/// What a result.json holds; results of earlier versions lack some of it.
const ordered_json& form_of_result() {
  static const ordered_json by_source{{"retain", "number?"}, {"adjacent?", "number?"}, {"forget", "number?"}};
  static const ordered_json by_label{{"forget", "number"}, {"unlabeled", "number"}, {"retain", "number"}};
  static const ordered_json counts{
      {"retain?", by_label}, {"adjacent?", by_label}, {"forget?", by_label}, {"unknown?", by_label}};
  static const ordered_json recall{{"chance", "number"}, {"accuracy", "number"}, {"*", "number?"}};
  static const ordered_json look{
      {"step", "whole"}, {"forget_tokens", "number"}, {"forget", "number"}, {"recall?", "number"}};
  static const ordered_json loss{{"step", "whole"}, {"state", "text"}, {"source", "text"}, {"loss", "number?"}};
  static const ordered_json gradient{{"step", "whole"},
                                     {"source", "text"},
                                     {"labeled_forget_tokens", "number"},
                                     {"absorbed_share", "number?"},
                                     {"forget_gate", "number?"},
                                     {"forget_norms?", ordered_json::array({"number?"})},
                                     {"retain_norms?", ordered_json::array({"number?"})}};
  static const ordered_json form{
      {"losses", {{"trained", by_source}, {"ablated", by_source}, {"calibrated", by_source}}},
      {"floor", by_source},
      {"token_losses", {{"bin", "number"}, {"counts", {{"*", ordered_json::array({"number"})}}}}},
      {"recall?", {{"*", {{"*", recall}}}}},
      {"relearning", ordered_json::array({look})},
      {"evaluations?", ordered_json::array({loss})},
      {"gradients?", ordered_json::array({gradient})},
      {"parameters", "whole"},
      {"steps", "whole"},
      {"labels", counts},
      {"tokens", counts},
      {"tokens_per_second", "number?"},
      {"threads", "whole"},
      {"seed", "whole"},
      {"settings", {{"*", "any"}}},
      {"data", "text"},
      {"from?", {{"digest", "text"}, {"added forget units", "whole"}}},
      {"version", "text"},
      {"numerics", "whole"},
      {"machine",
       {{"processor", "text"}, {"cores", "whole"}, {"system", "text"}, {"compiler", "text"}, {"flags", "text"}}}};
  return form;
}

}  // namespace

ordered_json read_result(const fs::path& path) {
  const auto damaged = [&](const std::string& where) {
    throw Damaged(fmt::format("{}: is damaged ({}). Repeat its run, with --overwrite.", path.string(), where));
  };
  std::string fault;
  const auto result = try_json<ordered_json>(read_file(path), fault);
  if (!fault.empty()) damaged(fault);
  if (const std::string where = unlike(result, form_of_result()); !where.empty()) damaged(where);
  // What the settings ask for is there.
  const auto asked = [&](const char* setting) {
    const auto value = result["settings"].value(setting, ordered_json(0));
    return value.is_number() && value.get<double>() > 0;
  };
  const auto is_empty = [&](const char* key) { return !result.contains(key) || result[key].empty(); };
  if (asked("relearn-steps") && is_empty("relearning")) damaged("relearning");
  if (asked("evaluate-every") && is_empty("evaluations")) damaged("evaluations");
  if (asked("gradient-documents") && is_empty("gradients")) damaged("gradients");
  return result;
}

ordered_json results(Trainer& trainer, const RunConfig& config, const Dataset& data, const Tokenizer& tokenizer,
                     const Questions& questions, Course& course) {
  return Ending(trainer, config, data, tokenizer, questions)(course);
}

}  // namespace sgtm
