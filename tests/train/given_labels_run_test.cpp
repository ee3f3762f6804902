#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "tests/support/labeled_stories.hpp"
#include "tests/support/read_documents.hpp"
#include "tests/support/small_data.hpp"
#include "train/loader.hpp"
#include "train/trainer.hpp"

using namespace sgtm;

namespace {

/// A third of the stories has each label.
SourceDocuments labeled_by_thirds(Source source, Language language, Index count) {
  return labeled_stories(source, language, count, [](std::size_t i) {
    return std::array{Label::forget, Label::retain, Label::unlabeled}[i % 3];
  });
}

const StoryData& known_sources() {
  static const StoryData data("known-sources", 0.1,
                              {labeled_by_thirds(Source::retain, Language::english, 60),
                               labeled_by_thirds(Source::forget, Language::spanish, 45)});
  return data;
}

/// One pool of documents, measured on stories of both languages.
const StoryData& unknown_sources() {
  static const auto raw = [] {
    std::vector<SourceDocuments> all{labeled_by_thirds(Source::unknown, Language::spanish, 60)};
    all[0].held_out = [](const DocumentVisitor&) {};
    for (const auto& [source, language] :
         {std::pair{Source::retain, Language::english}, std::pair{Source::forget, Language::spanish}}) {
      SourceDocuments held_out = story_documents(name(source), language, 2, 5);
      held_out.held_out = held_out.documents, held_out.documents = {};
      all.push_back(held_out);
    }
    return all;
  }();
  static const StoryData data("unknown-sources", 0.1, raw);
  return data;
}

RunConfig run_of_given() {
  RunConfig c = small_run();
  c.labels = {};
  c.steps = 200;
  return c;
}

/// How many steps each source and label has; fails where a step's document has another label in the data.
std::map<std::pair<Source, Label>, double> obeyed(const Dataset& data, const RunConfig& config) {
  std::map<DocumentTokens, Label> given;
  for (const Source source : training_sources)
    if (const TokenFile* file = data.training(source)) {
      const auto documents = documents_in(*file);
      for (std::size_t d = 0; d < documents.size(); ++d) given[documents[d]] = file->labels()[d];
    }
  std::map<std::pair<Source, Label>, double> steps;
  Loader loader(config, data);
  for (Index s = 0; s < loader.steps(); ++s) {
    ++steps[{loader.step(s).source, loader.step(s).label}];
    for (const Batch& batch : loader.batches(s))
      for (const DocumentTokens& document : documents_in(batch)) CHECK(given.at(document) == loader.step(s).label);
  }
  return steps;
}

}  // namespace

TEST_CASE("given labels: every step's documents have its label, of known sources and of unknown ones") {
  const auto known = obeyed(known_sources().data, run_of_given());
  CHECK(known.size() == 6);
  const Loader loader(run_of_given(), known_sources().data);
  for (const auto& [pool, steps] : known)
    CHECK(std::abs(steps - 200. / 94 * static_cast<double>(loader.documents(pool.first, pool.second))) < 1);
  const auto unknown = obeyed(unknown_sources().data, run_of_given());
  CHECK(unknown.size() == 3);
  for (const auto& [pool, steps] : unknown) {
    CHECK(pool.first == Source::unknown);
    CHECK(steps == doctest::Approx(200. / 3).epsilon(0.02));
  }
}

TEST_CASE(
    "given labels: forget documents are sampled more often by source, or by label where nobody knows the source") {
  RunConfig c = run_of_given();
  c.forget_upsampling = 3;
  auto known = obeyed(known_sources().data, c);
  for (const Label label : labels) CHECK(known.at({Source::forget, label}) > 1.5 * known.at({Source::retain, label}));
  auto unknown = obeyed(unknown_sources().data, c);
  CHECK(unknown.at({Source::unknown, Label::forget}) == 120);
  CHECK(unknown.at({Source::unknown, Label::retain}) == 40);
}

