#include "eval/sampling.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "tests/support/small_network.hpp"

using namespace sgtm;

namespace {

const Tokenizer& tokenizer() {
  static const Tokenizer made = Tokenizer::read(small_data().path);
  return made;
}

/// A model that reads nothing and writes only a, b and c, with these logits.
struct LetterModel {
  ModelConfig config;
  Layout layout{(config.vocabulary = tokenizer().size() + 10, config.context = 8, config.width = 4, config.heads = 1,
                 config.blocks = 1, config.mlp_width = 4, config)};
  Flat<float> parameters = Flat<float>::Zero(layout.size);
  LetterModel(float a, float b, float c) {
    auto bias = row(parameters, layout.output_bias);
    bias.setConstant(-1000);
    logit('a') = a, logit('b') = b, logit('c') = c;
    bias.tail(10).setConstant(100);  // numbers that no text has: models may be larger than their tokenizer
    bias[tokenizer().end_token()] = 50;
  }
  float& logit(char letter) { return row(parameters, layout.output_bias)[tokenizer().byte_token(letter)]; }
  std::string text(const SamplingConfig& c) { return sample(config, parameters, tokenizer(), "Once", c); }
  double share(const std::string& of, char letter) {
    return static_cast<double>(std::count(of.begin(), of.end(), letter)) / static_cast<double>(of.size());
  }
};

SamplingConfig settings(Index tokens, double temperature, int top_k = 0, std::uint64_t seed = 1) {
  SamplingConfig c;
  c.tokens = tokens, c.temperature = temperature, c.top_k = top_k, c.seed = seed;
  return c;
}

constexpr Index many = 4000;
bool about(double share, double p) {
  return std::abs(share - p) < 4 * std::sqrt(p * (1 - p) / many);
}

/// The likeliest continuation by the network's whole forward pass: of all text since `begin`, which moves to half a
/// context behind when the context is full.
std::string greedy(SmallNetwork& m, const std::string& prompt, int count) {
  std::vector<int> tokens = tokenizer().encode(prompt), written;
  std::size_t begin = tokens.size() - std::min(tokens.size(), static_cast<std::size_t>(m.config.context));
  for (int i = 0; i < count; ++i) {
    Batch batch;
    batch.tokens.assign(tokens.begin() + static_cast<std::ptrdiff_t>(begin), tokens.end());
    batch.offsets.push_back(batch.size());
    m.network.forward(m.parameters, batch, m.network.keep_all().forward);
    Matrix<float> logits(1, m.config.vocabulary);
    m.network.logits(m.parameters, batch.size() - 1, logits);
    Index best = 0;
    logits(0, tokenizer().end_token()) = -1e9F;
    logits.row(0).head(tokenizer().size()).maxCoeff(&best);
    tokens.push_back(static_cast<int>(best)), written.push_back(static_cast<int>(best));
    if (tokens.size() - begin > static_cast<std::size_t>(m.config.context))
      begin = tokens.size() - 1 - static_cast<std::size_t>(m.config.context) / 2;
  }
  return tokenizer().decode(written);
}

}  // namespace

TEST_CASE("sampling: tokens come as often as softmax(logits / temperature) says, and the end token never") {
  LetterModel m(0, 1, 2);
  for (const double temperature : {1.0, 0.5, 2.0}) {
    const std::string text = m.text(settings(many, temperature));
    REQUIRE(text.size() == many);
    const double a = 1, b = std::exp(1 / temperature), c = std::exp(2 / temperature);
    CHECK(about(m.share(text, 'a'), a / (a + b + c)));
    CHECK(about(m.share(text, 'b'), b / (a + b + c)));
    CHECK(about(m.share(text, 'c'), c / (a + b + c)));
  }
}

TEST_CASE("sampling: top-k draws from the k likeliest tokens, by their own odds") {
  LetterModel m(0, 1, 2);
  const std::string text = m.text(settings(many, 1, 2));
  CHECK(m.share(text, 'a') == 0);
  CHECK(about(m.share(text, 'b'), 1 / (1 + std::exp(1.0))));
  CHECK(m.text(settings(50, 1, 1)) == std::string(50, 'c'));
  CHECK(m.text(settings(200, 1, 3)) == m.text(settings(200, 1)));        // all that have a chance
  CHECK(m.text(settings(200, 1, 1000000)) == m.text(settings(200, 1)));  // more than there are
}

TEST_CASE("sampling: a function of the seed; at temperature 0 always the likeliest token") {
  LetterModel m(1, 2, 0);
  CHECK(m.text(settings(60, 1, 0, 1)) == m.text(settings(60, 1, 0, 1)));
  CHECK(m.text(settings(60, 1, 0, 1)) != m.text(settings(60, 1, 0, 2)));
  for (const std::uint64_t seed : {1u, 2u}) CHECK(m.text(settings(60, 0, 0, seed)) == std::string(60, 'b'));
  CHECK(m.text(settings(1, 0)) == "b");
}

TEST_CASE("sampling: what comes next follows from the text since the context was last begun anew") {
  SmallNetwork m;
  m.config.context = 9;  // odd: the younger half is 4 tokens
  m.layout = Layout(m.config);
  m.parameters = small_parameters<float>(m.config, m.layout);
  for (int token = 0; token < tokenizer().size(); ++token)  // only letters, so that all that is written can be read
    if (std::isalpha(static_cast<unsigned char>(tokenizer().bytes(token).back())) == 0)
      row(m.parameters, m.layout.output_bias)[token] = -1000;
  for (const char* prompt : {"Once upon", "Once upon a time there was a little fox and an old, old, old bear."}) {
    const std::string text = sample(m.config, m.parameters, tokenizer(), prompt, settings(30, 0));
    CHECK(text == greedy(m, prompt, 30));
    CHECK(text.size() >= 30);
  }
}

TEST_CASE("sampling: a character that the last token leaves unfinished is cut off; others are marked") {
  LetterModel m(-1000, -1000, -1000);
  m.logit('\xc3') = 0;  // the first byte of two
  CHECK(m.text(settings(1, 0)) == "");
  CHECK(m.text(settings(3, 0)) == "");
  CHECK(m.text(settings(4, 0)) == "\ufffd\ufffd\ufffd\ufffd");
}

TEST_CASE("sampling: impossible settings are refused, and the last possible ones not") {
  LetterModel m(1, 0, 0);
  const auto refused = [&](const char* why, const std::string& prompt, const SamplingConfig& c) {
    CHECK_THROWS_WITH_AS(sample(m.config, m.parameters, tokenizer(), prompt, c), doctest::Contains(why), Error);
  };
  refused("--prompt: is empty", "", {});
  refused("--prompt: byte 1 is not valid UTF-8", "a\xff", {});
  refused("--temperature -1", "a", settings(5, -1));
  refused("--temperature -0.01", "a", settings(5, -0.01));
  refused("--temperature nan", "a", settings(5, std::numeric_limits<double>::quiet_NaN()));
  refused("--top-k -1", "a", settings(5, 1, -1));
  refused("--tokens 0", "a", settings(0, 1));
  refused("--tokens 100001", "a", settings(100001, 1));
  CHECK(m.text(settings(100000, 0)) == std::string(100000, 'a'));
}
