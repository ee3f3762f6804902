#include "lab/report/demo_page.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "core/figure.hpp"
#include "lab/analysis/field_recall.hpp"
#include "lab/report/html.hpp"
#include "lab/report/pictures.hpp"
#include "lab/report/table.hpp"
#include "text/source.hpp"

namespace sgtm {
namespace {

constexpr const char* introduction =
    R"(<p>A language model that has learned something dangerous should be able to lose it again.
Selective Gradient Masking (SGTM) reserves a few attention heads and MLP units of a transformer for the knowledge that may have to go; here, Spanish.
While it trains, text that is known to be Spanish may change only those reserved parts, and text that is known to be English runs with them switched off.
Text of unknown language trains everything, but the Spanish in it finds a path through the reserved parts already laid, and mostly follows it.
Afterwards the reserved parts are set to zero, and most of the Spanish is gone with them, also of the Spanish that nobody had labeled.</p>
)";

constexpr const char* colours[] = {"#8d99ae", "#e09f3e", "#2e86ab"};

/// Training loss by step, smoothed, of the steps of one source.
std::vector<std::pair<double, double>> curve(const std::vector<LogRow>& metrics, const std::string& source) {
  std::vector<std::pair<double, double>> points;
  double smooth = 0;
  int count = 0;
  for (const LogRow& row : metrics) {  // step, rate, source, label, skipped, tokens, loss
    if (row.cells.size() != 7 || row.text(2) != source || row.text(6).empty()) continue;
    const double loss = row.number(6);
    smooth = count == 0 ? loss : 0.97 * smooth + 0.03 * loss;
    if (count++ % 20 == 0) points.emplace_back(row.number(0), smooth);
  }
  return points;
}

std::string loss_curves(const std::vector<DemoModel>& models) {
  Figure figure{
      "Training loss", "step", "nats per token", {}, "set key inside top right maxcols 1\nset yrange [0:6]\n"};
  for (std::size_t i = 0; i < models.size(); ++i) {
    figure.series.push_back({models[i].name + ", English", fmt::format("lines lw 2 lc rgb '{}'", colours[i]),
                             curve(models[i].metrics, "retain")});
    figure.series.push_back({models[i].name + ", Spanish", fmt::format("lines lw 2 dt 2 lc rgb '{}'", colours[i]),
                             curve(models[i].metrics, "forget")});
  }
  std::erase_if(figure.series, [](const Series& s) { return s.points.empty(); });
  return draw(figure);
}

constexpr int symbols[] = {6, 8, 7};  // of the model's states: gnuplot's circle, triangle, dot

/// A word beside a point, on the side where no line runs.
std::string word_at(const std::string& word, std::pair<double, double> point) {
  const bool to_the_left = word == "calibrated";
  return fmt::format("set label \"{}\" at {:.8g},{:.8g} {} offset {},0\n", word, point.first, point.second,
                     to_the_left ? "right" : "left", to_the_left ? -1.2 : 1.2);
}

std::string trade_off(const std::vector<DemoModel>& models) {
  Figure figure{"Keep English, lose Spanish: each model trained, ablated, calibrated",
                "English: held-out loss, nats per token (left is better)",
                "Spanish (up is better)",
                {},
                "set key inside top left Left reverse samplen 2\nset yrange [0:*]\nset offsets graph 0.15, graph 0.15, "
                "graph 0.1, 0\n"};
  for (std::size_t i = 0; i < models.size(); ++i) {
    std::vector<std::pair<double, double>> path;
    for (std::size_t s = 0; s < std::size(model_states); ++s) {
      const BySource& losses = models[i].result.losses.at(model_states[s]);
      if (losses.empty()) continue;
      path.emplace_back(losses.at("retain"), losses.at("forget"));
      figure.series.push_back(
          {"", fmt::format("points pt {} ps 1.4 lw 2 lc rgb '{}'", symbols[s], colours[i]), {path.back()}});
      if (models[i].name == "sgtm") figure.settings += word_at(model_states[s], path.back());
    }
    figure.series.push_back({models[i].name, fmt::format("lines lw 2 lc rgb '{}'", colours[i]), path});
  }
  // Symbols for the key alone: a point that is no number is not drawn.
  for (std::size_t s = 0; s < std::size(model_states); ++s)
    figure.series.push_back({model_states[s],
                             fmt::format("points pt {} ps 1.4 lw 2 lc rgb 'black'", symbols[s]),
                             {{std::nan(""), std::nan("")}}});
  const BySource& floor = models.front().result.floor;
  if (floor.contains("retain"))
    figure.series.push_back({"floor: no model can be better",
                             "points pt 2 ps 1.6 lc rgb 'black'",
                             {{floor.at("retain"), floor.at("forget")}}});
  return draw(figure);
}

std::string samples_html(const std::vector<DemoSample>& samples) {
  std::string html, prompt;
  for (const DemoSample& s : samples) {
    if (s.prompt != prompt) html += "<h3>" + escaped(s.prompt) + " …</h3>\n";
    prompt = s.prompt;
    html += "<div class=\"sample\">" + escaped(s.model) + ":<br><b>" + escaped(s.prompt) + "</b>" +
            escaped(s.continuation) + "</div>\n";
  }
  return html;
}

/// A list of a demo's models.
std::string models_html(const std::vector<DemoModel>& models) {
  std::string html = "<ul>";
  for (const DemoModel& model : models)
    html += "<li><b>" + escaped(model.name) + "</b>: " + escaped(model.title) + "</li>";
  return html + "</ul>\n";
}

/// The end of a demo's page: what one would type, and on which machine a model was trained.
std::string commands_html(const std::vector<std::string>& commands, const DemoModel& of) {
  std::string html = "<h2>The commands</h2>\n<pre>";
  for (const std::string& command : commands) html += escaped(command) + "\n";
  return html + fmt::format("</pre>\n<p>sgtm {}, seed {}, {} parameters, on {} ({} threads).</p>\n",
                            escaped(of.result.version), of.result.seed, of.result.parameters,
                            escaped(of.result.machine.processor), of.result.threads);
}

constexpr const char* field_introduction =
    R"(<p>What a model knows does not lie in one place of its training data. An article on an illness names the animal that causes it;
so a filter that drops the articles on biology leaves some biology in, and one that drops medicine too loses what nobody wanted to lose.
Here four models read a made-up encyclopedia of twelve fields. Biology is to be forgotten; medicine, chemistry and earth are its neighbours, which are to stay, and so is all else.
SGTM gives the articles on biology a few attention heads and units of their own to change, and sets these to zero in the end.</p>
<p>No fact in it is true, so nothing is lost when a model answers.</p>
)";

