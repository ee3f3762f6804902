// What a seed means. Results of seeds are published and kept, and a run's name is made of its settings, so the same
// settings must read, draw and start from the same as ever. Where a change is meant, raise numerics_version, put the
// new numbers here, and run the experiments again.
#include <doctest/doctest.h>

#include <cmath>

#include "core/hash.hpp"
#include "eval/calibration.hpp"
#include "tests/support/read_documents.hpp"
#include "tests/support/small_runs.hpp"
#include "text/raw_data.hpp"
#include "train/loader.hpp"

using namespace sgtm;

namespace {

std::uint64_t hash_of_documents(const std::vector<DocumentTokens>& documents) {
  Hash hash;
  for (const DocumentTokens& document : documents)
    for (const int token : document) hash.add(static_cast<std::uint64_t>(token));
  return hash.value;
}

/// Of the sources, labels and documents of all steps.
std::uint64_t hash_of_steps(const char* noise, const char* filter, bool refill) {
  RunConfig config = run_on_adjacent_data();
  config.strategy = "none", config.filter = filter, config.refill = refill;
  config.labels.noise = noise, config.labels.false_positive_rate = 0.4, config.labels.retain_labeled = 1;
  config.steps = 60;
  Loader loader(config, adjacent_data().data);
  Hash hash;
  for (Index s = 0; s < 60; ++s) {
    const Step& step = loader.step(s);
    hash.add(static_cast<std::uint64_t>(step.source));
    hash.add(static_cast<std::uint64_t>(step.label));
    hash.add(step.skipped);
    for (const Batch& batch : loader.batches(s)) hash.add(hash_of_documents(documents_in(batch)));
  }
  return hash.value;
}

/// Of numbers to four decimals, which do not depend on the processor.
std::uint64_t hash_of_numbers(const Flat<float>& numbers) {
  Hash hash;
  for (const float x : numbers) hash.add(static_cast<std::uint64_t>(std::llround(1e4 * static_cast<double>(x))));
  return hash.value;
}

}  // namespace

TEST_CASE("published streams: stories, tokens and what is held out") {
  for (const auto& [source, train, held_out] : {std::tuple{"retain", 0x96f2dcf1750be8e2u, 0x4208a76cd1176f0bu},
                                                {"adjacent", 0x700024f02d437a96u, 0x54450aeed7d88599u},
                                                {"forget", 0xd351f13c7baddebau, 0x168e3333e506a40au}}) {
    const std::string of = source;
    CAPTURE(of);
    CHECK(hash_of_documents(documents_in(*adjacent_data().data.parts.at(source).train)) == train);
    CHECK(hash_of_documents(documents_in(*adjacent_data().data.parts.at(source).held_out)) == held_out);
  }
}

TEST_CASE("published streams: the world, its questions and its articles") {
  EncyclopediaConfig config;
  config.world.entities = 48, config.articles = 240, config.forget = {"biology"}, config.adjacent = {"medicine"};
  const RawData made = make_encyclopedia(config);
  CHECK(fingerprint(made.questions) == "c608b53b198bca82");
  std::string texts;
  for (const SourceDocuments& source : made.sources)
    source.documents([&](std::vector<Document>& block) {
      for (const Document& document : block) texts += document.text;
    });
  CHECK(hash_of(texts) == "a53f0762e5de9c1a");
}

TEST_CASE("published streams: steps, labels and their noise") {
  CHECK(hash_of_steps("document", "none", false) == 0x34dc8780334b413b);
  CHECK(hash_of_steps("plot", "weak", true) == 0xbcfb7cd16165e40b);
  CHECK(hash_of_steps("step", "strict", false) == 0x2338a7f467aa2f7a);
}

TEST_CASE("published streams: documents of calibration, unlearning and attack, and the start of weights and biases") {
  for (const auto& [purpose, order] : {std::pair{"calibration", 0xd86986fe3ac4742c},
                                       {"RMU", 0x89b08b61f2091838},
                                       {"relearning", 0x6171406edf8e965a}}) {
    SourceBatches batches(adjacent_data().data, Source::forget, purpose, 410, 5);
    Batch batch;
    batches.append(batch, 0, 40);
    const std::string of = purpose;
    CAPTURE(of);
    CHECK(hash_of_documents(documents_in(batch)) == order);
  }
  const RunConfig config = run_on_adjacent_data();
  const Layout layout(config.model);
  Flat<float> parameters = initial_parameters<float>(config.model, layout, 5);
  CHECK(hash_of_numbers(parameters) == 0x494b1941c6af6a79);
  Network<float> network(config.model, layout);
  CalibrationConfig calibration;
  calibration.steps = 0;
  calibrate(network, config.model, parameters, adjacent_data().data, calibration, 5);
  CHECK(hash_of_numbers(parameters.segment(layout.output_bias.offset, layout.output_bias.size())) ==
        0x59cd8a7d5378d849);
}
