#include "text/survey.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/progress.hpp"
#include "core/random.hpp"
#include "text/pretokenizer.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {
namespace {

/// When there are too many words to keep, rare ones are dropped: they hardly become tokens. Counts are then lower
/// bounds.
void limit(WordCounts& counts) {
  constexpr std::size_t most = 1 << 20;
  if (counts.size() < most) return;
  std::erase_if(counts, [](const auto& word) { return word.second < 2; });
  if (counts.size() >= most) std::erase_if(counts, [](const auto& word) { return word.second < 8; });
}

void add_words(const std::vector<Document>& block, WordCounts& counts, SharedProgress& progress) {
  constexpr std::size_t slice = 64;  // documents that a thread counts before it adds its counts to all
  in_parallel((block.size() + slice - 1) / slice, [&](std::size_t s) {
    WordCounts own;
    std::string word;
    std::size_t untold = 0;
    for (std::size_t i = s * slice; i < std::min(block.size(), (s + 1) * slice); ++i)
      for_each_word(block[i].text, [&](std::string_view view) {
        ++own[word.assign(view)];
        if (untold += view.size(); untold >= told_at_once) progress.add(std::exchange(untold, 0));
      });
#pragma omp critical
    for (const auto& [w, count] : own) counts[w] += count;
  });
  limit(counts);
}

}  // namespace

Survey survey(const SourceDocuments& source, const PrepareConfig& config, WordCounts* words) {
  Survey result;
  Progress progress(fmt::format("reading {}", source.name), "bytes", 0);
  const auto read = [&](std::vector<Document>& block) {
    SharedProgress within(progress, result.bytes);
    for (const Document& document : block) {
      result.hashes.push_back(hash_of_text(document));
      result.bytes += static_cast<double>(document.text.size());
    }
    if (words != nullptr) add_words(block, *words, within);
    progress.update(result.bytes);
  };
  if (source.documents) source.documents(read);
  const std::size_t documents = result.hashes.size();
  if (source.held_out) {
    result.held_out.assign(documents, false);
    source.held_out(read);
    result.held_out.resize(result.hashes.size(), true);
    result.held_out_hashes.insert(result.hashes.begin() + static_cast<std::ptrdiff_t>(documents), result.hashes.end());
    return result;
  }
  if (documents < 2)
    throw Error(
        fmt::format("{}: has {} document; at least two are needed, one to train on and one to hold out. Separate "
                    "documents by a line {}.",
                    source.description, documents, Tokenizer::end_text));
  const auto share = static_cast<std::size_t>(std::lround(config.held_out * static_cast<double>(documents)));
  const std::size_t held_out = std::clamp<std::size_t>(share, 1, documents - 1);
  // The same stream for every source: parallel texts hold out the same documents.
  std::vector<std::size_t> order(documents);
  for (std::size_t i = 0; i < documents; ++i) order[i] = i;
  Random(config.seed, "held out").shuffle(order);
  result.held_out.assign(documents, false);
  for (std::size_t i = 0; i < held_out; ++i) {
    result.held_out[order[i]] = true;
    result.held_out_hashes.insert(result.hashes[order[i]]);
  }
  return result;
}

}  // namespace sgtm
