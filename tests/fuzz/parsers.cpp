#include "tests/fuzz/parsers.hpp"

#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/folder.hpp"
#include "core/json.hpp"
#include "core/machine.hpp"
#include "core/safetensors.hpp"
#include "lab/experiments/asked.hpp"
#include "lab/runs/run.hpp"
#include "lab/runs/saved_model.hpp"
#include "lab/runs/step_log.hpp"
#include "model/checkpoint.hpp"
#include "text/data_facts.hpp"
#include "text/dataset.hpp"
#include "text/documents.hpp"
#include "text/given_labels.hpp"
#include "text/grammar.hpp"
#include "text/lexicon.hpp"
#include "text/pretokenizer.hpp"
#include "text/questions.hpp"
#include "text/world.hpp"
#include "verify/golden_case.hpp"

namespace sgtm {
namespace {

/// Where the bytes are written as a file; without forcing them to disk, which would take most of the time.
fs::path as_file(const std::string& name, std::string_view bytes) {
  static const ScratchFolder folder;
  const fs::path path = folder / name;
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

/// The bytes up to a line "----", and those behind it.
std::pair<std::string_view, std::string_view> halves(std::string_view bytes) {
  constexpr std::string_view mark = "\n----\n";
  const std::size_t at = bytes.find(mark);
  return at == std::string_view::npos ? std::pair{bytes, std::string_view()}
                                      : std::pair{bytes.substr(0, at), bytes.substr(at + mark.size())};
}

void read_all(const std::vector<fs::path>& files, const TextOptions& options) {
  documents_of(files, options)([](std::vector<Document>& block) {
    for (const Document& document : block)
      if (invalid_utf8_at(document.text) != std::string::npos) throw std::logic_error("a document is not UTF-8");
  });
}

void read_tokenizer(std::string_view bytes) {
  const auto [vocab, merges] = halves(bytes);
  as_file("vocab.json", vocab);
  const Tokenizer tokenizer = Tokenizer::read(as_file("merges.txt", merges).parent_path());
  const std::string text = "A word, 12 words;  and \xc3\xa9t\xc3\xa9.";
  if (tokenizer.decode(tokenizer.encode(text)) != text) throw std::logic_error("a text does not come back");
}

void encode_text(std::string_view bytes) {
  if (invalid_utf8_at(bytes) != std::string::npos) return;
  static const Tokenizer tokenizer({{64, 65}, {256, 66}, {64, 64}, {258, 258}});
  if (tokenizer.decode(tokenizer.encode(bytes)) != bytes) throw std::logic_error("a text does not come back");
}

void read_tensors_of(std::string_view bytes) {
  const SafetensorsFile file(as_file("x.safetensors", bytes));
  for (const auto& [name, entry] : file.entries()) {
    std::vector<double> values(static_cast<std::size_t>(entry.size()));
    file.copy(entry, 0, entry.size(), values.data());
  }
  static_cast<void>(file.digest());
}

void read_token_file(std::string_view bytes) {
  const TokenFile file(as_file("tokens.safetensors", bytes));
  std::vector<int> tokens;
  for (Index d = 0; d < file.documents(); ++d) file.append(d, 300, tokens);
}

void read_labels(std::string_view bytes) {
  for (const bool scores : {false, true}) {
    GivenLabelOptions options;
    options.labels = as_file("labels.csv", bytes);
    if (scores) options.forget_above = 0.5, options.retain_below = 0.1;
    try {
      GivenLabels labels(options);
      labels.begin(), labels.of_next(), labels.end();
    } catch (const Error&) {
    }
  }
}

void read_preset(std::string_view bytes) {
  parse_settings({"--preset", as_file("x.toml", bytes).string()});
}

/// A copy of the program's data, of which one file is replaced.
fs::path data_with(const fs::path& file, std::string_view bytes) {
  static const ScratchFolder folder;
  static const bool copied = [] {
    for (const char* part : {"stories", "encyclopedia"})
      fs::copy(data_folder() / part, folder / part, fs::copy_options::recursive);
    for (const auto& plot : fs::directory_iterator(folder / "stories/plots")) fs::remove(plot);
    return true;
  }();
  static_cast<void>(copied);
  std::ofstream(folder / file.string(), std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return folder / file.begin()->string();
}

void read_log(std::string_view bytes) {
  for (const LogRow& row : read_rows(as_file("x.csv", bytes)))
    for (std::size_t c = 0; c < row.cells.size(); ++c) static_cast<void>(row.number(c));
}

}  // namespace

const std::vector<Parser>& parsers() {
  static const std::vector<Parser> all{
      {"json", [](std::string_view bytes) { parse_json<nlohmann::json>(bytes, "x"); }},
      {"safetensors", read_tensors_of},
      {"tokens", read_token_file},
      {"tokenizer", read_tokenizer},
      {"words", encode_text},
      {"text", [](std::string_view bytes) { read_all({as_file("x.txt", bytes)}, {}); }},
      {"json_lines",
       [](std::string_view bytes) {
         read_all({as_file("x.jsonl", bytes)}, {false, true});
       }},
      {"labels", read_labels},
      {"data", [](std::string_view bytes) { read_facts(as_file("data.json", bytes).parent_path()); }},
      {"questions", [](std::string_view bytes) { read_questions(as_file("questions.json", bytes).parent_path()); }},
      {"settings", [](std::string_view bytes) { can_go_on(as_file("settings.json", bytes).parent_path()); }},
      {"result", [](std::string_view bytes) { read_result(as_file("result.json", bytes)); }},
      {"model", [](std::string_view bytes) { read_model(as_file("model.safetensors", bytes)); }},
      {"preset", read_preset},
      {"log", read_log},
      {"golden", [](std::string_view bytes) { GoldenCase::read(as_file("case.json", bytes).replace_extension()); }},
      {"lexicon", [](std::string_view bytes) { read_lexicon(as_file("lexicon.txt", bytes)); }},
      {"plots", [](std::string_view bytes) { read_grammar(data_with("stories/plots/x.txt", bytes)); }},
      {"field", [](std::string_view bytes) { read_encyclopedia(data_with("encyclopedia/astronomy.txt", bytes)); }},
      {"quota", [](std::string_view bytes) { quota_below("/nowhere", std::string(bytes)); }},
  };
  return all;
}

void try_parser(const Parser& parser, std::string_view bytes) {
  try {
    parser.read(bytes);
  } catch (const Error&) {  // refused in a sentence
  }
}

}  // namespace sgtm
