#pragma once

#include "core/record.hpp"
#include "eval/statistics.hpp"
#include "model/network.hpp"
#include "text/questions.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {

/// What a model knows of some facts. A fact is asked for in several wordings, which count as one observation: their
/// mean.
struct Recall {
  std::string group;
  int facts = 0, questions = 0;
  Estimated accuracy;         // share of answers that are ranked first
  Estimated log_probability;  // of the right answer among all values of its attribute, nats
  double chance = 0;          // accuracy of guessing
  double log_chance = 0;      // log probability of guessing, nats
};

template <Is<Recall> R>
void for_each_part(R& of, auto visit) {
  visit("facts?", of.facts), visit("questions?", of.questions), visit("chance", of.chance);
  visit("accuracy", of.accuracy.mean), visit("accuracy_half?", of.accuracy.half), visit("log_chance?", of.log_chance);
  visit("log_probability?", of.log_probability.mean), visit("log_probability_half?", of.log_probability.half);
}

/// Every question's answers: log p(value, full stop | prompt), normalized over the values of its attribute.
std::vector<std::vector<double>> answers(Network<float>& network, const ModelConfig& config, Flat<float>& parameters,
                                         const Tokenizer& tokenizer, const Questions& questions);

/// The number of the answer that is likeliest.
int likeliest(const std::vector<double>& answers);

/// The group of those facts of the forget fields that this other source's articles tell too; empty: that none does.
std::string forget_group(const std::string& told_also);
bool is_forget_group(const std::string& group);

/// What the answers show. Groups: the sources, the forget fields' facts by where else they are told, and the fields.
std::vector<Recall> recall(const Questions& questions, const std::vector<std::vector<double>>& answered);

/// By group: facts, questions, chance, and both means with half their 95 % intervals.
nlohmann::ordered_json json_of(const std::vector<Recall>& table);

}  // namespace sgtm
