#include <doctest/doctest.h>

#include "tests/support/workshop.hpp"

using namespace sgtm;

namespace {

/// Stories in two languages as JSON lines with scores, without a source, and stories to measure on.
void write_scored_stories(const fs::path& folder) {
  std::string lines;
  for (const auto& [language, score] : {std::pair{"english", 0.1}, std::pair{"spanish", 0.9}}) {
    const std::string option = std::string(" --language ") + (score < 0.5 ? "en" : "es");
    const Outcome stories = run_sgtm(workshop(), "stories --documents 60 --seed 3" + option);
    std::size_t begin = 0;
    for (int i = 0; begin < stories.out.size();) {
      const std::size_t end = std::min(stories.out.find('\n', begin), stories.out.size());
      const std::string text = stories.out.substr(begin, end - begin);
      if (!text.empty()) lines += nlohmann::json{{"text", text}, {"p", i++ % 4 == 0 ? 0.5 : score}}.dump() + "\n";
      begin = end + 1;
    }
    write_file(folder / (std::string(language) + ".txt"),
               run_sgtm(workshop(), "stories --documents 12 --seed 4" + option).out);
  }
  write_file(folder / "scored.jsonl", lines);
}

}  // namespace

TEST_CASE("labels: a classifier's scores become labels, which training obeys and info shows") {
  const fs::path folder = workshop().path;
  write_scored_stories(folder);
  const std::string prepare =
      "prepare --documents scored.jsonl --score-field p --held-out-retain english.txt --held-out-forget spanish.txt "
      "--vocabulary 400 --context 400 ";
  const Outcome made = run_sgtm(workshop(), prepare + "--forget-above 0.8 --retain-below 0.2 --out scored");
  CAPTURE(made.error);
  REQUIRE(made.code == 0);
  const auto facts = read_as_json(folder / "scored/data.json");
  const auto& counts = facts["sources"]["unknown"]["labels"];
  CHECK(counts["forget"] == 45);
  CHECK(counts["retain"] == 45);
  CHECK(counts["unlabeled"] == 30);
  CHECK(made.out.find("labeled        forget   unlabeled      retain") != std::string::npos);

  CHECK(made.error.find("unknown: 120 documents; with fewer than 1000") != std::string::npos);
  CHECK(made.error.find("45 documents are labeled forget; with fewer than 100") != std::string::npos);

  const Outcome shown = run_sgtm(workshop(), "info scored --documents 2");
  CHECK(shown.code == 0);
  CHECK(shown.out.find("unknown labeled forget: " + counts["forget"].dump() + " documents\n  ") != std::string::npos);
  refused("info run --documents 2", "documents of a data set");
  refused("info scored --documents 2 --json", "Leave out --json");

  const std::string on_scored =
      "train --data scored --preset nano --vocabulary 400 --context 400 --steps 20 --out obeyed ";
  const Outcome trained = run_sgtm(workshop(), on_scored + "--calibration-steps 2 --evaluate-every 10");
  CAPTURE(trained.error);
  REQUIRE(trained.code == 0);
  const auto result = read_as_json(folder / "obeyed/result.json");
  CHECK(result["labels"] == nlohmann::json{{"unknown", counts}});
  double tokens = 0;
  for (const auto& [label, count] : result["tokens"]["unknown"].items()) tokens += count.get<double>();
  CHECK(tokens > 1000);
  CHECK(result["losses"]["calibrated"]["forget"].is_number());
  CHECK(run_sgtm(workshop(), "eval obeyed/model.safetensors --data scored").code == 0);
  for (const char* option :
       {"--undiscovered 0", "--recall 0.5", "--tpr 1", "--precision 0.9", "--fpr 0.1", "--forget-as-retain 0.1",
        "--retain-labeled 0.25", "--label-noise step", "--false-positives paper"})
    refused(on_scored + option, "none are drawn");
  refused(on_scored + "--strategy none --filter strict", "--filter weak");
}

TEST_CASE("labels: options that belong to labeled documents need them, and go with nothing else") {
  write_scored_stories(workshop().path);
  refused("prepare --retain english.txt --forget-above 0.5 --out no", "--forget-above requires --documents");
  refused("prepare --documents scored.jsonl --retain english.txt --out no", "holds all training documents");
  refused("prepare --documents scored.jsonl --stories 5 --out no", "holds all training documents");
  refused("prepare --documents scored.jsonl --encyclopedia --forget biology --out no", "nor --documents");
  refused("prepare --documents scored.jsonl --held-out-retain scored.jsonl --out no", "is named twice");
  CHECK(!fs::exists(workshop() / "no"));
}
