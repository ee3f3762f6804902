#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "train/run_config.hpp"

namespace sgtm {

/// One model of the demo: its result.json and where its metrics lie.
struct DemoModel {
  std::string name, title;
  nlohmann::ordered_json result;
  std::string metrics;  // metrics.csv
};

/// A prompt and how a model in some state goes on.
struct DemoSample {
  std::string model, prompt, continuation;
};

/// The demo's pictures, as SVG.
struct DemoFigures {
  std::string masks, trade_off, loss_curves;
};

DemoFigures demo_figures(const std::vector<DemoModel>& models, const RunConfig& sgtm_config);

/// The page that `sgtm demo` writes: what SGTM is, the masks, the curves, the trade-off, the samples, the commands.
std::string demo_page(const std::vector<DemoModel>& models, const std::vector<DemoSample>& samples,
                      const DemoFigures& figures, const std::vector<std::string>& commands);

}  // namespace sgtm
