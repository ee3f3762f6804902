#pragma once

#include <string>

#include "lab/demos/demo.hpp"

namespace sgtm {

/// The demo's pictures, as SVG.
struct DemoFigures {
  std::string masks, trade_off, loss_curves;
};
DemoFigures demo_figures(const Demo& demo);

/// The page that `sgtm demo` writes: what SGTM is, the masks, the curves, the trade-off, the samples, the commands.
std::string demo_page(const Demo& demo, const DemoFigures& figures);

/// What the four models of `sgtm demo-fields` know before and after: rows of a table, the first its head.
std::vector<std::vector<std::string>> field_demo_rows(const std::vector<DemoModel>& models);

/// The questions with each model's likeliest answers, a row each.
std::vector<std::vector<std::string>> answer_rows(const std::vector<TopAnswers>& asked);

/// A picture of the table: recall of every model, in the three sources.
std::string field_demo_figure(const std::vector<DemoModel>& models);

/// The page that `sgtm demo-fields` writes.
std::string field_demo_page(const FieldDemo& demo, const std::string& figure);

}  // namespace sgtm
