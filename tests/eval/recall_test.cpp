#include "eval/recall.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "eval/losses.hpp"
#include "tests/support/small_network.hpp"

using namespace sgtm;

TEST_CASE("recall: a model of known answers, which reads no prompt") {
  // With zero embeddings the logits are the output bias: tokens come independently of each other.
  SmallNetwork m;
  const Tokenizer tokenizer = Tokenizer::read(small_data().data.path);
  m.parameters.setZero();
  auto bias = row(m.parameters, m.layout.output_bias);
  const auto tokens_of = [&](const std::string& text) { return tokenizer.encode(text); };
  REQUIRE(tokens_of(" X").size() == tokens_of(" Q").size());
  REQUIRE(tokens_of(" X").size() == tokens_of(" Z").size());
  bias[tokens_of(" X").back()] += 2;
  bias[tokens_of(" Q").back()] += 1;
  Questions questions{{{"letters shape", {"X", "Q", "Z"}}}, {}};
  questions.questions = {{0, "letters", "shape", "forget", "", "The first is", 0},
                         {0, "letters", "shape", "forget", "", "We call it", 0},
                         {1, "letters", "shape", "forget", "adjacent", "The other is", 1},
                         {2, "letters", "shape", "retain", "", "Here is", 0}};
  const auto answered = answers(m.network, m.config, m.parameters, tokenizer, questions);
  REQUIRE(answered.size() == 4);
  // The tokens that the answers share cancel.
  const double sum = std::exp(2.0) + std::exp(1.0) + 1;
  for (const auto& of_question : answered) {
    CHECK(of_question[0] == doctest::Approx(2 - std::log(sum)).epsilon(1e-4));
    CHECK(of_question[1] == doctest::Approx(1 - std::log(sum)).epsilon(1e-4));
    CHECK(of_question[2] == doctest::Approx(-std::log(sum)).epsilon(1e-4));
  }
  const auto known = recall(questions, answered);
  const auto group = [&](const std::string& name) {
    for (const Recall& r : known)
      if (r.group == name) return r;
    FAIL("no group " << name);
    return known[0];
  };
  CHECK(group("forget").facts == 2);
  CHECK(group("forget").questions == 3);
  CHECK(group("forget").accuracy.mean == doctest::Approx(0.5));  // one fact known, one not
  CHECK(group("forget, told nowhere else").accuracy.mean == doctest::Approx(1));
  CHECK(group("forget, told also in adjacent").accuracy.mean == doctest::Approx(0));
  CHECK(group("retain").chance == doctest::Approx(1.0 / 3));
  CHECK(group("letters").facts == 3);
}

TEST_CASE("recall: answers asked together are those asked one by one") {
  SmallNetwork m;
  const Tokenizer tokenizer = Tokenizer::read(small_data().data.path);
  Questions questions{{{"animals kind", {"cat", "big dog", "bird"}}, {"toys color", {"red", "blue"}}}, {}};
  for (int fact = 0; fact < 100; ++fact) {  // of several lengths, and more than a batch holds
    const std::string before(static_cast<std::size_t>(fact), 'a');
    questions.questions.push_back({fact, "animals", "kind", "forget", "", before + " is the pet, a", 0});
    questions.questions.push_back({fact, "toys", "color", "retain", "", before + " has a toy that is", 1});
  }
  const auto answered = answers(m.network, m.config, m.parameters, tokenizer, questions);
  Index tokens_asked = 0;
  for (std::size_t q = 0; q < answered.size(); ++q) {
    const Question& question = questions.questions[q];
    std::vector<double> alone;
    for (const std::string& value : questions.values_of(question)) {
      Batch batch;
      batch.tokens = tokenizer.encode(question.prompt + " " + value + ".");
      batch.tokens.push_back(tokenizer.end_token());
      batch.offsets.push_back(batch.size());
      m.network.forward(m.parameters, batch, m.network.open_gates().forward);
      alone.push_back(-m.network.token_losses(m.parameters).cast<double>().sum());
      tokens_asked += batch.size();
    }
    double sum = 0;
    for (const double log_probability : alone) sum += std::exp(log_probability - alone[0]);
    REQUIRE(answered[q].size() == alone.size());
    for (std::size_t v = 0; v < alone.size(); ++v)
      CHECK(answered[q][v] == doctest::Approx(alone[v] - alone[0] - std::log(sum)).epsilon(1e-4));
  }
  CHECK(tokens_asked > 2 * evaluation_tokens);
  CHECK(answered[0][0] != answered[2][0]);  // the prompt matters
}
