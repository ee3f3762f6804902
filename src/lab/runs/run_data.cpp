#include "lab/runs/run_data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

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

/// Text that data/FOLDER/fetch.sh brings into a folder of that name, in English and another language.
struct FetchedText {
  DataKind kind;
  const char* name;  // of the data set
  const char* folder;
  const char* code;
  const char* what;
  const char* language;
  double held_out = PrepareConfig{}.held_out;
};
const FetchedText fetched_texts[] = {
    {DataKind::bible, "bible", "bible", "es", "the Bible", "Spanish", 0.05},
    {DataKind::manuals, "manuals", "manuals", "de", "manual pages", "German", 0.05},
    {DataKind::descriptions, "descriptions", "descriptions", "it", "descriptions of packages", "Italian"},
    {DataKind::descriptions_in_two_scripts, "descriptions-in-two-scripts", "descriptions", "it",
     "descriptions of packages", "Italian"}};

/// Null for text that the program makes.
const FetchedText* fetched_text(const RunData& data) {
  const auto found = std::find_if(std::begin(fetched_texts), std::end(fetched_texts),
                                  [&](const FetchedText& text) { return text.kind == data.kind; });
  return found != std::end(fetched_texts) ? found : nullptr;
}

RawData raw_data(const FetchedText& text, const fs::path& runs) {
  const fs::path folder = runs / text.folder;
  const auto in = [&](const char* code) { return folder / fmt::format("{}.{}.txt", text.folder, code); };
  for (const fs::path& file : {in("en"), in(text.code)})
    if (!fs::exists(file))
      throw Error(fmt::format("{}: is missing. Fetch it with: data/{}/fetch.sh {}", file.string(), text.folder,
                              folder.string()));
  return {{{"retain", fmt::format("{} in English", text.what), documents_of({in("en")})},
           {"forget", fmt::format("{} in {}", text.what, text.language), documents_of({in(text.code)})}},
          {}};
}

RawData raw_data(const RunData& data, const fs::path& runs) {
  if (const FetchedText* text = fetched_text(data)) {
    RawData raw = raw_data(*text, runs);
    if (data.kind == DataKind::descriptions_in_two_scripts) raw.sources[1] = in_cyrillic(std::move(raw.sources[1]));
    return raw;
  }
  if (data.kind == DataKind::encyclopedia) return make_encyclopedia(data.encyclopedia);
  const std::uint64_t seed = PrepareConfig{}.seed;
  SourceDocuments spanish = story_documents("forget", Language::spanish, seed, data.stories);
  if (data.kind == DataKind::two_scripts) spanish = in_cyrillic(std::move(spanish));
  return {{story_documents("retain", Language::english, seed, data.stories), std::move(spanish)}, {}};
}

}  // namespace

std::string name_of(RunData data) {
  if (const int vocabulary = std::exchange(data.vocabulary, RunData{}.vocabulary); vocabulary != data.vocabulary)
    return fmt::format("{}-{}-tokens", name_of(data), vocabulary);
  const EncyclopediaConfig& e = data.encyclopedia;
  if (data.kind == DataKind::stories) return fmt::format("stories-{}", data.stories);
  if (data.kind == DataKind::two_scripts) return fmt::format("two-scripts-{}", data.stories);
  if (const FetchedText* text = fetched_text(data)) return text->name;
  return fmt::format("{}-{}-{}-{:g}", fmt::join(e.forget, "-"), e.world.entities, e.articles, e.world.entanglement);
}

fs::path prepared(const RunData& data, const fs::path& runs) {
  PrepareConfig config;
  config.out = runs / "data" / name_of(data);
  const FetchedText* text = fetched_text(data);
  if (text != nullptr && fs::exists(config.out / "data.json")) return config.out;  // the text may be gone
  const RawData raw = raw_data(data, runs);
  if (text != nullptr) config.held_out = text->held_out;
  config.vocabulary = data.vocabulary;
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
