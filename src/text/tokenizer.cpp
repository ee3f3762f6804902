#include "text/tokenizer.hpp"

#include <array>
#include <atomic>
#include <queue>
#include <set>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/json.hpp"
#include "text/pretokenizer.hpp"
#include "text/tokenizer_files.hpp"

namespace sgtm {
namespace {

/// GPT-2's files write every byte as a printable character: printable Latin-1 as itself, the others, in order, as the
/// characters from U+0100 on. Token numbers of bytes follow the same order.
struct ByteCharacters {
  std::array<std::string, 256> character;
  std::map<std::string, unsigned char> byte;
  std::vector<unsigned char> order;

  ByteCharacters() {
    const auto printable = [](int b) { return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae; };
    int next = 0x100;
    for (int b = 0; b < 256; ++b) {
      const int code = printable(b) ? b : next++;
      std::string& c = character[static_cast<std::size_t>(b)];
      if (code < 0x80) {
        c = static_cast<char>(code);
      } else {
        c = {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
      }
      byte[c] = static_cast<unsigned char>(b);
    }
    for (const bool first : {true, false})
      for (int b = 0; b < 256; ++b)
        if (printable(b) == first) order.push_back(static_cast<unsigned char>(b));
  }
};

const ByteCharacters& byte_characters() {
  static const ByteCharacters table;
  return table;
}

std::string to_file(const std::string& bytes) {
  std::string text;
  for (const char b : bytes) text += byte_characters().character[static_cast<unsigned char>(b)];
  return text;
}

/// Throws Error for characters that GPT-2's table does not have.
std::string from_file(const std::string& text, const std::string& where) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = static_cast<unsigned char>(text[i]) < 0x80 ? 1 : 2;
    const auto found = byte_characters().byte.find(text.substr(i, length));
    if (found == byte_characters().byte.end())
      throw Error(fmt::format("{}: \"{}\" is not written in GPT-2's byte characters. Use a byte-level BPE tokenizer.",
                              where, text));
    bytes += static_cast<char>(found->second);
    i += length;
  }
  return bytes;
}

constexpr int gone = -1;  // the token of a part that was joined to the one before it

std::uint64_t next_identity() {
  static std::atomic<std::uint64_t> count = 0;
  return ++count;
}

}  // namespace

Tokenizer::Tokenizer(const std::vector<std::pair<int, int>>& merges) : merge_list_(merges), identity_(next_identity()) {
  std::unordered_map<std::string, int> number;
  const auto add = [&](const std::string& token) {
    const auto [place, is_new] = number.try_emplace(token, size());
    if (is_new) tokens_.push_back(token);
    return place->second;
  };
  for (const unsigned char b : byte_characters().order) byte_token_[b] = add(std::string(1, static_cast<char>(b)));
  for (const auto& [left, right] : merges)
    merges_[key(left, right)] = {static_cast<int>(merges_.size()), add(bytes(left) + bytes(right))};
  end_token_ = size();
  tokens_.emplace_back(end_text);
}

Tokenizer Tokenizer::read(const fs::path& folder) {
  const TokenizerFiles files = read_tokenizer_files(folder);
  Tokenizer t;
  t.identity_ = next_identity();
  const std::unordered_map<std::string, int> number = t.number_tokens(files);
  for (const StoredMerge& merge : files.merges) {
    const auto left = number.find(from_file(merge.left, merge.where));
    const auto right = number.find(from_file(merge.right, merge.where));
    if (left == number.end() || right == number.end())
      throw Error(
          fmt::format("{}: joins tokens that {} does not have. Are they of one tokenizer?", merge.where, files.where));
    const auto joined = number.find(left->first + right->first);
    if (joined == number.end())
      throw Error(
          fmt::format("{}: makes a token that {} does not have. Are they of one tokenizer?", merge.where, files.where));
    t.merges_[key(left->second, right->second)] = {static_cast<int>(t.merges_.size()), joined->second};
    t.merge_list_.emplace_back(left->second, right->second);
  }
  return t;
}

