#include "text/prepare.hpp"

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "core/json.hpp"
#include "core/parallel.hpp"
#include "core/progress.hpp"
#include "core/say.hpp"
#include "text/data_facts.hpp"
#include "text/dataset.hpp"
#include "text/survey.hpp"

namespace sgtm {
namespace {

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

/// The second pass over a source: its documents become tokens, in the training or the held-out file.
struct SourceEncoder {
  const SourceDocuments& source;
  const Survey& found;
  const PrepareConfig& config;
  const Tokenizer& tokenizer;
  TokenWriter &train, &held_out;
  const std::unordered_set<std::uint64_t>& kept_out;  // held-out documents of any source, where labels are given
  Floor floor{first_token_probabilities(source, tokenizer)};
  std::vector<double> counts = std::vector<double>(static_cast<std::size_t>(tokenizer.size()));  // of training tokens
  Index repeated = 0, split = 0, longest = 0, too_short = 0;
  Per<Label, Index> by_label{};

  void encode() {
    std::size_t number = 0;
    double bytes = 0;
    Progress progress(fmt::format("encoding {}", source.name), "bytes", found.bytes);
    const auto read = [&](std::vector<Document>& block) {
      std::vector<std::vector<int>> encoded(block.size());
      SharedProgress within(progress, bytes);  // a long document tells how far it is
      const auto tell = [&within](std::size_t more) { within.add(more); };
      in_parallel(block.size(), [&](std::size_t i) { encoded[i] = tokenizer.encode(block[i].text, tell); });
      for (std::size_t i = 0; i < block.size(); ++i) {
        add(number++, block[i], encoded[i]);
        bytes += static_cast<double>(block[i].text.size());
      }
      progress.update(bytes);
    };
    if (source.documents) source.documents(read);
    if (source.held_out) source.held_out(read);
    if (number != found.hashes.size()) has_changed();
    if (too_short > 0)
      say("{}: documents of one token, which are left out as there is nothing to predict: {}", source.description,
          too_short);
    if (source.labeled && repeated > 0)
      say("{}: documents that are held out too, and left out of training: {}", source.description, repeated);
    const bool no_training = (source.documents || !source.held_out) && train.documents() == 0;
    const bool measures = std::count(found.held_out.begin(), found.held_out.end(), true) > 0;
    if (no_training || (measures && held_out.documents() == 0))
      throw Error(
          fmt::format("{}: nothing is left to {}: documents have one token, or equal held-out ones. Give other text.",
                      source.description, no_training ? "train on" : "hold out"));
  }

  [[noreturn]] void has_changed() const {
    throw Error(
        fmt::format("{}: changed while it was read. Repeat the command when it is at rest.", source.description));
  }

  void add(std::size_t number, const Document& document, const std::vector<int>& tokens) {
    if (number >= found.hashes.size() || found.hashes[number] != hash_of_text(document)) has_changed();
    if (tokens.size() < 2) {
      ++too_short;
      return;
    }
    const bool whole = tokens.size() < static_cast<std::size_t>(config.context);
    longest = std::max(longest, static_cast<Index>(tokens.size()));
    split += !whole;
    if (found.held_out[number]) {
      floor.known = floor.known && whole;
      floor.add(document, tokens);
      for (const auto& piece : pieces(tokens, tokenizer, config)) held_out.add(piece, document.kind);
    } else if (found.held_out_hashes.contains(found.hashes[number]) || kept_out.contains(found.hashes[number])) {
      ++repeated;
    } else {
      for (const auto& piece : pieces(tokens, tokenizer, config)) {
        train.add(piece, document.kind, source.labeled ? std::optional(document.labeling.label) : std::nullopt);
        ++by_label[document.labeling.label];
        for (const int token : piece) ++counts[static_cast<std::size_t>(token)];
      }
    }
  }

