#include "text/dataset.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "text/data_facts.hpp"
#include "text/questions.hpp"

namespace sgtm {

TokenWriter::TokenWriter(const fs::path& path, int vocabulary, int end_token)
    : file_(path), end_token_(end_token), wide_(vocabulary > 1 << 16) {
  file_.begin("tokens", wide_ ? "I32" : "U16");
}

void TokenWriter::add(const std::vector<int>& document, int kind, std::optional<Label> label) {
  buffer_.assign(document.begin(), document.end());
  buffer_.push_back(end_token_);
  if (wide_) {
    file_.write(buffer_.data(), buffer_.size() * sizeof(std::int32_t));
  } else {
    const std::vector<std::uint16_t> narrow(buffer_.begin(), buffer_.end());
    file_.write(narrow.data(), narrow.size() * sizeof(std::uint16_t));
  }
  offsets_.push_back(offsets_.back() + static_cast<std::int64_t>(buffer_.size()));
  if (kind >= 0) kinds_.push_back(kind);
  if (label) labels_.push_back(static_cast<std::int32_t>(*label));
}

void TokenWriter::commit() {
  file_.end({offsets_.back()});
  file_.add("offsets", offsets_, {static_cast<Index>(offsets_.size())});
  for (const auto& [name, values] : {std::pair{"kinds", &kinds_}, std::pair{"labels", &labels_}})
    if (static_cast<Index>(values->size()) == documents()) file_.add(name, *values, {documents()});
  file_.commit({{"format", "sgtm tokens"}});
}

TokenFile::TokenFile(const fs::path& path) : file_(path) {
  const auto& offsets = file_.entry("offsets");
  offsets_.resize(static_cast<std::size_t>(offsets.size()));
  file_.copy(offsets, 0, offsets.size(), offsets_.data());
  bool ordered = offsets_.size() >= 2 && offsets_.front() == 0 && offsets_.back() == file_.entry("tokens").size();
  for (std::size_t i = 1; i < offsets_.size(); ++i)  // no sum, which could overflow
    ordered = ordered && offsets_[i - 1] >= 0 && offsets_[i] >= 3 && offsets_[i] - 3 >= offsets_[i - 1];
  if (!ordered)
    throw Error(
        fmt::format("{}: the offsets of its documents are out of order. Prepare the data again.", path.string()));
  const auto read = [&](const char* name, int end) {
    std::vector<int> values;
    if (!file_.has(name)) return values;
    values.resize(static_cast<std::size_t>(documents()));
    file_.copy(file_.entry(name, {documents()}), 0, documents(), values.data());
    if (std::any_of(values.begin(), values.end(), [end](int value) { return value < 0 || value >= end; }))
      throw Error(fmt::format("{}: the {} of its documents don't lie between 0 and {}. Prepare the data again.",
                              path.string(), name, end - 1));
    return values;
  };
  kinds_ = read("kinds", 1 << 20);
  for (const int label : read("labels", static_cast<int>(sgtm::labels.size())))
    labels_.push_back(static_cast<Label>(label));
}

Index TokenFile::length(Index document) const {
  const auto d = static_cast<std::size_t>(document);
  return offsets_[d + 1] - offsets_[d];
}

void TokenFile::append(Index document, int vocabulary, std::vector<int>& tokens) const {
  const Index count = length(document);
  const std::size_t before = tokens.size();
  tokens.resize(before + static_cast<std::size_t>(count));
  file_.copy(file_.entry("tokens"), offsets_[static_cast<std::size_t>(document)], count, tokens.data() + before);
  for (std::size_t i = before; i < tokens.size(); ++i)
    if (tokens[i] < 0 || tokens[i] >= vocabulary)
      throw Error(
          fmt::format("{}: document {} has the token {}, but the vocabulary ends at {}. Prepare the data again.",
                      file_.path().string(), document, tokens[i], vocabulary - 1));
}

const TokenFile* Dataset::training(Source source) const {
  const auto part = parts.find(name(source));
  return part == parts.end() ? nullptr : part->second.train.get();
}

std::map<std::string, const TokenFile*> Dataset::held_out() const {
  std::map<std::string, const TokenFile*> files;
  for (const auto& [source, part] : parts)
    if (part.held_out) files[source] = part.held_out.get();
  return files;
}

bool Dataset::labeled() const {
  return std::any_of(parts.begin(), parts.end(),
                     [](const auto& part) { return part.second.train && !part.second.train->labels().empty(); });
}

std::string token_file(const std::string& part, const std::string& source) {
  return fmt::format("{}.{}.safetensors", part, source);
}

std::string data_digest(const std::string& tokenizer, const std::map<std::string, std::uint64_t>& digests) {
  std::string all = tokenizer;
  for (const auto& [file, digest] : digests) all += fmt::format(" {} {:016x}", file, digest);
  return hash_of(all);
}

Dataset read_dataset(const fs::path& folder) {
  settle(folder);
  if (!fs::exists(folder / "data.json"))
    throw Error(fmt::format("{}: holds no data set (no data.json). Make one with: sgtm prepare --stories 2000 --out {}",
                            folder.string(), folder.string()));
  const DataFacts facts = read_facts(folder);
  Dataset data{folder, facts.context, facts.tokenizer, facts.questions.value_or(""), "", {}};
  const auto changed = [&](const char* what) {
    throw Error(fmt::format("{}: {} is not what was prepared. Prepare the data again.", folder.string(), what));
  };
  std::map<std::string, std::uint64_t> digests;
  for (const auto& [name, source] : facts.sources) {
    const auto read = [&, &n = name](const char* name_of_part, Index documents) {
      if (documents == 0) return std::unique_ptr<TokenFile>();
      const std::string file = token_file(name_of_part, n);
      auto part = std::make_unique<TokenFile>(folder / file);
      for (Index d = 0; d < part->documents(); ++d)
        if (part->length(d) > data.context)
          throw Error(fmt::format("{}: document {} is longer than the data's context. Prepare the data again.",
                                  (folder / file).string(), d));
      digests[file] = part->digest();
      return part;
    };
    Dataset::Part& part = data.parts[name];
    part.train = read("train", source.documents), part.held_out = read("held_out", source.held_out_documents);
    if (part.train && part.train->labels().empty() == facts.labels.has_value()) changed("the list of labels");
    part.floor = source.floor;
  }
  if (fmt::format("{:016x}", Tokenizer::read(folder).fingerprint()) != data.tokenizer_fingerprint)
    changed("the tokenizer");
  if (fingerprint(read_questions(folder)) != data.questions) changed("the list of questions");
  data.digest = data_digest(data.tokenizer_fingerprint, digests);
  if (facts.digest.value_or(data.digest) != data.digest) changed("a file of tokens");
  return data;
}

}  // namespace sgtm
