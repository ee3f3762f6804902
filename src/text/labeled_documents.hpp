#pragma once

#include <map>
#include <vector>

#include "text/prepare.hpp"

namespace sgtm {

/// Documents that somebody has labeled, and what is to be measured: held-out documents by source.
struct LabeledFiles {
  std::vector<fs::path> documents;
  std::map<Source, std::vector<fs::path>> held_out = {};
  TextOptions text = {};
  GivenLabelOptions given_labels = {};
};

/// The sources of a data set with given labels. Where the documents say where they come from, each source has its own;
/// held out is what is given, else a share of them. Where they don't, all are of the source "unknown", and held-out
/// documents of retain and forget are needed. Throws Error where no document is labeled forget, and where only some say
/// where they come from.
std::vector<SourceDocuments> labeled_documents(const LabeledFiles& files);

}  // namespace sgtm
