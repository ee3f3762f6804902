#include "text/given_labels.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/error.hpp"
#include "text/strings.hpp"
#include "text/text_file.hpp"

namespace sgtm {
namespace {

/// A line of CSV as its two fields; nothing where it has another number of them. A field in quotes may hold commas.
std::optional<std::pair<std::string, std::string>> two_fields(const std::string& line) {
  std::vector<std::string> fields{""};
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool twice = quoted && line.substr(i, 2) == "\"\"";
    if (twice || (line[i] != '"' && (quoted || line[i] != ','))) {
      fields.back() += line[i];
      i += twice;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else {
      fields.emplace_back();
    }
  }
  if (fields.size() != 2 || quoted) return {};
  return std::pair{trim(fields[0]), trim(fields[1])};
}

std::optional<double> number_of(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return text.empty() || end != text.c_str() + text.size() ? std::nullopt : std::optional(value);
}

void check_threshold(const char* option, std::optional<double> value) {
  if (value && !(*value >= 0 && *value <= 1))
    throw Error(fmt::format("{} {}: must lie between 0 and 1, as scores do.", option, *value));
}

}  // namespace

Index documents_of(Source source, const LabelCounts& counts) {
  return std::accumulate(counts[source].begin(), counts[source].end(), Index(0));
}

Index documents_of(Label label, const LabelCounts& counts) {
  Index sum = 0;
  for (const Source source : training_sources) sum += counts[source][label];
  return sum;
}

GivenLabels::GivenLabels(GivenLabelOptions options) : options_(std::move(options)) {
  check_threshold("--forget-above", options_.forget_above);
  check_threshold("--retain-below", options_.retain_below);
  if (options_.retain_below && !options_.forget_above)
    throw Error("--retain-below reads scores. Give --forget-above too, as in --forget-above 0.9 --retain-below 0.05.");
  if (options_.retain_below && *options_.retain_below > *options_.forget_above)
    throw Error(fmt::format("--retain-below {} lies above --forget-above {}: a document would be both. Lower it.",
                            *options_.retain_below, *options_.forget_above));
  if (!options_.labels.empty()) read_labels();
}

std::string GivenLabels::label_of_text(const std::string& text, Label& label) const {
  const auto known = label_of(text);
  if (known) label = *known;
  return known ? "" : fmt::format("its label is \"{}\", which is none of forget, retain and unlabeled", text);
}

std::string GivenLabels::label_of_score(double score, Label& label) const {
  if (!(score >= 0 && score <= 1)) return fmt::format("its score is {}, which is not between 0 and 1", score);
  label = score > *options_.forget_above                            ? Label::forget
          : options_.retain_below && score < *options_.retain_below ? Label::retain
                                                                    : Label::unlabeled;
  return "";
}

void GivenLabels::read_labels() {
  const std::string name = options_.labels.string();
  const bool scores = options_.forget_above.has_value();
  const std::string wanted = scores ? "score" : "label";
  LineReader lines(options_.labels);
  Index number = 0;
  for (auto line = lines.next(); line; line = lines.next()) {
    ++number;
    if (trim(*line).empty()) continue;
    const auto fields = two_fields(trim(*line));
    const auto refuse = [&](const std::string& why) {
      throw Error(fmt::format("{}: line {}: {}. Give lines of id,{}.", name, number, why, wanted));
    };
    if (!fields) refuse("does not have two fields");
    const auto& [id, said] = *fields;
    if (number == 1 && id == "id") {
      if (said == wanted) continue;
      if (said == "score") refuse("has scores, which --forget-above turns into labels");
      refuse(fmt::format("has the column \"{}\", where \"{}\" is needed", said, wanted));
    }
    if (id.empty()) refuse("has no id");
    Given given{Label::unlabeled};
    const auto score = scores ? number_of(said) : std::nullopt;
    if (scores && !score) refuse(fmt::format("\"{}\" is not a score", said));
    const std::string why = scores ? label_of_score(*score, given.label) : label_of_text(said, given.label);
    if (!why.empty()) refuse(why);
    if (!given_.emplace(id, given).second) refuse(fmt::format("the id {} was there before", id));
  }
  if (given_.empty()) throw Error(fmt::format("{}: holds no labels. Give lines of id,{}.", name, wanted));
}

void GivenLabels::begin() {
  number_ = 0;
  for (auto& [id, given] : given_) given.documents = 0;
}

void GivenLabels::end() const {
  std::vector<std::string> missing, twice;
  for (const auto& [id, given] : given_) {
    if (given.documents == 0) missing.push_back(id);
    if (given.documents > 1) twice.push_back(id);
  }
  const auto refuse = [&](const char* what, std::vector<std::string>& ids, const char* advice) {
    if (ids.empty()) return;
    throw Error(fmt::format("{}: ids that {}: {}, as {}. {}", options_.labels.string(), what, ids.size(),
                            *std::min_element(ids.begin(), ids.end()), advice));
  };
  refuse("no document has", missing, "Give labels of these documents only, and all documents.");
  refuse("several documents have", twice, "Give every document an id of its own.");
}

Label GivenLabels::label_of_id(const std::string& id) {
  const auto found = given_.find(id);
  if (found == given_.end()) return Label::unlabeled;
  ++found->second.documents;
  return found->second.label;
}

Labeling GivenLabels::of_next() {
  return {label_of_id(std::to_string(++number_)), {}};
}

std::string GivenLabels::read(const nlohmann::json& line, Labeling& labeling) {
  labeling = {};
  const auto field = [&](const std::string& name) {
    const auto found = line.find(name);
    return found == line.end() ? nlohmann::json() : *found;
  };
  if (const auto source = field(options_.source_field); !source.is_null()) {
    if (source.is_string()) labeling.source = source_of(source.get<std::string>());
    if (!labeling.source || labeling.source == Source::unknown)
      return fmt::format("its source is {}, which is none of retain, adjacent and forget", source.dump());
  }
  if (!options_.labels.empty()) {
    const auto id = field(options_.id_field);
    if (!id.is_string() && !id.is_number_integer()) return fmt::format("has no \"{}\"", options_.id_field);
    labeling.label = label_of_id(id.is_string() ? id.get<std::string>() : id.dump());
    return "";
  }
  if (options_.forget_above) {
    const auto score = field(options_.score_field);
    if (score.is_null()) return "";
    if (!score.is_number()) return fmt::format("its score is {}, which is not a number", score.dump());
    return label_of_score(score.get<double>(), labeling.label);
  }
  const auto label = field(options_.label_field);
  if (label.is_null()) return "";
  return label.is_string() ? label_of_text(label.get<std::string>(), labeling.label)
                           : fmt::format("its label is {}, which is no text", label.dump());
}

}  // namespace sgtm
