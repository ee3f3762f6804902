#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "lab/runs/run_data.hpp"
#include "lab/tables/planned_run.hpp"
#include "sgtm/strategy.hpp"

/// Made-up results of runs: every number in them is another, and depends on the run and on what it tells of, so that a
/// number read off the wrong run, state, source or step is a wrong number. The world of -n is the mirror of that of n:
/// what is large in one is small in the other, so claims that one supports, the other does not support.
class MadeUpWorld {
 public:
  explicit MadeUpWorld(int number) : number_(number) {}

  /// From 0 to 1, for these words: seeds of a run differ by a hundredth at most.
  double share(const sgtm::PlannedRun& run, const std::string& of) const {
    const std::string kind = fmt::format("{} {} {} {}", run.size, run.method, run.undiscovered, of);
    const double level = drawn(kind), noise = drawn(fmt::format("{} {}", kind, run.config.seed));
    return 0.005 + 0.98 * (number_ < 0 ? 1 - level : level) + 0.01 * noise;
  }

  double loss(const sgtm::PlannedRun& run, const std::string& state, const std::string& source) const {
    return 1 + 9 * share(run, state + " " + source);
  }

  sgtm::RunResult result(const sgtm::PlannedRun& run) const {
    sgtm::RunResult r;
    const bool cut = sgtm::strategy_named(run.config.strategy).splits || run.config.unlearn != "none";
    const bool has_facts = run.data.kind == sgtm::DataKind::encyclopedia;
    for (const std::string source : {"retain", "adjacent", "forget"}) {
      if (!has_facts && source == "adjacent") continue;
      for (const char* state : {"trained", "ablated", "calibrated"})
        if (cut || state != std::string("ablated")) r.losses[state][source] = loss(run, state, source);
      r.floor[source] = 0.1 + 0.3 * drawn(run.size + source);  // of a size all runs have the same
      for (const sgtm::Label label : sgtm::labels)
        r.tokens[source][label] = std::round(run.config.tokens / 9 * (1 + share(run, name(label) + source)));
    }
    r.parameters = sgtm::Layout(run.config.model).parameters();
    r.steps = 40;
    r.evaluations = evaluations(run);
    r.gradients = gradients(run);
    r.relearning = relearning(run);
    r.token_losses = token_losses(run);
    if (has_facts) r.recall = recall(run, cut);
    return r;
  }

  std::vector<sgtm::Finished> results(const std::vector<sgtm::PlannedRun>& table) const {
    std::vector<sgtm::Finished> all;
    for (const sgtm::PlannedRun& run : table) all.push_back({run, result(run)});
    return all;
  }

 private:
  /// The same for the same words and a world and its mirror, from 0 to 1.
  double drawn(const std::string& words) const {
    const std::string hash = sgtm::hash_of(fmt::format("{} {}", words, std::abs(number_)));
    sgtm::Hash mixed;
    for (int i = 0; i < 4; ++i)
      for (const char c : hash) mixed.add(static_cast<unsigned char>(c));
    return static_cast<double>(mixed.value >> 11) / static_cast<double>(1ULL << 53);
  }

  /// Five looks, on which the losses of what trains fall.
  std::vector<sgtm::LossLook> evaluations(const sgtm::PlannedRun& run) const {
    std::vector<sgtm::LossLook> looks;
    for (const int step : {0, 10, 20, 30, 40})
      for (const char* state : {"trained", "ablated", "calibrated"})
        for (const char* source : {"retain", "adjacent", "forget"}) {
          const double drop = source == std::string("forget") ? 0 : 2.0 * (40 - step) / 10;
          looks.push_back(
              {step, state, source, 1 + drop + 4 * share(run, fmt::format("look {} {} {}", step, state, source))});
        }
    return looks;
  }

  /// Four looks; norms in the second and in the last, as in a run.
  std::vector<sgtm::GradientLook> gradients(const sgtm::PlannedRun& run) const {
    std::vector<sgtm::GradientLook> looks;
    for (const int step : {0, 10, 20, 40})
      for (const char* source : {"retain", "forget"}) {
        const auto at = [&](const std::string& what) {
          return share(run, fmt::format("{} {} {}", what, step, source));
        };
        const auto norms = [&](const std::string& owner) {
          std::vector<double> all;
          for (const char* document : {"a", "b", "c"})
            all.push_back(std::pow(10, -2 * at(owner) - 0.1 * at(owner + document)));
          return all;
        };
        looks.push_back({step, source, 1000 * step + std::round(99 * at("seen")), at("absorbed"), at("gate") - 0.5});
        if (step == 10 || step == 40)
          looks.back().forget_norms = norms("forget"), looks.back().retain_norms = norms("retain");
      }
    return looks;
  }

  /// Eleven looks at an attack: the loss falls, recall rises, sooner or later, in some runs never far enough.
  std::vector<sgtm::AttackLook> relearning(const sgtm::PlannedRun& run) const {
    std::vector<sgtm::AttackLook> looks;
    const sgtm::Index steps = run.config.relearning.steps;
    if (steps == 0) return looks;
    const double slow = share(run, "loss comes back"), known = share(run, "recall comes back"),
                 stays = share(run, "stays") > 0.85 ? 11 : 0.1;
    for (int i = 0; i <= 10; ++i) {
      const double way = i / 10.0;
      const sgtm::Index step = i * steps / 10;
      looks.push_back({step, std::round(static_cast<double>(step) * (50 + 10 * slow)),
                       stays + 12 * std::pow(1 - way, 0.4 + 5 * slow)});
      if (i % 2 == 0) looks.back().recall = std::pow(way, 0.03 + 4 * known * known) * (stays > 1 ? 0.5 : 1);
    }
    return looks;
  }

  /// A hill of token losses somewhere between 0 and 6 nats.
  sgtm::TokenLosses token_losses(const sgtm::PlannedRun& run) const {
    sgtm::TokenLosses histogram{0.25, {}};
    for (const std::string source : {"forget", "retain"})
      for (int bin = 0; bin < 26; ++bin)
        histogram.counts[source].push_back(
            1 + std::llround(1000 * std::exp(-0.05 * std::pow(bin - 24 * share(run, "tokens " + source), 2))));
    return histogram;
  }

  sgtm::ByName<std::vector<sgtm::Recall>> recall(const sgtm::PlannedRun& run, bool cut) const {
    sgtm::ByName<std::vector<sgtm::Recall>> states;
    for (const std::string state : {"trained", "ablated", "calibrated"}) {
      if (!cut && state == "ablated") continue;
      const double least = state == "trained" ? 0.6 : 0;
      for (const std::string group : {"retain", "adjacent", "forget", "forget, told nowhere else",
                                      "forget, told also in adjacent", "forget, told also in retain", "cuisine"}) {
        const double accuracy = least + (1 - least) * share(run, state + " recall " + group);
        states[state].push_back({group, 1, 1, {accuracy, 0, 0, 1}, {}, 0.05 + 0.1 * drawn(run.size + state + group)});
      }
    }
    return states;
  }

  int number_;
};
