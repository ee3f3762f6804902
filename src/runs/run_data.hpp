#pragma once

#include <string>

#include "core/files.hpp"
#include "core/matrix.hpp"
#include "text/encyclopedia_documents.hpp"

namespace sgtm {

/// What a run of an experiment trains on.
struct RunData {
  /// "stories": English and Spanish. "stories in two scripts": the same, Spanish in Cyrillic letters, so that the
  /// languages share no token with a letter. "bible": real text. "encyclopedia": made-up articles.
  std::string kind = "stories";
  Index stories = 20000;                 // of each language
  EncyclopediaConfig encyclopedia = {};  // its articles are of the seed that prepare has by default
};

/// The data set's folder in `runs`, prepared where it is missing. Throws Error where real text has not been fetched.
fs::path prepared(const RunData& data, const fs::path& runs);

}  // namespace sgtm
