#include "eval/recall.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "eval/losses.hpp"
#include "tests/support/small_network.hpp"

using namespace sgtm;

namespace {

/// log p of `right` where it is so likely, and another answer where it shall be the likeliest.
std::vector<double> made_up(std::size_t choices, std::size_t right, double log_probability, std::size_t first) {
  std::vector<double> all(choices, -50);
  all[first] = -0.1;
  all[right] = log_probability;
  return all;
}

/// Facts of all sources, in several wordings, mixed, of different numbers of choices.
struct MadeUpAnswers {
  Questions questions;
  std::vector<std::vector<double>> answers;
  MadeUpAnswers() {
    ask({0, "plants", "leaf", "forget", "", "", 2}, made_up(4, 2, -0.05, 2));
    ask({5, "drugs", "dose", "adjacent", "", "", 1}, made_up(3, 1, -0.01, 1));
    ask({7, "alloys", "use", "retain", "adjacent", "", 0}, made_up(5, 0, -3, 4));
    ask({1, "plants", "root", "forget", "adjacent", "", 0}, made_up(2, 0, -0.5, 1));
    ask({5, "drugs", "dose", "adjacent", "", "", 1}, made_up(3, 1, -4.49, 0));
    ask({0, "plants", "leaf", "forget", "", "", 2}, made_up(4, 2, -2.95, 0));
    ask({8, "alloys", "use", "retain", "", "", 1}, made_up(2, 1, -0.02, 1));
    ask({5, "drugs", "dose", "adjacent", "", "", 1}, made_up(3, 1, -0.03, 1));
  }
  void ask(const Question& question, const std::vector<double>& answer) {
    questions.questions.push_back(question), answers.push_back(answer);
  }
};

}  // namespace

TEST_CASE("recall: wordings of a fact are one observation, their mean; intervals are over facts") {
  const MadeUpAnswers made;
  const std::vector<Recall> known = recall(made.questions, made.answers);
  const auto is = [&](std::size_t i, const char* group, int facts, int questions, double accuracy,
                      double log_probability, double chance, double log_chance) {
    REQUIRE(i < known.size());
    CHECK(known[i].group == group);
    CHECK(known[i].facts == facts);
    CHECK(known[i].questions == questions);
    CHECK(known[i].accuracy.mean == doctest::Approx(accuracy));
    CHECK(known[i].log_probability.mean == doctest::Approx(log_probability));
    CHECK(known[i].chance == doctest::Approx(chance));
    CHECK(known[i].log_chance == doctest::Approx(log_chance));
    CHECK(known[i].accuracy.count == facts);
  };
  const double two = std::log(2.0), three = std::log(3.0), five = std::log(5.0);
  CHECK(known.size() == 8);  // sources, what else tells forget facts, fields
  is(0, "adjacent", 1, 3, 2.0 / 3, -1.51, 1.0 / 3, -three);
  is(1, "forget", 2, 3, 0.25, -1, 0.375, -1.5 * two);
  is(2, "retain", 2, 2, 0.5, -1.51, 0.35, -(five + two) / 2);
  is(3, "forget, told also in adjacent", 1, 1, 0, -0.5, 0.5, -two);
  is(4, "forget, told nowhere else", 1, 2, 0.5, -1.5, 0.25, -2 * two);
  is(5, "alloys", 2, 2, 0.5, -1.51, 0.35, -(five + two) / 2);
  is(6, "drugs", 1, 3, 2.0 / 3, -1.51, 1.0 / 3, -three);
  is(7, "plants", 2, 3, 0.25, -1, 0.375, -1.5 * two);
  // Of 0.5 and 0, and of -1.5 and -0.5: Student's t by half the difference.
  CHECK(known[1].accuracy.half == doctest::Approx(12.706 * 0.25));
  CHECK(known[1].log_probability.half == doctest::Approx(12.706 * 0.5));
}

TEST_CASE("recall: as JSON every number stands under its name") {
  const MadeUpAnswers made;
  const auto json = json_of(recall(made.questions, made.answers));
  CHECK(json.size() == 8);
  const auto& forget = json.at("forget");
  CHECK(forget.size() == 8);
  for (const auto& [key, value] : std::vector<std::pair<const char*, double>>{{"facts", 2},
                                                                              {"questions", 3},
                                                                              {"chance", 0.375},
                                                                              {"accuracy", 0.25},
                                                                              {"accuracy_half", 12.706 * 0.25},
                                                                              {"log_chance", -1.5 * std::log(2.0)},
                                                                              {"log_probability", -1},
                                                                              {"log_probability_half", 12.706 * 0.5}})
    CHECK(forget.at(key).get<double>() == doctest::Approx(value));
}

TEST_CASE("recall: the likeliest answer, of equals the first; the groups of forget facts") {
  CHECK(likeliest({-3, -1, -2}) == 1);
  CHECK(likeliest({-1, -1}) == 0);
  CHECK(forget_group("") == "forget, told nowhere else");
  CHECK(forget_group("retain") == "forget, told also in retain");
  CHECK(is_forget_group("forget, told nowhere else"));
  CHECK(!is_forget_group("forget"));
  CHECK(!is_forget_group("retain"));
}

TEST_CASE("recall: a question that is too long for the context with its answer is refused, the longest possible not") {
  SmallNetwork m;
  const Tokenizer tokenizer = Tokenizer::read(small_data().data.path);
  const Questions questions{{{"pets kind", {"cat", "crocodile"}}}, {{0, "pets", "kind", "retain", "", "We have a", 0}}};
  const auto longest = static_cast<Index>(tokenizer.encode("We have a crocodile.").size());
  m.config.context = longest + 1;  // and an end token
  CHECK(answers(m.network, m.config, m.parameters, tokenizer, questions).size() == 1);
  m.config.context = longest;
  CHECK_THROWS_WITH_AS(answers(m.network, m.config, m.parameters, tokenizer, questions),
                       doctest::Contains("'We have a'"), Error);
}

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
                         {2, "letters", "shape", "retain", "", "Here is", 0},
                         // So long that exp(-its loss) is 0: 6 nats per token.
                         {3, "letters", "shape", "retain", "", std::string(200, '7') + " is", 0}};
  const auto answered = answers(m.network, m.config, m.parameters, tokenizer, questions);
  REQUIRE(answered.size() == 5);
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
  CHECK(group("letters").facts == 4);
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
      m.network.forward(m.parameters, batch, m.network.keep_all().forward);
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
