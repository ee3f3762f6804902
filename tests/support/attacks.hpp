#pragma once

#include <algorithm>

#include "tests/support/finished_table.hpp"

/// When an attack has brought something back; after all its steps, where it never has.
struct Back {
  double steps, tokens;
  bool reached;
};

/// What is looked at, and when it is back: the forget loss at most as large as its target, or recall at least so.
struct Aim {
  bool of_recall;
  Reading target;  // of the unfiltered run of the same seed
};
inline Aim loss_back(double nats) {
  return {false, [=](const sgtm::Finished& none) { return lost("trained", "forget")(none) + nats; }};
}
inline Aim recall_back(double share) {
  return {true, [=](const sgtm::Finished& none) { return share * known("trained", "forget")(none); }};
}

inline Back back(const sgtm::Finished& run, const Aim& aim, double target) {
  const auto& looks = run.result.relearning;
  const auto all = static_cast<double>(looks.back().step);
  const double per_step = looks.back().forget_tokens / all;
  double last_step = 0, last_value = 0;
  for (const sgtm::AttackLook& look : looks) {
    if (aim.of_recall && !look.recall) continue;
    const auto step = static_cast<double>(look.step);
    const double missing = aim.of_recall ? target - *look.recall : look.forget - target;
    if (missing <= 0) {
      const double at = step == 0 ? 0 : last_step + (step - last_step) * last_value / (last_value - missing);
      return {at, at * per_step, true};
    }
    last_step = step, last_value = missing;
  }
  return {all, all * per_step, false};
}

/// By seed.
inline std::vector<Back> backs(const FinishedTable& table, const std::string& method, double undiscovered,
                               const Aim& aim, const std::string& unfiltered = "none") {
  std::vector<Back> found;
  const Numbers targets = table.of(unfiltered, 0, aim.target);
  for (const sgtm::Finished& run : table.runs(method, undiscovered))
    found.push_back(back(run, aim, targets.at(found.size())));
  return found;
}

/// Of a filter between its run on half of the tokens and its whole run, where its retain loss is SGTM's.
inline std::vector<Back> matched_backs(const FinishedTable& table, const std::string& filter, double undiscovered,
                                       double sgtm_undiscovered, const Aim& aim) {
  const Reading retain = lost("calibrated", "retain");
  const std::string half = filter + ", 0.5 of the tokens";
  const Numbers of_half = table.of(half, undiscovered, retain), of_whole = table.of(filter, undiscovered, retain),
                of_sgtm = table.of("sgtm", sgtm_undiscovered, retain);
  const auto from = backs(table, half, undiscovered, aim), to = backs(table, filter, undiscovered, aim);
  std::vector<Back> found;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double gained = of_half[i] - of_whole[i];
    const double way = gained <= 0 ? 1 : std::clamp((of_half[i] - of_sgtm[i]) / gained, 0.0, 1.0);
    const bool reached = way == 0 ? from[i].reached : way == 1 ? to[i].reached : from[i].reached && to[i].reached;
    found.push_back(
        {(1 - way) * from[i].steps + way * to[i].steps, (1 - way) * from[i].tokens + way * to[i].tokens, reached});
  }
  return found;
}

/// Steps of a minus steps of b, where it is known which took more.
inline Numbers more_steps_of(const std::vector<Back>& a, const std::vector<Back>& b) {
  Numbers more;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = a[i].steps - b.at(i).steps;
    const bool unknown =
        (!a[i].reached && !b[i].reached) || (!a[i].reached && difference < 0) || (!b[i].reached && difference > 0);
    if (!unknown) more.push_back(difference);
  }
  return more;
}
