#include "text/tokenizer_files.hpp"

#include <algorithm>
#include <sstream>

#include "core/error.hpp"
#include "core/json.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {
namespace {

using nlohmann::json;

constexpr const char* two_tokens = "needs two tokens with a space between them";

void add_tokens(TokenizerFiles& files, const json& vocab) {
  if (!vocab.is_object()) throw Error(fmt::format("{}: is not a JSON object of tokens and numbers.", files.where));
  for (const auto& [token, id] : vocab.items()) {
    const bool fits = id.is_number_unsigned() && id.get<std::uint64_t>() < vocab.size();
    files.tokens.push_back({token, fits ? id.get<Index>() : -1, token == Tokenizer::end_text});
  }
}

StoredMerge merge_of_line(const std::string& line, const std::string& where) {
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) throw Error(fmt::format("{}: {}.", where, two_tokens));
  return {line.substr(0, space), line.substr(space + 1), where};
}

void read_gpt2(TokenizerFiles& files, const fs::path& vocab_path, const fs::path& merges_path) {
  files.where = vocab_path.string();
  add_tokens(files, parse_json<json>(read_file(vocab_path), files.where));
  std::istringstream lines(read_file(merges_path));
  std::string line;
  for (int n = 1; std::getline(lines, line); ++n) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || (n == 1 && line.starts_with("#version"))) continue;
    files.merges.push_back(merge_of_line(line, fmt::format("{}, line {}", merges_path.string(), n)));
  }
}

/// Throws Error unless words are cut and bytes written as GPT-2 does.
void check_byte_level(const json& whole, const std::string& where) {
  const auto refuse = [&](const std::string& what) {
    throw Error(fmt::format("{}: {}; only byte-level BPE as GPT-2's is known here.", where, what));
  };
  const json model = whole.value("model", json());
  if (!model.is_object() || model.value("type", json("BPE")) != "BPE") refuse("is no BPE");
  for (const char* mark : {"end_of_word_suffix", "continuing_subword_prefix"})
    if (const json text = model.value(mark, json()); !text.is_null() && text != "") refuse("marks words");
  if (whole.contains("normalizer") && !whole["normalizer"].is_null()) refuse("changes text before it cuts words");
  const json words = whole.value("pre_tokenizer", json::object());
  if (!words.is_object() || words.value("type", json()) != "ByteLevel" || words.value("use_regex", json(true)) != true)
    refuse("cuts words in another way");
  if (words.value("add_prefix_space", json(false)) != false) refuse("puts a space before a text");
}

void read_hugging_face(TokenizerFiles& files, const fs::path& path) {
  files.where = path.string();
  const auto whole = parse_json<json>(read_file(path), files.where);
  if (!whole.is_object()) throw Error(fmt::format("{}: is not a JSON object.", files.where));
  check_byte_level(whole, files.where);
  const json& model = whole["model"];
  add_tokens(files, model.value("vocab", json()));
  int n = 0;
  for (const json& merge : model.value("merges", json::array())) {
    const std::string where = fmt::format("{}, merge {}", files.where, ++n);
    const bool pair = merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string();
    if (!pair && !merge.is_string()) throw Error(fmt::format("{}: {}.", where, two_tokens));
    files.merges.push_back(pair ? StoredMerge{merge[0], merge[1], where} : merge_of_line(merge, where));
  }
  // Special tokens; GPT-2's stands in the vocabulary, too.
  for (const json& added : whole.value("added_tokens", json::array())) {
    if (!added.is_object() || !added.value("id", json()).is_number_unsigned() ||
        !added.value("content", json()).is_string())
      throw Error(fmt::format("{}: an added token lacks its id or its content.", files.where));
    if (added.value("special", json(true)) == false)
      throw Error(fmt::format("{}: the added token \"{}\" is not special; only special ones are known here.",
                              files.where, added["content"].get<std::string>()));
    const auto id = added["id"].get<std::uint64_t>();
    const StoredToken token{added["content"], id < 1u << 30 ? static_cast<Index>(id) : -1, true};
    const auto known = std::find_if(files.tokens.begin(), files.tokens.end(),
                                    [&](const StoredToken& t) { return t.text == token.text && t.id == token.id; });
    if (known == files.tokens.end())
      files.tokens.push_back(token);
    else
      known->special = true;
  }
}

/// The end token that the model beside the tokenizer names.
Index end_token_of_model(const fs::path& folder) {
  const fs::path path = folder / "config.json";
  if (!fs::exists(path)) return -1;
  const auto config = parse_json<json>(read_file(path), path.string());
  const json id = config.is_object() ? config.value("eos_token_id", json()) : json();
  return id.is_number_unsigned() && id.get<std::uint64_t>() < 1u << 30 ? id.get<Index>() : -1;
}

}  // namespace

bool has_tokenizer(const fs::path& folder) {
  return fs::exists(folder / "vocab.json") || fs::exists(folder / "tokenizer.json");
}

TokenizerFiles read_tokenizer_files(const fs::path& folder) {
  TokenizerFiles files;
  const bool gpt2 = fs::exists(folder / "vocab.json") || !fs::exists(folder / "tokenizer.json");
  if (gpt2)
    read_gpt2(files, folder / "vocab.json", folder / "merges.txt");
  else
    read_hugging_face(files, folder / "tokenizer.json");
  files.has_end_text = std::any_of(files.tokens.begin(), files.tokens.end(),
                                   [](const StoredToken& token) { return token.text == Tokenizer::end_text; });
  if (!files.has_end_text) files.end_token = end_token_of_model(folder);
  return files;
}

}  // namespace sgtm