  SourceFacts facts() const {
    SourceFacts of;
    of.from = source.description;
    of.documents = train.documents(), of.tokens = train.tokens();
    of.held_out_documents = held_out.documents(), of.held_out_tokens = held_out.tokens();
    of.longer_than_context = split, of.longest_document = longest, of.equal_to_held_out = repeated;
    if (floor.known && floor.predicted > 0) of.floor = floor.nats / static_cast<double>(floor.predicted);
    if (too_short > 0) of.too_short = too_short;
    if (source.labeled && train.documents() > 0) of.labels = by_label;
    return of;
  }
};

/// Of all tokens of the training texts, the part that two sources have in common: the sum over tokens of the smaller of
/// their two shares.
double shared_tokens(const std::vector<double>& a, const std::vector<double>& b) {
  double sum_a = 0, sum_b = 0, shared = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum_a += a[i], sum_b += b[i];
  for (std::size_t i = 0; i < a.size(); ++i) shared += std::min(a[i] / sum_a, b[i] / sum_b);
  return shared;
}

/// Given labels are as good as the truth allows to say: precision and recall, where it is known.
LabelQuality quality_of(const LabelCounts& documents) {
  if (documents_of(Source::unknown, documents) > 0) return {};
  const auto share_of = [right = documents[Source::forget][Label::forget]](Index all) {
    return static_cast<double>(right) / static_cast<double>(all);
  };
  LabelQuality quality{share_of(documents_of(Label::forget, documents)), {}};
  if (const Index forget = documents_of(Source::forget, documents); forget > 0) quality.recall = share_of(forget);
  return quality;
}

void check(const PrepareConfig& config) {
  if (!(config.held_out > 0 && config.held_out < 1))
    throw Error(fmt::format("--held-out {}: must lie between 0 and 1, as in 0.02.", config.held_out));
  if (config.vocabulary < 300 || config.vocabulary > 1 << 20)
    throw Error(fmt::format("--vocabulary {}: must lie between 300 and {}.", config.vocabulary, 1 << 20));
  if (config.context < 4 || config.context > 1 << 16)
    throw Error(fmt::format("--context {}: must lie between 4 and {}.", config.context, 1 << 16));
  check_place(config.out, "data set");
  if (fs::exists(config.out / "data.json") && !config.overwrite)
    throw Error(
        fmt::format("{}: holds a data set already. Choose another --out, or --overwrite.", config.out.string()));
}

/// Throws Error where the context is too short for a question with its longest answer. Better now than after training.
void check_fit(const Questions& questions, const Tokenizer& tokenizer, Index context) {
  std::map<std::string, std::size_t> longest;  // answer, by attribute
  for (const auto& [attribute, values] : questions.values)
    for (const std::string& value : values)
      longest[attribute] = std::max(longest[attribute], tokenizer.encode(" " + value + ".").size());
  for (const Question& q : questions.questions) {
    const std::size_t needed = tokenizer.encode(q.prompt).size() + longest[q.field + " " + q.attribute] + 1;
    if (static_cast<Index>(needed) > context)
      throw Error(fmt::format("--context {}: the question '{}' has up to {} tokens with its answer. Ask for more.",
                              context, q.prompt, needed));
  }
}

}  // namespace

void prepare(const PrepareConfig& config, const std::vector<SourceDocuments>& texts, const Questions& questions) {
  check(config);
  std::optional<Tokenizer> tokenizer;
  if (!config.tokenizer.empty()) tokenizer = Tokenizer::read(config.tokenizer);
  WordCounts words;
  std::vector<Survey> surveys;
  std::unordered_set<std::uint64_t> kept_out;
  for (const SourceDocuments& source : texts) surveys.push_back(survey(source, config, tokenizer ? nullptr : &words));
  if (!tokenizer) tokenizer = Tokenizer(learn_merges(words, config.vocabulary));
  words.clear();
  for (std::size_t s = 0; s < texts.size(); ++s)
    if (texts[s].held_out || texts[s].labeled)
      kept_out.insert(surveys[s].held_out_hashes.begin(), surveys[s].held_out_hashes.end());
  check_fit(questions, *tokenizer, config.context);

  FolderWriter out(config.out);
  DataFacts facts;
  facts.tokenizer = fmt::format("{:016x}", tokenizer->fingerprint());
  facts.vocabulary = tokenizer->size(), facts.context = config.context, facts.held_out = config.held_out;
  facts.long_documents = config.cut_long ? "cut" : "split", facts.seed = config.seed;
  std::vector<std::vector<double>> counts;
  std::map<std::string, std::uint64_t> digests;
  LabelCounts by_label{};
  for (std::size_t s = 0; s < texts.size(); ++s) {
    const std::string train_name = token_file("train", texts[s].name),
                      held_out_name = token_file("held_out", texts[s].name);
    TokenWriter train(out.staging() / train_name, tokenizer->size(), tokenizer->end_token());
    TokenWriter held_out(out.staging() / held_out_name, tokenizer->size(), tokenizer->end_token());
    SourceEncoder encoder{texts[s], surveys[s], config, *tokenizer, train, held_out, kept_out};
    encoder.encode();
    for (auto& [file, writer] : {std::pair{train_name, &train}, std::pair{held_out_name, &held_out}}) {
      if (writer->documents() == 0) continue;
      writer->commit();
      digests[file] = writer->digest();
    }
    facts.sources[texts[s].name] = encoder.facts();
    by_label[source_of(texts[s].name).value()] = encoder.by_label;
    counts.push_back(std::move(encoder.counts));
  }
  for (std::size_t a = 0; a < texts.size(); ++a)
    for (std::size_t b = a + 1; b < texts.size(); ++b)
      if (texts[a].documents && texts[b].documents) {
        if (!facts.shared_tokens) facts.shared_tokens.emplace();
        (*facts.shared_tokens)[texts[a].name + " and " + texts[b].name] = shared_tokens(counts[a], counts[b]);
      }
  tokenizer->write(out.staging());
  if (!questions.questions.empty()) {
    facts.questions = fingerprint(questions);
    write_file(out.staging() / "questions.json", questions_text(questions));
  }
  if (std::any_of(texts.begin(), texts.end(), [](const SourceDocuments& source) { return source.labeled; })) {
    // Held-out documents are left out of training: they may be all that are labeled forget.
    if (documents_of(Label::forget, by_label) == 0)
      throw Error("every document that is labeled forget is held out too, or has one token. Label more.");
    facts.labels = quality_of(by_label);
  }
  facts.digest = data_digest(facts.tokenizer, digests);
  write_facts(out.staging(), facts);
  std::vector<std::string> old{"questions.json"};
  for (const Source source : training_sources)
    for (const char* part : {"train", "held_out"}) old.push_back(token_file(part, name(source)));
  out.commit(old);
}

bool is_prepared(const PrepareConfig& config, const std::vector<SourceDocuments>& texts) {
  settle(config.out);
  if (!fs::exists(config.out / "data.json")) return false;
  DataFacts facts;
  try {
    facts = read_facts(config.out);
  } catch (const Error&) {
    return false;
  }
  if (facts.context != config.context || facts.held_out != config.held_out || facts.seed != config.seed ||
      facts.sources.size() != texts.size())
    return false;
  return std::all_of(texts.begin(), texts.end(), [&](const SourceDocuments& source) {
    return facts.sources.count(source.name) > 0 && facts.sources.at(source.name).from == source.description;
  });
}

}  // namespace sgtm
