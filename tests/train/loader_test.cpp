#include "train/loader.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "core/error.hpp"
#include "tests/support/close.hpp"
#include "tests/support/read_documents.hpp"
#include "tests/support/small_data.hpp"

using namespace sgtm;

namespace {

RunConfig labeled_run() {
  RunConfig c = small_run();
  c.labels.undiscovered = 0.25;
  c.labels.retain_labeled = 0.5;
  c.steps = 200;
  return c;
}

/// On data with adjacent documents: a classifier that takes two of five other documents for forget, and knows the rest.
RunConfig mistaken_run() {
  RunConfig c = labeled_run();
  c.strategy = "none";
  c.labels.false_positive_rate = 0.4;
  c.labels.retain_labeled = 1;
  return c;
}

using Pool = std::pair<Source, Label>;

/// The documents of every pool in the order in which the steps read them.
std::map<Pool, std::vector<DocumentTokens>> read_by_pool(Loader& loader) {
  std::map<Pool, std::vector<DocumentTokens>> read;
  for (Index s = 0; s < loader.steps(); ++s)
    for (const Batch& batch : loader.batches(s))
      for (DocumentTokens& document : documents_in(batch))
        read[{loader.step(s).source, loader.step(s).label}].push_back(std::move(document));
  return read;
}

std::map<Source, double> steps_by_source(const Loader& loader) {
  std::map<Source, double> counts;
  for (Index s = 0; s < loader.steps(); ++s) ++counts[loader.step(s).source];
  return counts;
}

std::set<DocumentTokens> training_documents(const Dataset& data, Source source) {
  const auto all = documents_in(*data.parts.at(name(source)).train);
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("loader: steps hold every pool in proportion, each with one source and label") {
  const StoryData& small = small_data();
  const RunConfig config = labeled_run();
  Loader loader(config, small.data);
  CHECK(loader.steps() == 200);
  std::map<std::pair<Source, Label>, Index> counts;
  for (Index s = 0; s < loader.steps(); ++s) ++counts[{loader.step(s).source, loader.step(s).label}];
  const Index documents =
      loader.documents(Source::forget, Label::forget) + loader.documents(Source::forget, Label::unlabeled) +
      loader.documents(Source::retain, Label::retain) + loader.documents(Source::retain, Label::unlabeled);
  CHECK(documents ==
        small.data.parts.at("retain").train->documents() + small.data.parts.at("forget").train->documents());
  std::vector<std::pair<double, Index>> by_remainder;  // of the share that a pool should have, and what it has more
  Index rounded_up = 0;
  for (const auto& [pool, steps] : counts) {
    const double exact =
        200.0 * static_cast<double>(loader.documents(pool.first, pool.second)) / static_cast<double>(documents);
    by_remainder.emplace_back(exact - std::floor(exact), steps - static_cast<Index>(exact));
    rounded_up += by_remainder.back().second;
  }
  REQUIRE(counts.size() == 4);
  CHECK(rounded_up > 0);
  std::sort(by_remainder.rbegin(), by_remainder.rend());
  for (Index p = 0; p < 4; ++p) CHECK(by_remainder[static_cast<std::size_t>(p)].second == (p < rounded_up ? 1 : 0));
}

TEST_CASE("loader: in every epoch of a pool each of its training documents comes once, and a held-out one never") {
  const Dataset& data = adjacent_data().data;
  RunConfig config = labeled_run();
  config.batch = 3;  // divides no pool
  config.steps = 120;
  Loader loader(config, data);
  std::map<Source, std::set<DocumentTokens>> seen;
  for (const auto& entry : read_by_pool(loader)) {
    const Pool& pool = entry.first;
    const std::vector<DocumentTokens>& read = entry.second;
    CAPTURE(name(pool.first));
    CAPTURE(name(pool.second));
    const auto documents = static_cast<std::size_t>(loader.documents(pool.first, pool.second));
    REQUIRE(read.size() > 2 * documents);  // two epochs and more
    const auto epoch = [&](std::size_t e) {
      const auto begin = read.begin() + static_cast<std::ptrdiff_t>(e * documents);
      return std::vector<DocumentTokens>(begin, begin + static_cast<std::ptrdiff_t>(documents));
    };
    const auto first = epoch(0), second = epoch(1);
    const std::set<DocumentTokens> once(first.begin(), first.end());
    CHECK(once.size() == documents);
    CHECK(std::set<DocumentTokens>(second.begin(), second.end()) == once);
    CHECK(first != second);                                                                       // in another order
    for (const DocumentTokens& document : once) CHECK(seen[pool.first].insert(document).second);  // in one pool only
  }
  for (const Source source : sources) CHECK(seen[source] == training_documents(data, source));
}

TEST_CASE("loader: a step is a function of its number, whichever were read before") {
  Loader forwards(labeled_run(), small_data().data), backwards(labeled_run(), small_data().data);
  std::vector<std::vector<DocumentTokens>> read;
  for (Index s = 0; s < 200; ++s) read.push_back(documents_in(forwards.batches(s)[0]));
  for (Index s = 199; s >= 0; --s) CHECK(documents_in(backwards.batches(s)[0]) == read[static_cast<std::size_t>(s)]);
}

TEST_CASE("loader: seeds differ in the order of steps, the order of documents, and in which documents are labeled") {
  RunConfig config = labeled_run();
  Loader one(config, small_data().data);
  config.seed = 2;
  Loader two(config, small_data().data);
  bool same_pools = true;
  for (Index s = 0; s < 200; ++s) same_pools = same_pools && one.step(s).pool == two.step(s).pool;
  CHECK_FALSE(same_pools);
  auto read_1 = read_by_pool(one), read_2 = read_by_pool(two);
  auto &first = read_1[{Source::forget, Label::forget}], &second = read_2[{Source::forget, Label::forget}];
  const auto labeled = [](const std::vector<DocumentTokens>& read) {
    return std::set<DocumentTokens>(read.begin(), read.end());
  };
  CHECK(labeled(first) != labeled(second));
  config.labels = {};  // one pool: the same documents
  config.strategy = "none";
  config.labels.retain_labeled = 0;
  Loader second_again(config, small_data().data);
  config.seed = 1;
  Loader first_again(config, small_data().data);
  auto all_1 = read_by_pool(first_again), all_2 = read_by_pool(second_again);
  const Pool retain{Source::retain, Label::unlabeled};
  CHECK(labeled(all_1[retain]) == labeled(all_2[retain]));
  CHECK(all_1[retain] != all_2[retain]);
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
  const StoryData& small = small_data();
  RunConfig config = labeled_run();
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
  const StoryData& small = small_data();
  RunConfig config = labeled_run();
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

TEST_CASE("loader: the weak filter skips what is labeled forget, the strict one all adjacent documents too") {
  const Dataset& data = adjacent_data().data;
  for (const char* filter : {"none", "weak", "strict"}) {
    CAPTURE(filter);
    RunConfig config = mistaken_run();
    config.filter = filter;
    const bool weak = config.filter == "weak", strict = config.filter == "strict";
    const Loader loader(config, data);
    std::map<Pool, bool> skipped;
    for (Index s = 0; s < loader.steps(); ++s)
      skipped[{loader.step(s).source, loader.step(s).label}] = loader.step(s).skipped;
    const std::map<Pool, bool> expected{
        {{Source::retain, Label::forget}, weak || strict},   {{Source::retain, Label::retain}, false},
        {{Source::adjacent, Label::forget}, weak || strict}, {{Source::adjacent, Label::retain}, strict},
        {{Source::forget, Label::forget}, weak || strict},   {{Source::forget, Label::unlabeled}, false}};
    CHECK(skipped == expected);
  }
}

TEST_CASE("loader: a filter goes by the label that a step has in the end, drawn or taken away") {
  RunConfig config = mistaken_run();
  config.filter = "weak";
  config.labels.noise = "step";
  const Loader drawn(config, adjacent_data().data);
  config.labels.noise = "document";
  config.labels.from = 0.5;  // before that nothing is labeled
  const Loader late(config, adjacent_data().data);
  Index skipped_drawn = 0, skipped_late = 0;
  for (Index s = 0; s < 200; ++s) {
    CHECK(drawn.step(s).skipped == (drawn.step(s).label == Label::forget));
    CHECK(late.step(s).skipped == (late.step(s).label == Label::forget));
    skipped_drawn += drawn.step(s).skipped, skipped_late += late.step(s).skipped;
    if (s < 100) CHECK_FALSE(late.step(s).skipped);
  }
  // A skipped step's documents are skipped with it: the list stays as it is.
  config = mistaken_run();
  config.labels.noise = "step";
  const Loader unfiltered(config, adjacent_data().data);
  for (Index s = 0; s < 200; ++s) {
    CHECK(unfiltered.step(s).pool == drawn.step(s).pool);
    CHECK(unfiltered.step(s).first == drawn.step(s).first);
  }
  CHECK(skipped_drawn > 40);
  CHECK(skipped_late > 20);
}

TEST_CASE("loader: with refill steps are shared out in proportion to what the filter keeps of each source") {
  const Dataset& data = adjacent_data().data;
  RunConfig config = mistaken_run();
  config.refill = true;
  config.steps = 6000;
  std::map<Source, double> documents;
  for (const Source source : sources)
    documents[source] = static_cast<double>(data.parts.at(name(source)).train->documents());
  for (const char* noise : {"document", "step"})
    for (const char* filter : {"weak", "strict"}) {
      CAPTURE(noise);
      CAPTURE(filter);
      config.labels.noise = noise;
      config.filter = filter;
      const Loader loader(config, data);
      std::map<Source, double> kept{{Source::retain, 0.6 * documents[Source::retain]},
                                    {Source::forget, 0.25 * documents[Source::forget]}};
      if (config.filter == "weak") kept[Source::adjacent] = 0.6 * documents[Source::adjacent];
      double all = 0;
      for (const auto& [source, count] : kept) all += count;
      const auto steps = steps_by_source(loader);
      CHECK(steps.size() == kept.size());
      for (const auto& [source, count] : kept)  // quotas of documents are whole numbers
        CHECK(close(steps.at(source) / 6000, count / all, 0.03));
      for (Index s = 0; s < 6000; ++s) REQUIRE_FALSE(loader.step(s).skipped);
    }
}

TEST_CASE("loader: label noise per step draws labels with the configured probabilities") {
  const StoryData& small = small_data();
  RunConfig config = labeled_run();
  config.labels.noise = "step";
  config.steps = 4000;
  const Loader loader(config, small.data);
  double forget = 0, unlabeled = 0;
  for (Index s = 0; s < loader.steps(); ++s)
    if (loader.step(s).source == Source::forget) ++forget, unlabeled += loader.step(s).label == Label::unlabeled;
  CHECK(std::abs(unlabeled / forget - 0.25) < 5 * std::sqrt(0.25 * 0.75 / forget));
  CHECK(loader.documents(Source::forget, Label::unlabeled) == small.data.parts.at("forget").train->documents());
  CHECK(loader.documents(Source::forget, Label::forget) == 0);
  // Every step draws anew: the drawn labels change within an epoch and from seed to seed.
  config.seed = 2;
  const Loader other(config, small.data);
  Index different = 0;
  for (Index s = 0; s < other.steps(); ++s) different += loader.step(s).label != other.step(s).label;
  CHECK(different > 1000);
}

TEST_CASE("loader: of what a filter keeps, labels drawn per step have the proportions that they had") {
  RunConfig config = labeled_run();
  config.labels.noise = "step";
  config.labels.false_positive_rate = 0.4;  // of retain steps then 0.3 unlabeled and 0.3 labeled retain
  config.labels.retain_labeled = 0.2;       // ... and 0.48 and 0.12
  config.strategy = "none";
  config.filter = "weak";
  config.refill = true;
  config.steps = 8000;
  const Loader loader(config, small_data().data);
  std::map<Pool, double> counts;
  for (Index s = 0; s < loader.steps(); ++s) ++counts[{loader.step(s).source, loader.step(s).label}];
  CHECK(counts.size() == 3);  // no forget label, and unlabeled forget documents
  const double labeled = counts[{Source::retain, Label::retain}],
               retain = labeled + counts[{Source::retain, Label::unlabeled}];
  CHECK(std::abs(labeled / retain - 0.2) < 5 * std::sqrt(0.2 * 0.8 / retain));
  CHECK(counts.contains({Source::forget, Label::unlabeled}));
}

TEST_CASE("loader: tokens make steps; upsampling gives forget documents more of them") {
  const StoryData& small = small_data();
  RunConfig config = labeled_run();
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
  CHECK(close(tokens, 50000, 0.05));
  double documents = 0, all_tokens = 0;
  for (const auto& [source, part] : small.data.parts) {
    documents += static_cast<double>(part.train->documents());
    all_tokens += static_cast<double>(part.train->tokens());
  }
  for (const double wanted : {50000.0, 50000.0 + 0.6 * 2 * all_tokens / documents, 7777.0, 9999.0}) {
    config.tokens = wanted;
    CHECK(Loader(config, small.data).steps() == std::lround(wanted / (2 * all_tokens / documents)));
  }
  config.tokens = 50000;
  CHECK(close(forget_share(loader), 0.5, 0.01));  // as many stories in both languages
  config.forget_upsampling = 3;
  CHECK(close(forget_share(Loader(config, small.data)), 0.75, 0.01));
  config.tokens = 1;
  CHECK(Loader(config, small.data).steps() == 1);
}

TEST_CASE("loader: what no filter leaves, and what there are no documents or plots for, is refused") {
  const TemporaryFolder folder("no-forget");
  PrepareConfig prepared;
  prepared.out = folder / "data";
  prepared.vocabulary = 300;
  prepared.held_out = 0.5;
  std::string texts;
  for (int d = 0; d < 30; ++d) texts += "text number " + std::to_string(d) + "\n<|endoftext|>\n";
  write_file(folder / "a.txt", texts);
  prepare(prepared, {{"retain", "a", documents_of({folder / "a.txt"}), {}}});
  const Dataset data = read_dataset(prepared.out);
  const auto refused = [&](const char* why, const Dataset& on, auto change) {
    RunConfig config = labeled_run();
    config.strategy = "none", config.labels = {}, config.labels.retain_labeled = 0;
    change(config);
    CHECK_THROWS_WITH_AS(Loader(config, on), doctest::Contains(why), Error);
  };
  const char* none = "has no forget documents";
  refused(none, data, [](RunConfig& c) { c.strategy = "sgtm"; });
  refused(none, data, [](RunConfig& c) { c.filter = "weak"; });
  refused(none, data, [](RunConfig& c) { c.unlearn = "rmu"; });
  refused(none, data, [](RunConfig& c) { c.relearning.steps = 1; });
  refused("skips every document", small_data().data,
          [](RunConfig& c) { c.filter = "weak", c.refill = true, c.labels.false_positive_rate = 1; });
  RunConfig plain = labeled_run();
  plain.strategy = "none", plain.labels = {}, plain.labels.retain_labeled = 0;
  CHECK(Loader(plain, data).steps() == 200);
}

TEST_CASE("loader: a micro-batch holds as many documents as fit, and never more tokens than room is made for") {
  RunConfig config = labeled_run();
  for (const auto& [batch, micro, longest] : {std::tuple<Index, Index, Index>{2, 1024, 800},  // all of a step
                                              {7, 1024, 1024},                                // what was asked for
                                              {7, 120, 400}}) {                               // one document at least
    config.batch = batch, config.micro_batch = micro;
    Loader loader(config, small_data().data);
    CHECK(loader.longest_batch() == longest);
    for (Index s = 0; s < 50; ++s) {
      const auto batches = loader.batches(s);
      for (std::size_t b = 0; b < batches.size(); ++b) {
        CHECK(batches[b].size() <= longest);
        if (b > 0) CHECK(batches[b - 1].size() + batches[b].document(0).size() > micro);
      }
    }
  }
}

TEST_CASE("source batches: all training documents of one source, each once an epoch, in an order of seed and purpose") {
  const Dataset& data = adjacent_data().data;
  for (const Source source : sources) {
    const auto documents = data.parts.at(name(source)).train->documents();
    const auto read = [&](const char* purpose, std::uint64_t seed) {
      SourceBatches batches(data, source, purpose, 400, seed);
      std::vector<DocumentTokens> all;
      for (Index step = 0; step * 4 < 2 * documents; ++step) {
        Batch batch;
        batch.tokens = {7, 7}, batch.offsets = {0, 2};  // what is there already stays
        const Index tokens = batches.append(batch, step, 4);
        CHECK(batch.documents() == 5);
        CHECK(tokens == batch.size() - 2);
        for (Index d = 1; d < 5; ++d) all.push_back(documents_in(batch)[static_cast<std::size_t>(d)]);
      }
      return all;
    };
    const auto first = read("x", 1);
    const auto epoch = [&](const std::vector<DocumentTokens>& all) {
      return std::set<DocumentTokens>(all.begin(), all.begin() + documents);
    };
    CHECK(epoch(first) == training_documents(data, source));
    CHECK(read("x", 1) == first);
    CHECK(read("x", 2) != first);
    CHECK(read("y", 1) != first);
  }
  Batch batch;
  CHECK_THROWS_AS(SourceBatches(data, Source::retain, "x", 10, 1).append(batch, 0, 4),
                  Error);  // tokens of another size
}

TEST_CASE("loader: data that does not fit the model is refused") {
  const StoryData& small = small_data();
  ModelConfig model = small_run().model;
  model.vocabulary = 100;
  CHECK_THROWS_WITH_AS(check_fits(small.data, 400, model),
                       doctest::Contains("its tokenizer has 400 tokens, but the model only 100"), Error);
  model.vocabulary = 399;
  CHECK_THROWS_AS(check_fits(small.data, 400, model), Error);
  model.vocabulary = 400, model.context = 400;
  CHECK_NOTHROW(check_fits(small.data, 400, model));
  model.context = 399;
  CHECK_THROWS_WITH_AS(check_fits(small.data, 400, model), doctest::Contains("the model's context is 399"), Error);
}

TEST_CASE("loader: outside the window of labels everything is unlabeled, in the same order of documents") {
  const StoryData& small = small_data();
  RunConfig config = labeled_run();
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
  const StoryData& small = small_data();
  RunConfig config = labeled_run();
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
  // Only forget documents are missed so.
  RunConfig at_random = config;
  at_random.labels.noise = "document";
  Loader without(at_random, small.data);
  auto by_plot = read_by_pool(loader), by_document = read_by_pool(without);
  for (const Label label : {Label::retain, Label::unlabeled})
    CHECK(by_plot[{Source::retain, label}] == by_document[{Source::retain, label}]);
}
