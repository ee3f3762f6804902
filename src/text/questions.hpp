#pragma once

#include <map>
#include <string>
#include <vector>

#include "text/world.hpp"

namespace sgtm {

/// A cloze question on one fact, in a wording that no article has: the answer follows the prompt.
struct Question {
  int fact;  // those on one fact have one number
  std::string field, attribute;
  std::string source;     // of the field's articles: retain, adjacent or forget
  std::string told_also;  // another source whose articles tell the fact too; empty: none does
  std::string prompt;
  int right;  // in the attribute's values
};

struct Questions {
  std::map<std::string, std::vector<std::string>> values;  // by "field attribute": what an answer can be
  std::vector<Question> questions;
  const std::vector<std::string>& values_of(const Question& q) const { return values.at(q.field + " " + q.attribute); }
};

/// "told nowhere else", or "told also in" the other source whose articles tell a fact.
std::string told_where(const std::string& told_also);

/// Those on the fields of one source.
Questions questions_on(const Questions& questions, const std::string& source);

/// All questions on a world. `titles`: the sources of each field's articles.
Questions ask(const World& world, const std::vector<std::string>& titles);

/// Tells other questions apart, so that results are of these; empty where there are none.
std::string fingerprint(const Questions& questions);

/// A data set's questions.json. Reading throws Error for a damaged file; without the file there are no questions.
std::string questions_text(const Questions& questions);
Questions read_questions(const fs::path& data_folder);

}  // namespace sgtm
