#include "eval/recall.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/progress.hpp"
#include "eval/losses.hpp"

namespace sgtm {
namespace {

/// Turns sums of losses, -log p(prompt, value), into log p(value | prompt, it is one of these).
void normalize(std::vector<double>& losses) {
  const double least = *std::min_element(losses.begin(), losses.end());
  double sum = 0;
  for (const double loss : losses) sum += std::exp(least - loss);
  for (double& loss : losses) loss = least - loss - std::log(sum);
}

/// What is known of one fact: accuracy and log-probability are sums over its questions.
struct KnownFact {
  std::vector<std::string> groups;
  double accuracy = 0, log_probability = 0, chance = 0;
  int questions = 0;
};

std::vector<std::string> groups_of(const Question& q) {
  std::vector<std::string> groups{q.source, q.field};
  if (q.source == "forget") groups.push_back(forget_group(q.told_also));
  return groups;
}

Recall summary(const std::string& group, const std::vector<const KnownFact*>& facts) {
  std::vector<double> accuracy, log_probability;
  Recall r{group, static_cast<int>(facts.size()), 0, {}, {}};
  for (const KnownFact* fact : facts) {
    accuracy.push_back(fact->accuracy / fact->questions);
    log_probability.push_back(fact->log_probability / fact->questions);
    r.chance += fact->chance / static_cast<double>(facts.size());
    r.log_chance += std::log(fact->chance) / static_cast<double>(facts.size());
    r.questions += fact->questions;
  }
  r.accuracy = estimate_mean(accuracy), r.log_probability = estimate_mean(log_probability);
  return r;
}

}  // namespace

std::vector<std::vector<double>> answers(Network<float>& network, const ModelConfig& config, Flat<float>& parameters,
                                         const Tokenizer& tokenizer, const Questions& questions) {
  std::vector<std::vector<double>> losses(questions.questions.size());
  Progress progress("asking", "questions", static_cast<double>(losses.size()));
  Batch batch;
  std::vector<std::size_t> question_of;  // by document of the batch
  const auto run = [&] {
    network.forward(parameters, batch, network.keep_all().forward);
    const RowMap<float> by_token = network.token_losses(parameters);
    for (Index d = 0; d < batch.documents(); ++d) {
      const IndexRange span = batch.document(d);
      losses[question_of[static_cast<std::size_t>(d)]].push_back(
          by_token.segment(span.begin, span.size()).cast<double>().sum());
    }
    progress.update(static_cast<double>(question_of.back()));
    batch.clear(), question_of.clear();
  };
  for (std::size_t q = 0; q < losses.size(); ++q) {
    for (const std::string& value : questions.values_of(questions.questions[q])) {
      const std::vector<int> tokens = tokenizer.encode(questions.questions[q].prompt + " " + value + ".");
      if (static_cast<Index>(tokens.size()) >= config.context)
        throw Error(
            fmt::format("the question '{}' has {} tokens with its answer; the model's context of {} is too short.",
                        questions.questions[q].prompt, tokens.size(), config.context));
      if (batch.documents() > 0 && batch.size() + static_cast<Index>(tokens.size()) + 1 > evaluation_tokens) run();
      batch.tokens.insert(batch.tokens.end(), tokens.begin(), tokens.end());
      batch.tokens.push_back(tokenizer.end_token());
      batch.offsets.push_back(batch.size());
      question_of.push_back(q);
    }
  }
  if (batch.documents() > 0) run();
  for (std::vector<double>& of_question : losses) normalize(of_question);
  return losses;
}

std::string forget_group(const std::string& told_also) {
  return "forget, " + told_where(told_also);
}

bool is_forget_group(const std::string& group) {
  return group.starts_with("forget, ");
}

int likeliest(const std::vector<double>& answers) {
  return static_cast<int>(std::max_element(answers.begin(), answers.end()) - answers.begin());
}

std::vector<Recall> recall(const Questions& questions, const std::vector<std::vector<double>>& answered) {
  std::map<int, KnownFact> facts;
  for (std::size_t i = 0; i < answered.size(); ++i) {
    const Question& q = questions.questions[i];
    KnownFact& fact = facts[q.fact];
    const auto right = static_cast<std::size_t>(q.right);
    fact.groups = groups_of(q);
    fact.accuracy += likeliest(answered[i]) == q.right;
    fact.log_probability += answered[i][right];
    fact.chance = 1 / static_cast<double>(answered[i].size());
    ++fact.questions;
  }
  std::map<std::string, std::vector<const KnownFact*>> by_group;
  for (const auto& [number, fact] : facts)
    for (const std::string& group : fact.groups) by_group[group].push_back(&fact);
  std::vector<Recall> table;
  for (const auto& [group, members] : by_group) table.push_back(summary(group, members));
  // Sources first, then the forget fields' facts by where they are told, then fields; each in the order of the
  // alphabet.
  std::set<std::string> fields;
  for (const Question& q : questions.questions) fields.insert(q.field);
  const auto rank = [&](const Recall& r) { return fields.contains(r.group) ? 2 : is_forget_group(r.group) ? 1 : 0; };
  std::stable_sort(table.begin(), table.end(), [&](const Recall& a, const Recall& b) { return rank(a) < rank(b); });
  return table;
}

nlohmann::ordered_json json_of(const std::vector<Recall>& table) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Recall& of : table) json[of.group] = json_of(of);
  return json;
}

}  // namespace sgtm
