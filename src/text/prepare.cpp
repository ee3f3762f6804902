#include "text/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "core/data_folder.hpp"
#include "core/error.hpp"
#include "core/progress.hpp"
#include "core/random.hpp"
#include "text/dataset.hpp"
#include "text/pretokenizer.hpp"
#include "text/stories.hpp"

namespace sgtm {
namespace {

using WordCounts = std::unordered_map<std::string, std::int64_t>;

/// Runs work(i) for i below count on all threads; the first exception is thrown on.
template <class Work>
void in_parallel(std::size_t count, Work work) {
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < count; ++i) {
    try {
      work(i);
    } catch (...) {
#pragma omp critical
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

/// What the first pass finds out about a source.
struct Survey {
  std::vector<std::uint64_t> hashes;  // of every document
  std::vector<bool> held_out;
  std::unordered_set<std::uint64_t> held_out_hashes;
  double bytes = 0;
};

/// Words that occurred once are forgotten when there are too many to keep: they would never become tokens.
void limit(WordCounts& counts) {
  constexpr std::size_t most = 1 << 20;
  if (counts.size() < most) return;
  std::erase_if(counts, [](const auto& word) { return word.second < 2; });
  if (counts.size() >= most) std::erase_if(counts, [](const auto& word) { return word.second < 8; });
}

void add_words(const std::vector<Document>& block, WordCounts& counts) {
  constexpr std::size_t slice = 64;  // documents that a thread counts before it adds its counts to all
  in_parallel((block.size() + slice - 1) / slice, [&](std::size_t s) {
    WordCounts own;
    std::string word;
    for (std::size_t i = s * slice; i < std::min(block.size(), (s + 1) * slice); ++i)
      for_each_word(block[i].text, [&](std::string_view view) { ++own[word.assign(view)]; });
#pragma omp critical
    for (const auto& [w, count] : own) counts[w] += count;
  });
  limit(counts);
}

Survey survey(const SourceDocuments& source, const PrepareConfig& config, WordCounts* words) {
  Survey result;
  Progress progress(fmt::format("reading {}", source.name), "bytes", 0);
  source.documents([&](std::vector<Document>& block) {
    for (const Document& document : block) {
      result.hashes.push_back(std::hash<std::string>()(document.text));
      result.bytes += static_cast<double>(document.text.size());
    }
    if (words != nullptr) add_words(block, *words);
    progress.update(result.bytes);
  });
  const std::size_t documents = result.hashes.size();
  if (documents < 2)
    throw Error(
        fmt::format("{}: has {} document; at least two are needed, one to train on and one to hold out. Separate "
                    "documents by a line {}.",
                    source.description, documents, Tokenizer::end_text));
  const auto share = static_cast<std::size_t>(config.held_out * static_cast<double>(documents) + 0.5);
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

/// The tokens of a document as pieces that fit the context with an end token. Pieces end before white space where there
/// is some, and have at least two tokens.
std::vector<std::vector<int>> pieces(const std::vector<int>& tokens, const Tokenizer& tokenizer,
                                     const PrepareConfig& config) {
  const auto most = static_cast<std::size_t>(config.context - 1);
  std::vector<std::vector<int>> result;
  std::size_t begin = 0;
  while (tokens.size() - begin > most) {
    std::size_t end = begin + most;
    if (config.cut_long) return {{tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(most)}};
    if (tokens.size() - end == 1) --end;
    const std::size_t limit = end;
    const auto starts_word = [&](std::size_t t) {
      return std::isspace(static_cast<unsigned char>(tokenizer.bytes(tokens[t])[0])) != 0;
    };
    while (end > begin + 2 && !starts_word(end)) --end;
    if (!starts_word(end)) end = limit;  // one endless word
    result.emplace_back(tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                        tokens.begin() + static_cast<std::ptrdiff_t>(end));
    begin = end;
  }
  result.emplace_back(tokens.begin() + static_cast<std::ptrdiff_t>(begin), tokens.end());
  return result;
}

/// The probability that a generated text begins with each token. A text's first token lies within its first word.
std::map<int, double> first_token_probabilities(const SourceDocuments& source, const Tokenizer& tokenizer) {
  std::map<int, double> probabilities;
  for (const auto& [word, probability] : source.first_words)
    probabilities[tokenizer.encode(word).front()] += probability;
  return probabilities;
}

/// Sums what the floor needs: minus log p(text given its first token), per predicted token.
struct Floor {
  std::map<int, double> first;
  double nats = 0;
  Index predicted = 0;
  bool known = true;
  void add(const Document& document, const std::vector<int>& tokens) {
    if (std::isnan(document.log_probability)) known = false;
    if (!known) return;
    nats -= document.log_probability - std::log(first.at(tokens.front()));
    predicted += static_cast<Index>(tokens.size()) - 1;
  }
};

struct SourceResult {
  nlohmann::ordered_json facts;
  std::vector<double> token_counts;
};

SourceResult write_source(const SourceDocuments& source, const Survey& found, const PrepareConfig& config,
                          const Tokenizer& tokenizer, TokenWriter& train, TokenWriter& held_out) {
  Floor floor{first_token_probabilities(source, tokenizer)};
  std::vector<double> counts(static_cast<std::size_t>(tokenizer.size()));
  std::size_t document = 0;
  Index repeated = 0, split = 0, longest = 0;
  double bytes = 0;
  Progress progress(fmt::format("encoding {}", source.name), "bytes", found.bytes);
  source.documents([&](std::vector<Document>& block) {
    std::vector<std::vector<int>> encoded(block.size());
    in_parallel(block.size(), [&](std::size_t i) { encoded[i] = tokenizer.encode(block[i].text); });
    for (std::size_t i = 0; i < block.size(); ++i, ++document) {
      bytes += static_cast<double>(block[i].text.size());
      if (encoded[i].size() < 2)
        throw Error(fmt::format("{}: has one token, so there is nothing to predict. Remove it, or join it to another.",
                                block[i].where));
      longest = std::max(longest, static_cast<Index>(encoded[i].size()));
      const auto parts = pieces(encoded[i], tokenizer, config);
      const bool whole = encoded[i].size() < static_cast<std::size_t>(config.context);
      split += !whole;
      if (found.held_out[document]) {
        floor.known = floor.known && whole;
        floor.add(block[i], encoded[i]);
        for (const auto& part : parts) held_out.add(part);
      } else if (found.held_out_hashes.contains(found.hashes[document])) {
        ++repeated;
      } else {
        for (const auto& part : parts) train.add(part);
        for (const auto& part : parts)
          for (const int token : part) ++counts[static_cast<std::size_t>(token)];
      }
    }
    progress.update(bytes);
  });
  if (train.documents() == 0)
    throw Error(
        fmt::format("{}: every document equals a held-out one, so nothing is left to train on. Give other text.",
                    source.description));
  return {{{"from", source.description},
           {"documents", train.documents()},
           {"tokens", train.tokens()},
           {"held_out_documents", held_out.documents()},
           {"held_out_tokens", held_out.tokens()},
           {"longer_than_context", split},
           {"longest_document", longest},
           {"equal_to_held_out", repeated},
           {"floor", floor.known && floor.predicted > 0
                         ? nlohmann::ordered_json(floor.nats / static_cast<double>(floor.predicted))
                         : nullptr}},
          std::move(counts)};
}

/// Of all tokens of the training texts, the part that two sources have in common: the sum over tokens of the smaller of
/// their two shares.
double shared_tokens(const std::vector<double>& a, const std::vector<double>& b) {
  double sum_a = 0, sum_b = 0, shared = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum_a += a[i], sum_b += b[i];
  for (std::size_t i = 0; i < a.size(); ++i) shared += std::min(a[i] / sum_a, b[i] / sum_b);
  return shared;
}

void check(const PrepareConfig& config) {
  if (config.held_out <= 0 || config.held_out >= 1)
    throw Error(fmt::format("--held-out {}: must lie between 0 and 1, as in 0.02.", config.held_out));
  if (config.vocabulary < 300 || config.vocabulary > 1 << 20)
    throw Error(fmt::format("--vocabulary {}: must lie between 300 and {}.", config.vocabulary, 1 << 20));
  if (config.context < 4 || config.context > 1 << 16)
    throw Error(fmt::format("--context {}: must lie between 4 and {}.", config.context, 1 << 16));
  if (fs::exists(config.out / "data.json") && !config.overwrite)
    throw Error(
        fmt::format("{}: holds a data set already. Choose another --out, or --overwrite.", config.out.string()));
}

}  // namespace

void prepare(const PrepareConfig& config, const std::vector<SourceDocuments>& sources) {
  check(config);
  std::optional<Tokenizer> tokenizer;
  if (!config.tokenizer.empty()) tokenizer = Tokenizer::read(config.tokenizer);
  WordCounts words;
  std::vector<Survey> surveys;
  for (const SourceDocuments& source : sources) surveys.push_back(survey(source, config, tokenizer ? nullptr : &words));
  if (!tokenizer) tokenizer = Tokenizer(learn_merges(words, config.vocabulary));
  words.clear();

  make_folder(config.out);
  const FolderLock lock(config.out);
  // Nothing of an older data set is replaced before all of the new one is written.
  std::vector<std::unique_ptr<TokenWriter>> writers;
  nlohmann::ordered_json facts{{"format", "sgtm data 1"},
                               {"tokenizer", fmt::format("{:016x}", tokenizer->fingerprint())},
                               {"vocabulary", tokenizer->size()},
                               {"context", config.context},
                               {"held_out", config.held_out},
                               {"long_documents", config.cut_long ? "cut" : "split"},
                               {"seed", config.seed},
                               {"sources", nlohmann::ordered_json::object()}};
  std::vector<std::vector<double>> counts;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const auto writer = [&](const char* part) -> TokenWriter& {
      return *writers.emplace_back(
          std::make_unique<TokenWriter>(config.out / fmt::format("{}.{}.safetensors", part, sources[s].name),
                                        tokenizer->size(), tokenizer->end_token()));
    };
    TokenWriter& train = writer("train");
    TokenWriter& held_out = writer("held_out");
    SourceResult result = write_source(sources[s], surveys[s], config, *tokenizer, train, held_out);
    facts["sources"][sources[s].name] = std::move(result.facts);
    counts.push_back(std::move(result.token_counts));
  }
  for (std::size_t a = 0; a < sources.size(); ++a)
    for (std::size_t b = a + 1; b < sources.size(); ++b)
      facts["shared_tokens"][sources[a].name + " and " + sources[b].name] = shared_tokens(counts[a], counts[b]);
  for (const auto& writer : writers) writer->commit();
  tokenizer->write(config.out);
  write_file(config.out / "data.json", facts.dump(2) + "\n");
}

SourceDocuments story_documents(const std::string& name, Language language, std::uint64_t seed, Index count) {
  const auto grammar = std::make_shared<const Grammar>(read_grammar(data_folder() / "stories"));
  const auto side = static_cast<std::size_t>(language);
  const auto documents = [grammar, side, seed, count](const DocumentVisitor& visit) {
    constexpr Index block_size = 4096;
    for (Index first = 0; first < count; first += block_size) {
      std::vector<Document> block(static_cast<std::size_t>(std::min(block_size, count - first)));
      in_parallel(block.size(), [&](std::size_t i) {
        const auto number = static_cast<std::uint64_t>(first) + i;
        Story story = make_story(*grammar, seed, number);
        block[i] = {std::move(story.text[side]), fmt::format("story {}", number), story.log_probability};
      });
      visit(block);
    }
  };
  return {name,
          fmt::format("{} {} stories, seed {}", count, language == Language::english ? "English" : "Spanish", seed),
          documents, first_words(*grammar, language)};
}

}  // namespace sgtm
