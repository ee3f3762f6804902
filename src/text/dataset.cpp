#include "text/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace sgtm {

TokenWriter::TokenWriter(const fs::path& path, int vocabulary, int end_token)
    : file_(path), end_token_(end_token), wide_(vocabulary > 1 << 16) {
  file_.begin("tokens", wide_ ? "I32" : "U16");
}

void TokenWriter::add(const std::vector<int>& document, int kind) {
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
}

void TokenWriter::commit() {
  file_.end({offsets_.back()});
  file_.begin("offsets", "I64");
  file_.write(offsets_.data(), offsets_.size() * sizeof(std::int64_t));
  file_.end({static_cast<Index>(offsets_.size())});
  if (static_cast<Index>(kinds_.size()) == documents()) {
    file_.begin("kinds", "I32");
    file_.write(kinds_.data(), kinds_.size() * sizeof(std::int32_t));
    file_.end({documents()});
  }
  file_.commit({{"format", "sgtm tokens"}});
}

TokenFile::TokenFile(const fs::path& path) : file_(path) {
  const auto& offsets = file_.entry("offsets");
  offsets_.resize(static_cast<std::size_t>(offsets.size()));
  file_.copy(offsets, 0, offsets.size(), offsets_.data());
  bool ordered = offsets_.size() >= 2 && offsets_.front() == 0 && offsets_.back() == file_.entry("tokens").size();
  for (std::size_t i = 1; i < offsets_.size(); ++i) ordered = ordered && offsets_[i] >= offsets_[i - 1] + 3;
  if (!ordered)
    throw Error(
        fmt::format("{}: the offsets of its documents are out of order. Prepare the data again.", path.string()));
  if (!file_.has("kinds")) return;
  kinds_.resize(static_cast<std::size_t>(documents()));
  file_.copy(file_.entry("kinds", {documents()}), 0, documents(), kinds_.data());
  if (std::any_of(kinds_.begin(), kinds_.end(), [](int kind) { return kind < 0 || kind >= 1 << 20; }))
    throw Error(
        fmt::format("{}: the kinds of its documents are no small numbers. Prepare the data again.", path.string()));
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

Dataset read_dataset(const fs::path& folder) {
  const fs::path facts_path = folder / "data.json";
  if (!fs::exists(facts_path))
    throw Error(fmt::format("{}: holds no data set (no data.json). Make one with: sgtm prepare --stories 2000 --out {}",
                            folder.string(), folder.string()));
  const nlohmann::json facts = nlohmann::json::parse(read_file(facts_path), nullptr, false);
  try {
    Dataset data{folder,
                 facts.at("context").get<Index>(),
                 facts.at("tokenizer").get<std::string>(),
                 facts.value("questions", ""),
                 {}};
    for (const auto& [name, source] : facts.at("sources").items()) {
      Dataset::Part& part = data.parts[name];
      part.train = std::make_unique<TokenFile>(folder / fmt::format("train.{}.safetensors", name));
      part.held_out = std::make_unique<TokenFile>(folder / fmt::format("held_out.{}.safetensors", name));
      for (const auto& file : {part.train.get(), part.held_out.get()})
        for (Index d = 0; d < file->documents(); ++d)
          if (file->length(d) > data.context)
            throw Error(fmt::format("{}: document {} of {} is longer than its context. Prepare the data again.",
                                    folder.string(), d, name));
      if (!source.at("floor").is_null()) part.floor = source.at("floor").get<double>();
    }
    return data;
  } catch (const nlohmann::json::exception&) {
    throw Error(fmt::format("{}: is damaged or of another program. Prepare the data again.", facts_path.string()));
  }
}

}  // namespace sgtm
