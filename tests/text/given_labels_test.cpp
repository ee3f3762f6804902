#include "text/given_labels.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

namespace {

/// A line's label, and its source in brackets; or what is wrong with it.
std::string read(GivenLabels& given, const char* line) {
  Labeling labeling;
  const std::string fault = given.read(nlohmann::json::parse(line), labeling);
  if (!fault.empty()) return fault;
  return name(labeling.label) + (labeling.source ? std::string(" [") + name(*labeling.source) + "]" : "");
}

GivenLabels file_of_labels(const TemporaryFolder& folder, const std::string& csv, GivenLabelOptions options = {}) {
  write_file(folder / "labels.csv", csv);
  options.labels = folder / "labels.csv";
  return GivenLabels(options);
}

}  // namespace

TEST_CASE("given labels: a JSON line's label and source; without one it is unlabeled") {
  GivenLabels given({});
  CHECK(read(given, R"({"label": "forget"})") == "forget");
  CHECK(read(given, R"({"label": "retain", "source": "adjacent"})") == "retain [adjacent]");
  CHECK(read(given, R"({"label": "unlabeled"})") == "unlabeled");
  CHECK(read(given, R"({"label": null, "source": null, "score": 1})") == "unlabeled");
  CHECK(read(given, "{}") == "unlabeled");
  CHECK(read(given, R"({"label": "Forget"})").find("\"Forget\", which is none of") != std::string::npos);
  CHECK(read(given, R"({"label": 1})").find("no text") != std::string::npos);
  CHECK(read(given, R"({"source": "unknown"})").find("source is \"unknown\"") != std::string::npos);
}

TEST_CASE("given labels: scores above and below the thresholds; on one, a document is unlabeled") {
  GivenLabelOptions options;
  options.score_field = "p";
  options.forget_above = 0.75;
  CHECK(read(*std::make_unique<GivenLabels>(options), R"({"p": 0})") == "unlabeled");
  options.retain_below = 0.25;
  GivenLabels given(options);
  for (const auto& [line, label] : {std::pair{R"({"p": 0.76})", "forget"}, std::pair{R"({"p": 0.75})", "unlabeled"},
                                    std::pair{R"({"p": 0.25})", "unlabeled"}, std::pair{R"({"p": 0.24})", "retain"},
                                    std::pair{R"({"p": 1})", "forget"}, std::pair{R"({"p": 0})", "retain"},
                                    std::pair{R"({"label": "forget"})", "unlabeled"}})
    CHECK(read(given, line) == std::string(label));
  CHECK(read(given, R"({"p": 1.5})").find("not between 0 and 1") != std::string::npos);
  CHECK(read(given, R"({"p": -0.1})").find("not between 0 and 1") != std::string::npos);
  CHECK(read(given, R"({"p": "0.5"})").find("not a number") != std::string::npos);
}

TEST_CASE("given labels: thresholds that cross, lie outside or lack the other are refused") {
  const auto refused = [](std::optional<double> forget_above, std::optional<double> retain_below, const char* why) {
    GivenLabelOptions options;
    options.forget_above = forget_above, options.retain_below = retain_below;
    CHECK_THROWS_WITH_AS(GivenLabels{options}, doctest::Contains(why), Error);
  };
  refused(0.2, 0.3, "lies above");
  refused(1.01, {}, "--forget-above 1.01");
  refused(0.5, -0.5, "--retain-below -0.5");
  refused({}, 0.5, "Give --forget-above too");
  GivenLabelOptions equal;
  equal.forget_above = 0.5, equal.retain_below = 0.5;
  CHECK_NOTHROW(GivenLabels{equal});
}

TEST_CASE("given labels: a file of labels, by id or by the number of a plain document") {
  const TemporaryFolder folder("given-labels");
  GivenLabels given = file_of_labels(folder, "id,label\n2,forget\n\"a, \"\"b\"\"\",retain\r\n\n 7 , unlabeled \n");
  for (int pass = 0; pass < 2; ++pass) {
    given.begin();
    CHECK(given.of_next().label == Label::unlabeled);
    CHECK(given.of_next().label == Label::forget);
    CHECK(read(given, R"({"id": "a, \"b\"", "label": "forget"})") == "retain");
    CHECK(read(given, R"({"id": 7, "source": "forget"})") == "unlabeled [forget]");
    CHECK(read(given, R"({"label": "forget"})") == "has no \"id\"");
    CHECK_NOTHROW(given.end());
  }
  given.begin();
  given.of_next(), given.of_next();
  CHECK_THROWS_WITH_AS(given.end(), doctest::Contains("ids that no document has: 2, as 7."), Error);
  given.begin();
  for (const char* id : {"2", "7", "7", "a, \"b\""}) read(given, nlohmann::json{{"id", id}}.dump().c_str());
  CHECK_THROWS_WITH_AS(given.end(), doctest::Contains("ids that several documents have: 1, as 7."), Error);
}

TEST_CASE("given labels: a file of scores, and files that are refused with their line") {
  const TemporaryFolder folder("given-scores");
  GivenLabelOptions scores;
  scores.forget_above = 0.5;
  GivenLabels given = file_of_labels(folder, "1,0.5\n2,5.1e-1\n", scores);
  given.begin();
  CHECK(given.of_next().label == Label::unlabeled);
  CHECK(given.of_next().label == Label::forget);
  const auto refused = [&](const char* csv, const GivenLabelOptions& options, const char* why) {
    CAPTURE(csv);
    CHECK_THROWS_WITH_AS(file_of_labels(folder, csv, options), doctest::Contains(why), Error);
  };
  refused("", {}, "holds no labels");
  refused("id,label\n", {}, "holds no labels");
  refused("id,score\n1,1\n", {}, "--forget-above");
  refused("id,label\n1,forget\n", scores, "the column \"label\", where \"score\" is needed");
  refused("1,forget\n1,forget\n", {}, "line 2: the id 1 was there before");
  refused("1,forget,2\n", {}, "line 1: does not have two fields");
  refused("\"1,forget\n", {}, "line 1: does not have two fields");
  refused(",forget\n", {}, "line 1: has no id");
  refused("1,\n", {}, "its label is \"\"");
  for (const char* bad : {"1,\n", "1,x\n", "1,0.5x\n"}) refused(bad, scores, "is not a score");
  for (const char* bad : {"1,nan\n", "1,1.1\n", "1,-1\n", "1,inf\n"}) refused(bad, scores, "not between 0 and 1");
}
