#pragma once

#include <optional>
#include <string>

#include "core/files.hpp"

namespace sgtm {

/// How a file of text gives its documents.
enum class TextForm { plain, json_lines };

/// A file of text that can be read more than once.
struct TextFile {
  std::string name;  // as the user gave it
  fs::path path;     // where it is read: the file itself, or a copy
  TextForm form;
};

/// Opens a file; a pipe or standard input ("-") is copied first into `aside`, which is made when it is needed. It is of
/// JSON lines if its name says so (.jsonl, .ndjson) or its first line is a JSON object, and else plain. Throws Error
/// for what is missing, a device, a pipe into which nobody writes, and for JSON that is not one object per line.
TextFile open_text(const fs::path& file, std::optional<ScratchFolder>& aside);

/// Gives a file's lines, however large it is. Throws Error for a line of more than 256 MB, and where the file is cut
/// while it is read.
class LineReader {
 public:
  explicit LineReader(const fs::path& path) : file_(path), name_(path.string()) {}
  /// The next line without its end, and without the mark (U+FEFF) with which some editors begin a file; nothing where
  /// there is none.
  std::optional<std::string> next();
  /// Where that line begins in the file.
  std::size_t offset() const { return offset_; }

 private:
  InputFile file_;
  std::string name_, block_;
  std::optional<std::string> raw_line();
  std::size_t position_ = 0, at_ = 0, offset_ = 0;  // of the file that is read, of the block, and of the line
};

}  // namespace sgtm