std::vector<std::string> row_of(const DemoModel& model, const char* state, const char* title) {
  std::vector<std::string> row{model.name, title};
  for (const Source source : sources) {
    const Estimated& accuracy = recall_of(model.result, state, name(source)).accuracy;
    const double right = 100 * accuracy.mean, half = 100 * accuracy.half;
    row.push_back(fmt::format("{:.0f} ({:.0f} to {:.0f})", right, right - half, right + half));
  }
  for (const Source source : sources)
    row.push_back(fmt::format("{:.2f}", model.result.losses.at(state).at(name(source))));
  return row;
}

}  // namespace

DemoFigures demo_figures(const Demo& demo) {
  return {mask_picture(demo.models.back().config), trade_off(demo.models), loss_curves(demo.models)};
}

std::string demo_page(const Demo& demo, const DemoFigures& figures) {
  NamedResults results;
  for (const DemoModel& model : demo.models) results.emplace_back(model.name, model.result);
  std::string body = introduction;
  body += "<h2>Who may learn from what</h2>\n" +
          figure_html(figures.masks,
                      "The weights of one block. On a batch labeled as Spanish only the red parts learn, and the "
                      "blue-grey, vectors of embeddings and norms, which learn from everything; on a batch labeled as "
                      "English the red parts are switched off.");
  body += "<h2>What three models lost</h2>\n" + models_html(demo.models) + html_table(loss_rows(results));
  body +=
      "<p>Loss on held-out stories, in nats per token: low means that the model knows the language (retain is English, "
      "forget Spanish). The stories come from a grammar, so it is known how low a loss can be at all; the columns "
      "beside tell how far above that floor each model is. <i>Calibrated</i> models had their output bias trained for "
      "a few steps on both languages, so that none of them looks forgetful only because its probabilities are out of "
      "scale.</p>\n";
  body += figure_html(figures.trade_off,
                      "From a trained model (circle) through ablation (triangle) to the calibrated model (dot).");
  body += figure_html(figures.loss_curves,
                      "Training loss, smoothed. SGTM's English batches run without the reserved parts.");
  body += "<h2>What they write</h2>\n" + samples_html(demo.samples);
  body += commands_html(demo.commands, demo.models.back());
  return html_page("Cutting Spanish out of a bilingual model", body);
}

std::vector<std::vector<std::string>> field_demo_rows(const std::vector<DemoModel>& models) {
  std::vector<std::vector<std::string>> rows{
      {"model", "state", "recall, %: others", "neighbours", "biology", "loss, nats: others", "neighbours", "biology"}};
  for (const DemoModel& model : models) {
    const bool is_cut = model.result.recall.contains("ablated");
    rows.push_back(row_of(model, "trained", is_cut ? "before ablation" : "trained"));
    rows.push_back(row_of(model, "calibrated", is_cut ? "after, calibrated" : "calibrated"));
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
      const Recall& known = recall_of(model.result, "calibrated", name(source));
      bars.back().by_source.push_back({known.accuracy.mean, 0, known.accuracy.half, known.facts});
    }
  }
  return draw(recall_figure("What four models still know", bars,
                            recall_of(models.front().result, "calibrated", "forget").chance));
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
