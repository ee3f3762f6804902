#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/files.hpp"
#include "core/matrix.hpp"
#include "text/source.hpp"

namespace sgtm {

/// What somebody, a person or a classifier, says of a document, and where it truly comes from if that is known.
struct Labeling {
  Label label = Label::unlabeled;
  std::optional<Source> source;
};

/// How many documents there are of each source and label.
using LabelCounts = Per<Source, Per<Label, Index>>;
Index documents_of(Source source, const LabelCounts& counts);
Index documents_of(Label label, const LabelCounts& counts);

struct GivenLabelOptions {
  std::string label_field = "label", score_field = "score", source_field = "source", id_field = "id";
  /// Scores, from 0 to 1, above which a document is labeled forget, and below which retain. Without the first, labels
  /// are read.
  std::optional<double> forget_above, retain_below;
  fs::path labels;  // CSV of id,label or id,score; empty: the documents carry them
};

/// Reads labels: from the fields of JSON lines, or from a file of labels by the documents' ids. A document of
/// plain text has its number as id, counted from 1 over all files.
class GivenLabels {
 public:
  /// Reads the file of labels. Throws Error for thresholds that cross or are no scores, and for a bad file.
  explicit GivenLabels(GivenLabelOptions options);
  /// Begins and ends a pass over all documents. `end` throws Error where the file of labels names other documents, and
  /// for an id that two documents have.
  void begin();
  void end() const;
  /// A JSON line's labeling. Returns what is wrong with it, or nothing.
  std::string read(const nlohmann::json& line, Labeling& labeling);
  /// Of the next document of plain text.
  Labeling of_next();

 private:
  struct Given {
    Label label;
    Index documents = 0;  // that have this id, in the present pass
  };
  std::string label_of_text(const std::string& text, Label& label) const;
  std::string label_of_score(double score, Label& label) const;
  Label label_of_id(const std::string& id);
  void read_labels();

  GivenLabelOptions options_;
  std::unordered_map<std::string, Given> given_;
  Index number_ = 0;  // of the last document of plain text
};

}  // namespace sgtm
