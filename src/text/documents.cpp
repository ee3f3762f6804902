#include "text/documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "text/pretokenizer.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

constexpr std::size_t block_bytes = 4 << 20;

/// Collects documents into blocks for the visitor.
class Blocks {
 public:
  explicit Blocks(const DocumentVisitor& visit) : visit_(visit) {}
  void add(std::string text, std::string where) {
    bytes_ += text.size();
    block_.push_back({std::move(text), std::move(where)});
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

void check_utf8(const std::string& line, std::size_t offset, const fs::path& path) {
  const std::size_t bad = invalid_utf8_at(line);
  if (bad != std::string::npos)
    throw Error(fmt::format("{}: byte {} is not valid UTF-8. Convert the file, for example with iconv.", path.string(),
                            offset + bad));
}

std::string text_of_json_line(const std::string& line, const std::string& where) {
  const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("text") || !object["text"].is_string())
    throw Error(
        fmt::format("{}: no \"text\" field. Every line needs one, as in {{\"text\": \"Once upon a time\"}}.", where));
  return object["text"];
}

void read_documents(const fs::path& path, Blocks& blocks) {
  check_readable(path);
  std::ifstream file(path, std::ios::binary);
  const bool json_lines = path.extension() == ".jsonl";
  std::string line, text;
  std::size_t offset = 0;
  int lines = 0, documents = 0;
  const auto finish = [&] {
    const std::string trimmed = trim(text);
    if (!trimmed.empty()) blocks.add(trimmed, fmt::format("{}, document {}", path.string(), ++documents));
    text.clear();
  };
  while (std::getline(file, line)) {
    ++lines;
    check_utf8(line, offset, path);
    offset += line.size() + 1;
    if (lines == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);  // a mark that some editors write
    if (line.find_first_not_of(" \t\r") == std::string::npos && json_lines) continue;
    if (json_lines) {
      text = text_of_json_line(line, fmt::format("{}, line {}", path.string(), lines));
      finish();
    } else if (trim(line) == "<|endoftext|>") {
      finish();
    } else {
      text += line + "\n";
    }
  }
  if (file.bad()) throw Error(fmt::format("{}: can't be read to its end. Check the disk.", path.string()));
  finish();
  if (documents == 0) throw Error(fmt::format("{}: holds no text. Give a file with documents.", path.string()));
}

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

DocumentSource documents_of(const std::vector<fs::path>& files) {
  return [files](const DocumentVisitor& visit) {
    Blocks blocks(visit);
    for (const fs::path& path : files) read_documents(path, blocks);
    blocks.flush();
  };
}

}  // namespace sgtm
