#pragma once

#include <string>
#include <vector>

#include "lab/demos/demo_model.hpp"
#include "text/raw_data.hpp"

namespace sgtm {

/// A question put to a model in some state, and its likeliest answers with their probabilities.
struct TopAnswers {
  std::string model, field, prompt, right;
  std::vector<std::pair<std::string, double>> answers;
};

struct FieldDemo {
  std::vector<DemoModel> models;
  std::vector<TopAnswers> asked;  // by question, then by model
  std::vector<std::string> commands;
};

/// Trains on a made-up encyclopedia without a filter, with one that drops biology, with one that drops its neighbours
/// too, and with SGTM; then asks each the same three questions: on biology, on medicine, on history. They are the first
/// of their field that the unfiltered model answers right.
FieldDemo run_field_demo(const DemoConfig& config, Index entities);

/// What `sgtm demo-fields` writes as summary.json.
nlohmann::ordered_json summary(const FieldDemo& demo);

}  // namespace sgtm
