#pragma once

#include <string>

#include "lab/demos/demo.hpp"

namespace sgtm {

/// The demo's pictures, as SVG.
struct DemoFigures {
  std::string masks, trade_off, loss_curves;
};

DemoFigures demo_figures(const Demo& demo);

/// The end of a demo's page: what one would type, and on which machine a model was trained.
std::string commands_html(const std::vector<std::string>& commands, const DemoModel& of);

/// The page that `sgtm demo` writes: what SGTM is, the masks, the curves, the trade-off, the samples, the commands.
std::string demo_page(const Demo& demo, const DemoFigures& figures);

}  // namespace sgtm
