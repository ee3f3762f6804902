#pragma once

#include <string>
#include <vector>

#include "text/prepare.hpp"
#include "text/tokenizer.hpp"

/// A source that gives these documents, in two blocks where there are several.
inline sgtm::DocumentSource giving(const std::vector<sgtm::Document>& documents) {
  return [documents](const sgtm::DocumentVisitor& visit) {
    const auto middle = documents.begin() + static_cast<std::ptrdiff_t>(documents.size() / 2);
    std::vector<sgtm::Document> first(documents.begin(), middle), second(middle, documents.end());
    if (!first.empty()) visit(first);
    visit(second);
  };
}

inline sgtm::DocumentSource giving_texts(const std::vector<std::string>& texts) {
  std::vector<sgtm::Document> documents;
  for (const std::string& text : texts) documents.push_back({text, "text " + std::to_string(documents.size())});
  return giving(documents);
}

/// All that a source gives, in order.
inline std::vector<sgtm::Document> all_of(const sgtm::DocumentSource& source) {
  std::vector<sgtm::Document> all;
  source([&](std::vector<sgtm::Document>& block) { all.insert(all.end(), block.begin(), block.end()); });
  return all;
}

/// Of which every token is a byte, but for the end token, 256.
inline sgtm::Tokenizer byte_tokenizer() {
  return sgtm::Tokenizer(std::vector<std::pair<int, int>>{});
}
