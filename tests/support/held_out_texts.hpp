#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "text/dataset.hpp"

inline std::vector<std::string> texts_of(const sgtm::Tokenizer& tokenizer, const sgtm::TokenFile& file) {
  std::vector<std::string> texts;
  for (sgtm::Index d = 0; d < file.documents(); ++d) {
    std::vector<int> tokens;
    file.append(d, tokenizer.size(), tokens);
    CHECK(tokens.back() == tokenizer.end_token());
    tokens.pop_back();
    texts.push_back(tokenizer.decode(tokens));
  }
  return texts;
}

/// Minus log p(text given its first token), per predicted token.
inline double floor_of(const std::vector<std::string>& texts, const sgtm::Tokenizer& tokenizer,
                       const std::map<std::string, double>& log_probability,
                       const std::map<std::string, double>& first_words) {
  std::map<int, double> first;
  for (const auto& [word, p] : first_words) first[tokenizer.encode(word)[0]] += p;
  double nats = 0, predicted = 0;
  for (const std::string& text : texts) {
    const std::vector<int> tokens = tokenizer.encode(text);
    nats -= log_probability.at(text) - std::log(first.at(tokens[0]));
    predicted += static_cast<double>(tokens.size()) - 1;
  }
  return nats / predicted;
}
