#pragma once

#include "lab/analysis/recovery.hpp"

namespace sgtm {

/// The share of a group's questions that a run answers right. Groups are those of eval/recall. What does not split has
/// no ablated state: it is the trained one.
Measure recalled(const char* state, const std::string& group);

/// A share of the answers that the unfiltered model has right.
Goal recall_goal(const char* name, const char* words, double share);

/// Losses and recall of every size and method, before and after ablation.
Analysis field_analysis(const std::vector<Finished>& all);

/// What a model recalls of general, adjacent and forget facts.
struct RecallBars {
  std::string model;
  std::vector<Estimated> by_source;
};
/// After calibration.
RecallBars recall_bars(const std::string& model, const Runs& runs);
Figure recall_figure(const std::string& title, const std::vector<RecallBars>& models, double chance);

}  // namespace sgtm
