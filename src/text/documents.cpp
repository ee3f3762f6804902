#include "text/documents.hpp"

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/parallel.hpp"
#include "core/say.hpp"
#include "text/pretokenizer.hpp"
#include "text/strings.hpp"
#include "text/text_file.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {
namespace {

constexpr std::size_t block_bytes = 4 << 20;

/// Collects documents into blocks for the visitor.
class Blocks {
 public:
  explicit Blocks(const DocumentVisitor& visit) : visit_(visit) {}
  void add(Document document) {
    bytes_ += document.text.size();
    block_.push_back(std::move(document));
    if (bytes_ >= block_bytes) flush();
  }
  void flush() {
    if (!block_.empty()) visit_(block_);
    block_.clear();
    bytes_ = 0;
  }

 private:
  const DocumentVisitor& visit_;
  std::vector<Document> block_;
  std::size_t bytes_ = 0;
};

/// Why a text can't be read, as in "byte 7 is not valid UTF-8"; empty where it can. `offset`: where it begins.
std::string unreadable(std::string_view text, std::size_t offset) {
  if (const std::size_t bad = invalid_utf8_at(text); bad != std::string::npos)
    return fmt::format("byte {} is not valid UTF-8. Convert the file, for example with iconv", offset + bad);
  if (const std::size_t zero = text.find('\0'); zero != std::string::npos)
    return fmt::format("byte {} is 0, as in UTF-16. Convert the file, for example with iconv -f UTF-16", offset + zero);
  return "";
}

/// The documents of one file.
class TextReader {
 public:
  /// `given_labels` may be null.
  TextReader(const TextFile& file, const TextOptions& options, GivenLabels* given_labels, Blocks& blocks)
      : file_(file), options_(options), given_labels_(given_labels), blocks_(blocks), lines_(file.path) {}

  /// `first_time`: tells what the file was taken for.
  void read(bool first_time) {
    for (auto line = lines_.next(); line; line = lines_.next()) {
      ++number_;
      file_.form == TextForm::plain ? add_plain_line(*line) : add_json_line(*line);
    }
    finish();
    if (bad_lines_ > 0) tell_bad_lines(first_time);
    if (documents_ == 0) throw Error(fmt::format("{}: holds no text. Give a file with documents.", file_.name));
    if (first_time)
      say("{}: documents: {}, {}", file_.name, documents_,
          file_.form == TextForm::plain ? "of plain text, in which <|endoftext|> ends one" : "of JSON lines");
  }

 private:
  void add_plain_line(const std::string& line) {
    if (const std::string why = unreadable(line, lines_.offset()); !why.empty())
      throw Error(fmt::format("{}: {}.", file_.name, why));
    const std::vector<std::string> parts = split(line, Tokenizer::end_text);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) finish(true);
      text_ += parts[i];
    }
    text_ += '\n';
  }

  void add_json_line(const std::string& line) {
    if (trim(line).empty()) return;
    if (const std::string why = read_json_line(line); !why.empty()) {
      text_.clear();
      if (++bad_lines_ <= 10) reasons_ += fmt::format("\n  line {}: {}", number_, why);
      return;
    }
    const std::string whole = std::move(text_);
    for (const std::string& part : split(whole, Tokenizer::end_text)) text_ = part, finish();
  }

  /// Reads the line's text; why it has none, or nothing.
  std::string read_json_line(const std::string& line) {
    if (std::string why = unreadable(line, lines_.offset()); !why.empty()) return why;
    std::string fault;
    const auto object = try_json<nlohmann::json>(line, fault);
    if (!fault.empty()) return fmt::format("is not JSON ({})", fault);
    if (!object.is_object()) return "has no \"text\" field";
    // The label first: a line that is left out has an id all the same.
    const std::string bad_label = given_labels_ == nullptr ? "" : given_labels_->read(object, labeling_);
    if (!object.contains("text")) return "has no \"text\" field";
    if (!object["text"].is_string()) return "its \"text\" is not a string";
    text_ = object["text"];
    if (trim(text_).empty()) return "its \"text\" is empty";
    if (text_.find('\0') != std::string::npos) return "its \"text\" has a character U+0000";
    return bad_label;
  }

  /// `ended`: by <|endoftext|>, so that it counts as a document of --labels even where it is empty.
  void finish(bool ended = false) {
    if (!options_.keep_line_ends) text_ = replace_all(replace_all(text_, "\r\n", "\n"), "\r", "\n");
    const std::string trimmed = trim(text_);
    if (given_labels_ != nullptr && file_.form == TextForm::plain && (ended || !trimmed.empty()))
      labeling_ = given_labels_->of_next();
    if (!trimmed.empty())
      blocks_.add(
          {.text = trimmed, .where = fmt::format("{}, document {}", file_.name, ++documents_), .labeling = labeling_});
    text_.clear();
  }

  void tell_bad_lines(bool first_time) const {
    const std::string all = fmt::format("{}: lines that hold no document: {} of {}{}:{}", file_.name, bad_lines_,
                                        number_, bad_lines_ > 10 ? ", the first ten" : "", reasons_);
    if (!options_.skip_bad)
      throw Error(all +
                  "\nEvery line needs a text, as in {\"text\": \"Once upon a time\"}. Mend them, or give --skip-bad.");
    if (first_time) say("{}\n  They are left out.", all);
  }

  const TextFile& file_;
  const TextOptions& options_;
  GivenLabels* given_labels_;
  Labeling labeling_;
  Blocks& blocks_;
  LineReader lines_;
  std::string text_, reasons_;
  std::int64_t number_ = 0, documents_ = 0, bad_lines_ = 0;
};

}  // namespace

DocumentSource generated_documents(Index count, const std::function<Document(std::uint64_t number)>& make) {
  return [count, make](const DocumentVisitor& visit) {
    constexpr Index block_size = 4096;
    for (Index first = 0; first < count; first += block_size) {
      std::vector<Document> block(static_cast<std::size_t>(std::min(block_size, count - first)));
      in_parallel(block.size(), [&](std::size_t i) { block[i] = make(static_cast<std::uint64_t>(first) + i); });
      visit(block);
    }
  };
}

std::string names_of(const std::vector<fs::path>& files) {
  std::string names;
  for (const fs::path& file : files) names += (names.empty() ? "" : ", ") + file.string();
  return names;
}

DocumentSource documents_of(const std::vector<fs::path>& files, const TextOptions& options,
                            const std::shared_ptr<GivenLabels>& given_labels) {
  struct Opened {
    std::optional<ScratchFolder> copies;
    std::vector<TextFile> files;
    bool read_before = false;
  };
  const auto opened = std::make_shared<Opened>();
  for (const fs::path& file : files) opened->files.push_back(open_text(file, opened->copies));
  return [opened, options, given_labels](const DocumentVisitor& visit) {
    Blocks blocks(visit);
    if (given_labels) given_labels->begin();
    for (const TextFile& file : opened->files)
      TextReader(file, options, given_labels.get(), blocks).read(!opened->read_before);
    if (given_labels) given_labels->end();
    blocks.flush();
    opened->read_before = true;
  };
}

}  // namespace sgtm
