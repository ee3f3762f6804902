#pragma once

#include <string>

#include "core/files.hpp"
#include "core/matrix.hpp"
#include "text/raw_data.hpp"

namespace sgtm {

enum class DataKind {
  stories,       // English and Spanish
  two_scripts,   // the same, Spanish in Cyrillic letters, so that the languages share no token with a letter
  bible,         // real text, in English and Spanish
  manuals,       // real text, in English and German
  descriptions,  // real text, in English and Italian
  descriptions_in_two_scripts,  // the same, Italian in Cyrillic letters
  encyclopedia                  // made-up articles
};

/// What a run of an experiment trains on.
struct RunData {
  DataKind kind = DataKind::stories;
  Index stories = 20000;                 // of each language
  EncyclopediaConfig encyclopedia = {};  // its articles are of the seed that prepare has by default
  int vocabulary = 4096;                 // of the tokenizer that is learned
};

/// The name of the data set's folder.
std::string name_of(RunData data);

/// The data set's folder in `runs`, prepared where it is missing, or the files that it was written from have changed.
/// Throws Error where real text has not been fetched.
fs::path prepared(const RunData& data, const fs::path& runs);

}  // namespace sgtm
