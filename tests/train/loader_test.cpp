#include "train/loader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "core/error.hpp"
#include "tests/support/small_data.hpp"

using namespace sgtm;

namespace {

RunConfig config_for(const Dataset& data) {
  RunConfig c = small_run();
  c.labels.undiscovered = 0.25;
  c.labels.retain_labeled = 0.5;
  c.steps = 200;
  (void)data;
  return c;
}

}  // namespace

TEST_CASE("loader: steps hold every pool in proportion, each with one source and label") {
  const SmallData& small = small_data();
  const RunConfig config = config_for(small.data);
  Loader loader(config, small.data);
  CHECK(loader.steps() == 200);
  std::map<std::pair<Source, Label>, Index> counts;
  for (Index s = 0; s < loader.steps(); ++s) ++counts[{loader.step(s).source, loader.step(s).label}];
  const Index documents =
      loader.documents(Source::forget, Label::forget) + loader.documents(Source::forget, Label::unlabeled) +
      loader.documents(Source::retain, Label::retain) + loader.documents(Source::retain, Label::unlabeled);
  CHECK(documents ==
        small.data.parts.at("retain").train->documents() + small.data.parts.at("forget").train->documents());
  for (const auto& [pool, steps] : counts) {
    const double exact =
        200.0 * static_cast<double>(loader.documents(pool.first, pool.second)) / static_cast<double>(documents);
    CHECK(std::abs(static_cast<double>(steps) - exact) < 1);
  }
  CHECK(counts.size() == 4);
}

TEST_CASE("loader: every epoch of a pool has each of its documents once, in another order") {
  EndlessOrder order("x", {3, 1, 4, 5, 9, 2, 6}, 1);
  std::vector<std::vector<Index>> epochs(3);
  for (Index place = 0; place < 21; ++place) epochs[static_cast<std::size_t>(place / 7)].push_back(order.at(place));
  for (const auto& epoch : epochs)
    CHECK(std::set<Index>(epoch.begin(), epoch.end()) == std::set<Index>{1, 2, 3, 4, 5, 6, 9});
  CHECK(epochs[0] != epochs[1]);
  CHECK(order.at(0) == epochs[0][0]);  // a pure function of the place
}

TEST_CASE("loader: a step's micro-batches are whole documents that fit, the same for any micro-batch") {
  const SmallData& small = small_data();
  RunConfig config = config_for(small.data);
  config.batch = 7;
  std::vector<int> tokens[2];
  for (const int i : {0, 1}) {
    config.micro_batch = i == 0 ? 100000 : 120;
    Loader loader(config, small.data);
    const auto batches = loader.batches(17);
    CHECK((i == 0 ? batches.size() == 1 : batches.size() > 2));
    Index documents = 0;
    for (const Batch& b : batches) {
      CHECK((b.documents() == 1 || b.size() <= config.micro_batch));
      documents += b.documents();
      tokens[i].insert(tokens[i].end(), b.tokens.begin(), b.tokens.end());
    }
    CHECK(documents == 7);
  }
  CHECK(tokens[0] == tokens[1]);
}

TEST_CASE("loader: filters skip steps, the list staying as it is; with refill other data takes their place") {
  const SmallData& small = small_data();
  RunConfig config = config_for(small.data);
  config.strategy = "none";
  const Loader all(config, small.data);
  config.filter = "weak";
  const Loader filtered(config, small.data);
  for (Index s = 0; s < 200; ++s) {
    CHECK(filtered.step(s).source == all.step(s).source);
    CHECK(filtered.step(s).skipped == (all.step(s).label == Label::forget));
  }
  config.refill = true;
  const Loader refilled(config, small.data);
  CHECK(refilled.steps() == 200);
  for (Index s = 0; s < 200; ++s) CHECK_FALSE(refilled.step(s).skipped);
}

