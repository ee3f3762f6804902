#include <queue>
#include <unordered_set>

#include "core/progress.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {
namespace {

struct Word {
  std::vector<int> tokens;
  std::int64_t count;
};

struct Candidate {
  std::int64_t count;
  std::pair<int, int> pair;
  /// The queue's top is the most frequent pair; among equals, the first.
  bool operator<(const Candidate& other) const {
    return count != other.count ? count < other.count : pair > other.pair;
  }
};

/// The counts of all pairs, and which words have them, kept up to date as words change.
class PairCounts {
 public:
  explicit PairCounts(std::vector<Word> words) : words_(std::move(words)) {
    for (std::size_t w = 0; w < words_.size(); ++w)
      for (std::size_t i = 0; i + 1 < words_[w].tokens.size(); ++i)
        change({words_[w].tokens[i], words_[w].tokens[i + 1]}, w, words_[w].count);
    for (const auto& [pair, count] : counts_) queue_.push({count, pair});
  }

  /// The most frequent pair, or a count below 2 where there is none. Entries of the queue may be out of date.
  Candidate best() {
    while (!queue_.empty()) {
      const Candidate top = queue_.top();
      if (counts_[top.pair] == top.count) return top;
      queue_.pop();
    }
    return {0, {}};
  }

  void merge(std::pair<int, int> pair, int token) {
    const auto affected = std::move(where_[pair]);
    changed_.clear();
    for (const std::size_t w : affected) join(w, pair, token);
    counts_[pair] = 0;
    for (const auto& other : changed_)
      if (counts_[other] > 0) queue_.push({counts_[other], other});
  }

 private:
  struct Hash {
    std::size_t operator()(const std::pair<int, int>& p) const {
      return static_cast<std::size_t>(p.first) * 0x9e3779b97f4a7c15 + static_cast<std::size_t>(p.second);
    }
  };

  void change(std::pair<int, int> pair, std::size_t w, std::int64_t by) {
    counts_[pair] += by;
    if (by > 0) where_[pair].insert(w);
    changed_.insert(pair);
  }

  /// Joins the pair in a word. Only the pairs with its neighbours change.
  void join(std::size_t w, std::pair<int, int> pair, int token) {
    std::vector<int>& tokens = words_[w].tokens;
    const std::int64_t count = words_[w].count;
    std::size_t to = 0;
    for (std::size_t from = 0; from < tokens.size(); ++from) {
      const bool found = tokens[from] == pair.first && from + 1 < tokens.size() && tokens[from + 1] == pair.second;
      if (found && to > 0) change({tokens[to - 1], pair.first}, w, -count), change({tokens[to - 1], token}, w, count);
      if (found && from + 2 < tokens.size())
        change({pair.second, tokens[from + 2]}, w, -count), change({token, tokens[from + 2]}, w, count);
      tokens[to++] = found ? token : tokens[from];
      from += found;
    }
    tokens.resize(to);
  }

  std::vector<Word> words_;
  std::unordered_map<std::pair<int, int>, std::int64_t, Hash> counts_;
  std::unordered_map<std::pair<int, int>, std::unordered_set<std::size_t>, Hash> where_;
  std::unordered_set<std::pair<int, int>, Hash> changed_;
  std::priority_queue<Candidate> queue_;
};

}  // namespace

std::vector<std::pair<int, int>> learn_merges(const std::unordered_map<std::string, std::int64_t>& words,
                                              int vocabulary) {
  std::vector<std::pair<int, int>> merges;
  std::vector<std::string> tokens;  // the bytes of every token so far
  std::unordered_map<std::string, int> number;
  const Tokenizer bytes_only(merges);
  for (int byte = 0; byte < 256; ++byte) {
    tokens.push_back(bytes_only.bytes(byte));
    number[tokens.back()] = byte;
  }
  std::vector<Word> as_tokens;
  for (const auto& [word, count] : words) {
    as_tokens.push_back({{}, count});
    for (const char byte : word) as_tokens.back().tokens.push_back(bytes_only.byte_token(byte));
  }
  PairCounts pairs(std::move(as_tokens));
  Progress progress("learning tokens", "tokens", vocabulary);
  while (static_cast<int>(tokens.size()) + 1 < vocabulary) {
    const Candidate best = pairs.best();
    if (best.count < 2) break;
    const auto& [left, right] = best.pair;
    const std::string joined = tokens[static_cast<std::size_t>(left)] + tokens[static_cast<std::size_t>(right)];
    // Two pairs may make the same bytes (a + bc, ab + c): they are one token.
    const auto [token, is_new] = number.try_emplace(joined, static_cast<int>(tokens.size()));
    if (is_new) tokens.push_back(joined);
    pairs.merge(best.pair, token->second);
    merges.push_back(best.pair);
    progress.update(static_cast<double>(tokens.size()));
  }
  return merges;
}

}  // namespace sgtm
