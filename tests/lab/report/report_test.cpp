#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "core/error.hpp"
#include "core/figure.hpp"
#include "lab/report/experiment_report.hpp"
#include "lab/report/html.hpp"
#include "lab/report/pictures.hpp"
#include "lab/report/table.hpp"

using namespace sgtm;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

}  // namespace

TEST_CASE("runs as CSV: a method with a comma is quoted; recall has columns where there is any") {
  Finished run{{"nano", "sgtm, FPR 0", 0.2, {}, {}}, {}};
  for (const char* state : model_states) run.result.losses[state] = {{"retain", 1}, {"forget", 2.5}};
  run.result.parameters = 10;
  run.result.tokens["forget"][Label::unlabeled] = 7;
  run.result.version = "0.1.0";
  CHECK(runs_csv({run}).find("\nnano,\"sgtm, FPR 0\",0.2,1,10,1.000000,2.500000,") != std::string::npos);
  CHECK(runs_csv({run}).find("recall") == std::string::npos);
  run.result.recall["calibrated"] = {{"forget", 1, 1, {0.25, 0, 0, 1}, {}}};
  run.result.recall["trained"] = {{"forget", 1, 1, {0.75, 0, 0, 1}, {}}};
  const std::string csv = runs_csv({run});
  const auto commas = [&](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  const auto second = csv.find('\n') + 1;
  CHECK(commas(csv.substr(0, second)) + 1 == commas(csv.substr(second)));  // one is in the quotes
  CHECK(csv.ends_with(",0.250000\n"));
}

TEST_CASE(
    "the experiments' page: what there is, with links and verdicts counted, and every verdict with its interval") {
  const Experiment some{"some", "9", "Is it <so>?", "It is.", nullptr, nullptr},
      none{"none", "", "", "", nullptr, nullptr};
  const Analysis analysis{
      {{"size"}, {"0.1M"}},
      {},
      {},
      {{"it rises", 0.5, 1, 0.25, true, 3}, {"it falls", 1, 2, 0, false, 3}, {"x", 1, 2, 0, true, 3}}};
  const std::string page = experiment_page(
      {{&some, {"sgtm A", "sgtm B"}, analysis, {}, 0, 3, {"<svg>drawn</svg>"}}, {&none, {}, {}, {}, 0, 1, {}}});
  CHECK(page.find(
            "<td><a href=\"#some\">some</a></td><td>Is it &lt;so&gt;?</td><td><span class=\"supported\">2</span></td>"
            "<td><span class=\"against\">1</span></td><td></td>") != std::string::npos);
  CHECK(page.find("<td>it rises</td><td>0.5 to 1 (n = 3)</td><td>above 0.25</td><td><span "
                  "class=\"supported\">supported</span></td>") != std::string::npos);
  CHECK(page.find("<b>The paper</b> (figure 9). It is.") != std::string::npos);
  CHECK(page.find("<b>The paper</b>. ") != std::string::npos);
  CHECK(page.find("0 of 3 runs have finished; <code>sgtm A; sgtm B</code>") != std::string::npos);
  CHECK(count(page, "<svg>drawn</svg>") == 1);
}

TEST_CASE("an experiment's page in Markdown: where it ran, what is missing, figures in words, verdicts, the reading") {
  const Experiment some{.name = "some",
                        .figure = "9",
                        .question = "Is it so?",
                        .finding = "It is.",
                        .runs = nullptr,
                        .analyse = nullptr,
                        .reading = "\nOne line\nand another.\n\nA second paragraph.\n"};
  const auto run_of = [](const char* method, std::uint64_t seed, const char* processor) {
    Finished run{{"nano", method, 0.2, {}, {}}, {}};
    run.plan.config.seed = seed;
    run.result.parameters = 10, run.result.threads = 1, run.result.version = "0.1.0";
    run.result.machine = {processor, "", "", "", 2};
    return run;
  };
  const Analysis analysis{{{"size", "n*"}, {"nano", "a|b"}},
                          {},
                          {{"drawn", {"A figure", "steps", "loss", {}, ""}}},
                          {{"it rises", 0.5, 1, 0.25, true, 3}}};
  Told told{&some,    {"sgtm A", "sgtm B"},
            analysis, {run_of("sgtm", 1, "P"), run_of("sgtm again", 1, "P"), run_of("sgtm", 2, "Q")},
            2,        3,
            {}};
  const std::string page = experiment_markdown(told);
  CHECK(page.starts_with("# some (the paper's figure 9)\n"));
  for (const char* part :
       {"```sh\nsgtm A\nsgtm B\n```", "2 of its 3 runs are kept.", "| nano | 10 | 1 to 2 | 2 |",
        "| P | 2 | 1 | 1 | 1 of 0.1.0 |\n| Q | 2 | 1 | 1 | 1 of 0.1.0 |", "![A figure: loss against steps](drawn.svg)",
        "| size | n\\* |\n| --- | --- |\n| nano | a\\|b |", "| it rises | 0.5 to 1 (n = 3) | above 0.25 | supported |",
        "One line and another.\n\nA second paragraph.\n"}) {
    CAPTURE(part);
    CHECK(page.find(part) != std::string::npos);
  }
  told.analysis.means = {{"few"}, {"rows"}};
  told.analysis.verdicts.clear();
  CHECK(experiment_markdown(told).find("| few |\n| --- |\n| rows |") != std::string::npos);
  CHECK(experiment_markdown(told).find("nothing.") != std::string::npos);
  CHECK(overview_markdown({told}).ends_with("| [some](some.md) | 9 | Is it so? |  |  |  |\n"));
}

TEST_CASE("text tables: the first column left, numbers right, accented letters one character wide") {
  CHECK(text_table({{"name", "loss"}, {"niño", "1.5"}, {"a", "10.25"}}) ==
        "name   loss\n"
        "-----------\n"
        "niño    1.5\n"
        "a     10.25\n");
  CHECK(shown_width("«¿niño?»") == 8);
}

TEST_CASE("html: what a model writes can't become markup") {
  CHECK(escaped("<b>\"a\" & b</b>") == "&lt;b&gt;&quot;a&quot; &amp; b&lt;/b&gt;");
  CHECK(count(html_table({{"a<"}, {"<script>"}}), "<script>") == 0);
  CHECK(count(html_page("title", "body"), "http") == 0);  // nothing is fetched
}

TEST_CASE("loss table: losses that nobody knows leave a gap, not a zero") {
  RunResult result;
  result.losses["trained"] = {{"retain", 1.5}, {"forget", 2.5}};
  result.losses["calibrated"] = {{"retain", 1.25}, {"forget", 2.25}};
  result.floor = {{"retain", 0.5}, {"forget", 1.0}};
  const auto rows = loss_rows({{"none", result}});
  REQUIRE(rows.size() == 3);  // head, trained, calibrated
  CHECK(rows[1] == std::vector<std::string>{"none", "trained", "1.500", "1.000", "2.500", "1.500"});
  CHECK(rows[2] == std::vector<std::string>{"none", "calibrated", "1.250", "0.750", "2.250", "1.250"});
}

TEST_CASE("figures: gnuplot draws every point, and titles may hold any character") {
  const Figure figure{"a \"quoted\" title", "x", "y", {{"points", "points pt 7", {{0, 1}, {1, 2}, {2, 3}}}}, ""};
  const std::string svg = draw(figure);
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.find("&quot;quoted&quot;") + svg.find("\"quoted\"") != 2 * std::string::npos);
  CHECK(count(svg, "<use ") >= 3);
  CHECK(svg.find("role=\"img\" aria-label=\"a &quot;quoted&quot; title. y; x.\"") != std::string::npos);
  CHECK(svg.find("prefers-color-scheme:dark") != std::string::npos);
  CHECK_THROWS_AS(draw({"", "", "", {{"", "no such style", {{0, 1}}}}, ""}), Error);
}

TEST_CASE("mask picture: a whole SVG with a row for each label") {
  RunConfig config;
  config.strategy = "sgtm";
  const std::string svg = mask_picture(config);
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.find("xmlns=\"http://www.w3.org/2000/svg\"") != std::string::npos);
  for (const char* needed : {"batch labeled forget", "unlabeled batch", "batch labeled retain",
                             "role=\"img\" aria-label=", "A batch labeled retain: activations zeroed: heads",
                             "acts; its gradient is set to 0"})
    CHECK(svg.find(needed) != std::string::npos);
  CHECK(count(svg, "<rect") > 3 * 8);
  CHECK(count(svg, "<svg") == count(svg, "</svg>"));
  const std::regex box("viewBox=\"0 0 ([0-9]+) "), rectangle("<rect[^>]* x=\"([0-9.]+)\"[^>]* width=\"([0-9.]+)\"");
  std::smatch found;
  REQUIRE(std::regex_search(svg, found, box));
  const double width = std::stod(found[1]);
  for (auto r = std::sregex_iterator(svg.begin(), svg.end(), rectangle); r != std::sregex_iterator(); ++r)
    CHECK(std::stod((*r)[1]) + std::stod((*r)[2]) <= width);  // nothing is cut off
}
