#pragma once

#include <string>

#include "lab/demos/field_demo.hpp"

namespace sgtm {

/// What the four models know before and after: rows of a table, the first its head.
std::vector<std::vector<std::string>> field_demo_rows(const std::vector<DemoModel>& models);

/// The questions with each model's likeliest answers, a row each.
std::vector<std::vector<std::string>> answer_rows(const std::vector<TopAnswers>& asked);

/// A picture of the table: recall of every model, in the three sources.
std::string field_demo_figure(const std::vector<DemoModel>& models);

/// The page that `sgtm demo-fields` writes.
std::string field_demo_page(const FieldDemo& demo, const std::string& figure);

}  // namespace sgtm
