#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/matrix.hpp"
#include "text/given_labels.hpp"

namespace sgtm {

/// A text, where it came from ("tales.txt, document 3"), and for generated texts the probability with which they are
/// generated, and the number of the plot that they tell, or of the field that they are about.
struct Document {
  std::string text;
  std::string where;
  double log_probability = std::numeric_limits<double>::quiet_NaN();
  int kind = -1;
  Labeling labeling = {};  // of documents that somebody has labeled
};

/// Gives documents in blocks of a few megabytes, in order. Every call starts over.
using DocumentVisitor = std::function<void(std::vector<Document>& block)>;
using DocumentSource = std::function<void(const DocumentVisitor&)>;

/// `count` documents, of which make(number) writes each; it is called from several threads.
DocumentSource generated_documents(Index count, const std::function<Document(std::uint64_t number)>& make);

/// "a.txt, b.txt".
std::string names_of(const std::vector<fs::path>& files);

struct TextOptions {
  bool keep_line_ends = false;  // else every line end, as CRLF, becomes "\n"
  bool skip_bad = false;        // leave out JSON lines without a text instead of refusing them
};

/// Files of plain text, in which <|endoftext|> ends a document, or of JSON lines, each with a "text" (see
/// text/text_file.hpp, which tells which it is). Empty documents are left out. Throws Error for a file that is missing,
/// empty, or not valid UTF-8 (with the byte offset), and for lines without a text (the first ten, with numbers).
/// `given_labels`: reads each document's label, too; bad ones count as bad lines.
DocumentSource documents_of(const std::vector<fs::path>& files, const TextOptions& options = {},
                            const std::shared_ptr<GivenLabels>& given_labels = {});

}  // namespace sgtm