std::unordered_map<std::string, int> Tokenizer::number_tokens(const TokenizerFiles& files) {
  const std::size_t count = files.tokens.size();
  tokens_.resize(count);
  std::vector<bool> seen(count);
  std::unordered_map<std::string, int> number;
  std::set<std::string> texts;
  for (const StoredToken& token : files.tokens) {
    if (token.id < 0 || token.id >= static_cast<Index>(count) || seen[static_cast<std::size_t>(token.id)])
      throw Error(fmt::format("{}: the numbers of {} tokens must be 0 to {}, each once; \"{}\" has {}.", files.where,
                              count, count - 1, token.text, token.id));
    const auto at = static_cast<std::size_t>(token.id);
    seen[at] = true;
    const bool ends = token.text == end_text || (files.end_token == token.id && !files.has_end_text);
    if (ends) end_token_ = static_cast<int>(at);
    tokens_[at] = ends ? end_text : token.special ? token.text : from_file(token.text, files.where);
    if (!texts.insert(tokens_[at]).second)
      throw Error(
          fmt::format("{}: two tokens spell \"{}\". Leave out the one that was added.", files.where, token.text));
    if (!token.special || ends) number[tokens_[at]] = static_cast<int>(at);
  }
  if (end_token_ < 0) throw Error(fmt::format("{}: has no token {}.", files.where, end_text));
  for (int b = 0; b < 256; ++b) {
    const auto found = number.find(std::string(1, static_cast<char>(b)));
    if (found == number.end()) throw Error(fmt::format("{}: has no token for the byte {}.", files.where, b));
    byte_token_[b] = found->second;
  }
  return number;
}

void Tokenizer::write(const fs::path& folder) const {
  nlohmann::ordered_json vocab;
  for (int i = 0; i < size(); ++i) vocab[i == end_token_ ? bytes(i) : to_file(bytes(i))] = i;
  write_file(folder / "vocab.json", vocab.dump());
  std::string merges = "#version: 0.2\n";
  for (const auto& [left, right] : merge_list_) merges += to_file(bytes(left)) + " " + to_file(bytes(right)) + "\n";
  write_file(folder / "merges.txt", merges);
}

std::uint64_t Tokenizer::fingerprint() const {
  Hash hash;
  for (const std::string& token : tokens_) {
    for (const char b : token) hash.add(static_cast<unsigned char>(b));
    hash.add(0x100);
  }
  for (const auto& [left, right] : merge_list_) hash.add(key(left, right));
  return hash.value;
}

void Tokenizer::encode_word(std::string_view word, std::vector<int>& tokens, const ReadBytes& read) const {
  // A part is a token, known by where its bytes begin; `next` is where the part behind it begins.
  struct Part {
    int token;
    std::size_t previous, next;
  };
  const std::size_t end = word.size();
  std::vector<Part> parts;
  for (std::size_t i = 0; i < end; ++i) parts.push_back({byte_token(word[i]), i - 1, i + 1});

  struct Candidate {
    int rank;
    std::size_t at;
    int left, right;
    bool operator>(const Candidate& other) const { return std::tie(rank, at) > std::tie(other.rank, other.at); }
  };
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;  // its top: the first of the best
  const auto consider = [&](std::size_t at) {
    if (at >= end || parts[at].next >= end) return;
    const int left = parts[at].token, right = parts[parts[at].next].token;
    if (const auto found = merges_.find(key(left, right)); found != merges_.end())
      queue.push({found->second.rank, at, left, right});
  };
  for (std::size_t i = 0; i < end; ++i) consider(i);
  std::size_t joins = 0;
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Part& part = parts[best.at];
    // What stood there may have been joined to something else since.
    if (part.token != best.left || part.next >= end || parts[part.next].token != best.right) continue;
    part.token = merges_.at(key(best.left, best.right)).token;
    parts[part.next].token = gone;
    part.next = parts[part.next].next;
    if (++joins % told_at_once == 0 && read) read(told_at_once);
    if (part.next < end) parts[part.next].previous = best.at;
    consider(best.at);
    consider(part.previous);
  }
  for (std::size_t i = 0; i < end; i = parts[i].next) tokens.push_back(parts[i].token);
}

std::vector<int> Tokenizer::encode(std::string_view text, const ReadBytes& read) const {
  // Few words make up most of a text, so each thread remembers how it encoded them.
  constexpr std::size_t most_remembered = 1 << 16;
  static thread_local std::unordered_map<std::string, std::vector<int>> remembered;
  static thread_local std::uint64_t remembered_for = 0;
  if (remembered_for != identity_) remembered.clear(), remembered_for = identity_;
  std::vector<int> tokens;
  std::string word;
  std::size_t untold = 0;
  for_each_word(text, [&](std::string_view view) {
    if (view.size() >= told_at_once) return encode_word(view, tokens, read);
    untold += view.size();
    if (untold >= told_at_once && read) read(std::exchange(untold, 0));
    word.assign(view);
    if (const auto found = remembered.find(word); found != remembered.end()) {
      tokens.insert(tokens.end(), found->second.begin(), found->second.end());
      return;
    }
    const std::size_t before = tokens.size();
    encode_word(view, tokens, {});
    if (remembered.size() < most_remembered && word.size() < 64)
      remembered[word].assign(tokens.begin() + static_cast<std::ptrdiff_t>(before), tokens.end());
  });
  return tokens;
}

std::string Tokenizer::decode(const std::vector<int>& tokens) const {
  std::string text;
  for (const int token : tokens) text += bytes(token);
  return text;
}

}  // namespace sgtm