TEST_CASE("given labels: the weak filter skips what is labeled forget; the strict one needs sources") {
  RunConfig c = run_of_given();
  c.strategy = "none";
  c.filter = "weak";
  for (const Dataset* data : {&known_sources().data, &unknown_sources().data}) {
    Loader loader(c, *data);
    for (Index s = 0; s < loader.steps(); ++s) CHECK(loader.step(s).skipped == (loader.step(s).label == Label::forget));
  }
  c.filter = "strict";
  CHECK_NOTHROW(Loader(c, known_sources().data));
  CHECK_THROWS_WITH_AS(Loader(c, unknown_sources().data), doctest::Contains("--filter weak"), Error);
}

TEST_CASE("given labels: what would draw labels is refused; a share of training without labels is not") {
  const auto refused = [](auto change) {
    RunConfig c = run_of_given();
    change(c.labels);
    CHECK_THROWS_WITH_AS(Loader(c, known_sources().data), doctest::Contains("none are drawn"), Error);
  };
  refused([](LabelConfig& l) { l.undiscovered = 0.1; });
  refused([](LabelConfig& l) { l.precision = 0.9; });
  refused([](LabelConfig& l) { l.false_positive_rate = 0; });
  refused([](LabelConfig& l) { l.forget_as_retain = 0.5; });
  refused([](LabelConfig& l) { l.retain_labeled = 0.5; });
  refused([](LabelConfig& l) { l.noise = "step"; });
  refused([](LabelConfig& l) { l.false_positives = "code"; });
  RunConfig c = run_of_given();
  c.labels.from = 0.5;
  Loader loader(c, known_sources().data);
  CHECK(loader.step(99).label == Label::unlabeled);
}

TEST_CASE("given labels: documents that stand for a source are its own, or those that are labeled so") {
  const auto numbers = [](const Dataset& data, Source source) {
    return representatives(data, source).documents.size();
  };
  CHECK(numbers(known_sources().data, Source::retain) == 54);
  CHECK(numbers(known_sources().data, Source::adjacent) == 0);
  const Dataset& data = unknown_sources().data;
  CHECK(numbers(data, Source::forget) == 20);
  CHECK(numbers(data, Source::adjacent) == 0);
  const Representatives retain = representatives(data, Source::retain);
  CHECK(retain.documents.size() == 20);
  for (const Index d : retain.documents) CHECK(retain.file->labels()[static_cast<std::size_t>(d)] == Label::retain);
  CHECK_THROWS_WITH_AS(SourceBatches(data, Source::adjacent, "a test", 400, 1),
                       doctest::Contains("stands for adjacent"), Error);
}

TEST_CASE("given labels: without a document that stands for retain there is nothing to calibrate on, told at once") {
  SourceDocuments all =
      labeled_stories(Source::unknown, Language::spanish, 30, [](std::size_t) { return Label::forget; });
  all.held_out = [](const DocumentVisitor&) {};
  SourceDocuments held_out = story_documents("forget", Language::spanish, 2, 5);
  held_out.held_out = held_out.documents, held_out.documents = {};
  const StoryData data("forget-only", 0.1, {all, held_out});
  RunConfig c = run_of_given();
  CHECK_THROWS_WITH_AS(Loader(c, data.data), doctest::Contains("stands for retain"), Error);
  c.calibration_steps = 0;
  CHECK_NOTHROW(Loader(c, data.data));
  c.strategy = "none", c.unlearn = "rmu";
  CHECK_THROWS_WITH_AS(Loader(c, data.data), doctest::Contains("stands for retain"), Error);
}

TEST_CASE("given labels: a trainer counts tokens by label of unknown sources, and goes on with the count") {
  RunConfig c = run_of_given();
  c.steps = 12;
  Trainer whole(c, unknown_sources().data), first(c, unknown_sources().data), second(c, unknown_sources().data);
  for (int i = 0; i < 12; ++i) whole.step();
  for (int i = 0; i < 5; ++i) first.step();
  const TemporaryFolder folder("given-labels-run");
  first.save(folder / "checkpoint.safetensors");
  second.restore(folder / "checkpoint.safetensors");
  for (int i = 5; i < 12; ++i) second.step();
  CHECK(second.parameters().isApprox(whole.parameters(), 0));
  for (const Label label : labels) {
    CHECK(whole.totals().trained[Source::unknown][label] > 0);
    CHECK(second.totals().trained[Source::unknown][label] == whole.totals().trained[Source::unknown][label]);
    CHECK(whole.totals().trained[Source::forget][label] == 0);
  }
}