TEST_CASE("loader: label noise per step draws labels with the configured probabilities") {
  const SmallData& small = small_data();
  RunConfig config = config_for(small.data);
  config.labels.noise = "step";
  config.steps = 4000;
  const Loader loader(config, small.data);
  double forget = 0, unlabeled = 0;
  for (Index s = 0; s < loader.steps(); ++s)
    if (loader.step(s).source == Source::forget) ++forget, unlabeled += loader.step(s).label == Label::unlabeled;
  CHECK(std::abs(unlabeled / forget - 0.25) < 5 * std::sqrt(0.25 * 0.75 / forget));
  config.strategy = "none";
  config.filter = "weak";
  config.refill = true;
  const Loader refilled(config, small.data);
  for (Index s = 0; s < refilled.steps(); ++s) CHECK_FALSE(refilled.step(s).skipped);
}

TEST_CASE("loader: tokens make steps; upsampling gives forget documents more of them") {
  const SmallData& small = small_data();
  RunConfig config = config_for(small.data);
  config.steps = 0;
  config.tokens = 50000;
  const auto forget_share = [](const Loader& loader) {
    double forget = 0;
    for (Index s = 0; s < loader.steps(); ++s) forget += loader.step(s).source == Source::forget;
    return forget / static_cast<double>(loader.steps());
  };
  Loader loader(config, small.data);
  double tokens = 0;
  for (Index s = 0; s < loader.steps(); ++s)
    for (const Batch& b : loader.batches(s)) tokens += static_cast<double>(b.size());
  CHECK(tokens == doctest::Approx(50000).epsilon(0.05));
  config.forget_upsampling = 3;
  CHECK(forget_share(Loader(config, small.data)) > 1.4 * forget_share(loader));
}

TEST_CASE("loader: data that does not fit the model is refused") {
  const SmallData& small = small_data();
  ModelConfig model = small_run().model;
  model.vocabulary = 100;
  CHECK_THROWS_WITH_AS(check_fits(small.data, 400, model),
                       doctest::Contains("its tokenizer has 400 tokens, but the model only 100"), Error);
  model.vocabulary = 1000;
  model.context = 10;
  CHECK_THROWS_WITH_AS(check_fits(small.data, 400, model), doctest::Contains("the model's context is 10"), Error);
}

TEST_CASE("loader: outside the window of labels everything is unlabeled, in the same order of documents") {
  const SmallData& small = small_data();
  RunConfig config = config_for(small.data);
  Loader throughout(config, small.data);
  config.labels.from = 0.25;
  config.labels.until = 0.5;
  Loader window(config, small.data);
  for (Index s = 0; s < 200; ++s) {
    const Step &a = throughout.step(s), &b = window.step(s);
    CHECK(b.label == (s >= 50 && s < 100 ? a.label : Label::unlabeled));
    CHECK(a.first == b.first);
    CHECK(a.pool == b.pool);
  }
}

TEST_CASE("loader: a classifier that misses whole plots misses all stories of a plot before any of the next") {
  const SmallData& small = small_data();
  RunConfig config = config_for(small.data);
  config.labels.undiscovered = 0.4;
  config.labels.noise = "plot";
  const TokenFile& file = *small.data.parts.at("forget").train;
  REQUIRE(static_cast<Index>(file.kinds().size()) == file.documents());
  std::map<std::vector<int>, int> plot_of;  // by a story's tokens
  for (Index d = 0; d < file.documents(); ++d) {
    std::vector<int> tokens;
    file.append(d, static_cast<int>(config.model.vocabulary), tokens);
    plot_of[tokens] = file.kinds()[static_cast<std::size_t>(d)];
  }
  std::map<Label, std::set<int>> plots;
  Loader loader(config, small.data);
  for (Index s = 0; s < loader.steps(); ++s) {
    if (loader.step(s).source != Source::forget) continue;
    for (const Batch& batch : loader.batches(s))
      for (Index d = 0; d < batch.documents(); ++d) {
        const auto [begin, end] = batch.document(d);
        plots[loader.step(s).label].insert(plot_of.at({batch.tokens.begin() + begin, batch.tokens.begin() + end}));
      }
  }
  std::vector<int> in_both;
  std::set_intersection(plots[Label::unlabeled].begin(), plots[Label::unlabeled].end(), plots[Label::forget].begin(),
                        plots[Label::forget].end(), std::back_inserter(in_both));
  CHECK(plots[Label::unlabeled].size() > 2);
  CHECK(in_both.size() <= 1);
}
