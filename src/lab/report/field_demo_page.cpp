#include "lab/report/demo_page.hpp"

#include <fmt/format.h>

#include "core/figure.hpp"
#include "lab/analysis/field_recall.hpp"
#include "lab/report/html.hpp"
#include "text/source.hpp"

namespace sgtm {
namespace {

constexpr const char* field_introduction =
    R"(<p>What a model knows does not lie in one place of its training data. An article on an illness names the animal that causes it;
so a filter that drops the articles on biology leaves some biology in, and one that drops medicine too loses what nobody wanted to lose.
Here four models read a made-up encyclopedia of twelve fields. Biology is to be forgotten; medicine, chemistry and earth are its neighbours, which are to stay, and so is all else.
SGTM gives the articles on biology a few attention heads and units of their own to change, and sets these to zero in the end.</p>
<p>No fact in it is true, so nothing is lost when a model answers.</p>
)";

bool is_cut(const DemoModel& model) {
  return model.result["recall"].contains("ablated");
}

std::vector<std::string> row_of(const DemoModel& model, const char* state, const char* title) {
  std::vector<std::string> row{model.name, title};
  for (const Source source : sources) {
    const auto& known = model.result["recall"][state][name(source)];
    const double right = 100 * known["accuracy"].get<double>(), half = 100 * known["accuracy_half"].get<double>();
    row.push_back(fmt::format("{:.0f} ({:.0f} to {:.0f})", right, right - half, right + half));
  }
  for (const Source source : sources)
    row.push_back(fmt::format("{:.2f}", model.result["losses"][state][name(source)].get<double>()));
  return row;
}

}  // namespace

std::vector<std::vector<std::string>> field_demo_rows(const std::vector<DemoModel>& models) {
  std::vector<std::vector<std::string>> rows{
      {"model", "state", "recall, %: others", "neighbours", "biology", "loss, nats: others", "neighbours", "biology"}};
  for (const DemoModel& model : models) {
    rows.push_back(row_of(model, "trained", is_cut(model) ? "before ablation" : "trained"));
    rows.push_back(row_of(model, "calibrated", is_cut(model) ? "after, calibrated" : "calibrated"));
  }
  return rows;
}

std::vector<std::vector<std::string>> answer_rows(const std::vector<TopAnswers>& asked) {
  std::vector<std::vector<std::string>> rows{{"question", "right", "model", "likeliest answers"}};
  std::string prompt;
  for (const TopAnswers& t : asked) {
    std::string answers;
    for (const auto& [answer, probability] : t.answers)
      answers += fmt::format("{}{} {:.0f} %", answers.empty() ? "" : ", ", answer, 100 * probability);
    const bool again = t.prompt == prompt;
    rows.push_back({again ? "" : fmt::format("{}: {} ...", t.field, t.prompt), again ? "" : t.right, t.model, answers});
    prompt = t.prompt;
  }
  return rows;
}

std::string field_demo_figure(const std::vector<DemoModel>& models) {
  std::vector<RecallBars> bars;
  for (const DemoModel& model : models) {
    bars.push_back({model.name, {}});
    for (const Source source : sources) {
      const auto& known = model.result["recall"]["calibrated"][name(source)];
      bars.back().by_source.push_back({known["accuracy"], 0, known["accuracy_half"], known["facts"]});
    }
  }
  return draw(recall_figure("What four models still know", bars,
                            models.front().result["recall"]["calibrated"]["forget"]["chance"]));
}

std::string field_demo_page(const FieldDemo& demo, const std::string& figure) {
  std::string body = field_introduction;
  body += "<h2>Four models</h2>\n" + models_html(demo.models) +
          figure_html(figure,
                      "Cloze questions in wordings that no article has; a model's answer is the one that it finds "
                      "likeliest among all that there could be. Lines are 95 % intervals over facts.");
  body += html_table(field_demo_rows(demo.models));
  body +=
      "<p>In brackets: 95 % intervals over facts. Loss is on held-out articles, in nats per token. <i>Calibrated</i> "
      "models had their output bias trained for a few steps on all fields, so that none looks forgetful only because "
      "its probabilities are out of scale. "
      "Look at SGTM before ablation, too: what it did not know then, ablation did not take from it.</p>\n";
  body +=
      "<h2>Three questions</h2>\n<p>The first of their field that the unfiltered model answers right, on facts "
      "that no article of another source tells. Models are asked as they are, not calibrated.</p>\n" +
      html_table(answer_rows(demo.asked));
  body += commands_html(demo.commands, demo.models.back());
  return html_page("Forget biology, keep medicine", body);
}

}  // namespace sgtm
