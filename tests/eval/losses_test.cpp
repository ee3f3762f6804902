#include "eval/losses.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "tests/support/small_network.hpp"

using namespace sgtm;

namespace {

/// What a file predicts: neither a document's first token nor its end token.
std::vector<int> predicted_in(const TokenFile& file) {
  std::vector<int> all;
  for (Index d = 0; d < file.documents(); ++d) {
    std::vector<int> tokens;
    file.append(d, 400, tokens);
    all.insert(all.end(), tokens.begin() + 1, tokens.end() - 1);
  }
  return all;
}

/// The mean of the token losses, document by document.
double loss_one_by_one(SmallNetwork& m, const TokenFile& file) {
  double sum = 0;
  for (Index d = 0; d < file.documents(); ++d) {
    Batch one;
    file.append(d, 400, one.tokens);
    one.offsets.push_back(one.size());
    m.network.forward(m.parameters, one, m.network.keep_all().forward);
    sum += m.network.token_losses(m.parameters).cast<double>().sum();
  }
  return sum / static_cast<double>(predicted_in(file).size());
}

/// A model that reads nothing and has these chances for every token: the losses are known on paper.
struct BiasModel : SmallNetwork {
  double log_sum = 0;
  BiasModel() {
    parameters.setZero();
    auto bias = row(parameters, layout.output_bias);
    double sum = 0;
    for (Index v = 0; v < bias.size(); ++v) {
      bias[v] = -0.25F * static_cast<float>(v * v % 131);  // down to -32.5 nats
      sum += std::exp(static_cast<double>(bias[v]));
    }
    log_sum = std::log(sum);
  }
  double loss_of(int token) { return log_sum - static_cast<double>(row(parameters, layout.output_bias)[token]); }
};

}  // namespace

TEST_CASE("losses: of every source its own held-out documents, per predicted token") {
  SmallNetwork m;
  const Dataset& data = adjacent_data().data;
  const Losses losses = held_out_losses(m.network, m.config, m.parameters, data);
  REQUIRE(losses.size() == 3);
  std::set<double> different;
  for (const Source source : sources) {
    CHECK(losses.at(source) ==
          doctest::Approx(loss_one_by_one(m, *data.parts.at(name(source)).held_out)).epsilon(1e-6));
    different.insert(losses.at(source));
  }
  CHECK(different.size() == 3);
  const Losses two = held_out_losses(m.network, m.config, m.parameters, small_data().data);
  CHECK(two.size() == 2);
  CHECK(!two.contains(Source::adjacent));
}

TEST_CASE("losses: the mean over a file's predicted tokens, of more documents than a batch holds") {
  SmallNetwork m;
  const TokenFile& file = *small_data().data.parts.at("retain").train;
  REQUIRE(file.tokens() > evaluation_tokens);
  CHECK(mean_loss(m.network, m.config, m.parameters, file) == doctest::Approx(loss_one_by_one(m, file)).epsilon(1e-6));
}

TEST_CASE("losses: the histogram counts every predicted token in the bin of its loss, the last bin all beyond") {
  BiasModel m;
  const TokenFile& file = *small_data().data.parts.at("retain").train;
  REQUIRE(file.tokens() > evaluation_tokens);
  LossHistogram expected{};
  REQUIRE(expected.size() == 101);
  for (const int token : predicted_in(file)) {
    std::size_t bin = 0;  // a quarter of a nat each
    while (bin < 100 && m.loss_of(token) >= 0.25 * static_cast<double>(bin + 1)) ++bin;
    ++expected[bin];
  }
  for (int time : {1, 2}) CHECK_MESSAGE(loss_histogram(m.network, m.config, m.parameters, file) == expected, time);
  CHECK(expected[100] > 0);
  std::set<Index> counts(expected.begin(), expected.end());
  CHECK(counts.size() > 20);
}

TEST_CASE("losses: a mean is the mean of known token losses") {
  BiasModel m;
  const TokenFile& file = *adjacent_data().data.parts.at("forget").held_out;
  double sum = 0;
  const std::vector<int> predicted = predicted_in(file);
  for (const int token : predicted) sum += m.loss_of(token);
  CHECK(mean_loss(m.network, m.config, m.parameters, file) ==
        doctest::Approx(sum / static_cast<double>(predicted.size())).epsilon(1e-5));
}
