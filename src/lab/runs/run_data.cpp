#include "lab/runs/run_data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "core/say.hpp"
#include "text/prepare.hpp"

namespace sgtm {
namespace {

/// The 26 Latin letters become the first 26 Cyrillic ones; accents and all else stay.
std::string in_cyrillic(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const int code = c >= 'A' && c <= 'Z' ? 0x410 + (c - 'A') : c >= 'a' && c <= 'z' ? 0x430 + (c - 'a') : 0;
    if (code == 0) result += c;
    if (code != 0) result += {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 63))};  // UTF-8
  }
  return result;
}

SourceDocuments in_cyrillic(SourceDocuments source) {
  std::map<std::string, double> first_words;
  for (const auto& [word, probability] : source.first_words) first_words[in_cyrillic(word)] += probability;
  source.first_words = std::move(first_words);
  source.description += ", in Cyrillic letters";
  source.documents = [latin = std::move(source.documents)](const DocumentVisitor& visit) {
    latin([&visit](std::vector<Document>& block) {
      for (Document& document : block) document.text = in_cyrillic(document.text);
      visit(block);
    });
  };
  return source;
}

RawData bible(const fs::path& runs) {
  const fs::path english = runs / "bible/bible.en.txt", spanish = runs / "bible/bible.es.txt";
  for (const fs::path& text : {english, spanish})
    if (!fs::exists(text))
      throw Error(fmt::format("{}: is missing. Fetch it with: data/bible/fetch.sh {}", text.string(),
                              (runs / "bible").string()));
  return {{{"retain", "the Bible in English", documents_of({english})},
           {"forget", "the Bible in Spanish", documents_of({spanish})}},
          {}};
}

RawData raw_data(const RunData& data, const fs::path& runs) {
  if (data.kind == DataKind::bible) return bible(runs);
  if (data.kind == DataKind::encyclopedia) return make_encyclopedia(data.encyclopedia);
  const std::uint64_t seed = PrepareConfig{}.seed;
  SourceDocuments spanish = story_documents("forget", Language::spanish, seed, data.stories);
  if (data.kind == DataKind::two_scripts) spanish = in_cyrillic(std::move(spanish));
  return {{story_documents("retain", Language::english, seed, data.stories), std::move(spanish)}, {}};
}

}  // namespace

std::string name_of(const RunData& data) {
  const EncyclopediaConfig& e = data.encyclopedia;
  switch (data.kind) {
    case DataKind::stories:
      return fmt::format("stories-{}", data.stories);
    case DataKind::two_scripts:
      return fmt::format("two-scripts-{}", data.stories);
    case DataKind::bible:
      return "bible";
    case DataKind::encyclopedia:
      break;
  }
  return fmt::format("{}-{}-{}-{:g}", fmt::join(e.forget, "-"), e.world.entities, e.articles, e.world.entanglement);
}

fs::path prepared(const RunData& data, const fs::path& runs) {
  PrepareConfig config;
  config.out = runs / "data" / name_of(data);
  if (data.kind == DataKind::bible && fs::exists(config.out / "data.json")) return config.out;  // the text may be gone
  const RawData raw = raw_data(data, runs);
  if (data.kind == DataKind::bible) config.held_out = 0.05;
  if (is_prepared(config, raw.sources)) return config.out;
  make_folder(config.out.parent_path());
  const FolderLock lock(config.out.parent_path(), FolderLock::IfHeld::wait);
  if (is_prepared(config, raw.sources)) return config.out;  // by another table, meanwhile
  config.overwrite = true;
  say("preparing {}", config.out.string());  // stdout is for plans
  prepare(config, raw.sources, raw.questions);
  return config.out;
}

}  // namespace sgtm
