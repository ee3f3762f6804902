#include "text/labeled_documents.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace sgtm {
namespace {

/// Reads all documents once.
LabelCounts count(const DocumentSource& documents) {
  LabelCounts counts{};
  std::string first_without;
  bool some_have = false;
  documents([&](const std::vector<Document>& block) {
    for (const Document& document : block) {
      ++counts[document.labeling.source.value_or(Source::unknown)][document.labeling.label];
      if (document.labeling.source) some_have = true;
      if (!document.labeling.source && first_without.empty()) first_without = document.where;
    }
  });
  if (some_have && !first_without.empty())
    throw Error(
        fmt::format("{}: has no source, and other documents have one. Give all of them a source, or none, with "
                    "--source-field.",
                    first_without));
  return counts;
}

/// Those of one source, and that source by its name.
DocumentSource only(Source source, const DocumentSource& documents) {
  return [source, documents](const DocumentVisitor& visit) {
    documents([&](std::vector<Document>& block) {
      std::erase_if(block, [&](const Document& d) { return d.labeling.source != source; });
      if (!block.empty()) visit(block);
    });
  };
}

void check_some_forget(const LabelCounts& counts, const LabeledFiles& files) {
  if (documents_of(Label::forget, counts) > 0) return;
  const GivenLabelOptions& v = files.given_labels;
  throw Error(fmt::format(
      "{}: no document is labeled forget. {}", names_of(files.documents),
      v.forget_above ? fmt::format("None has a score above {}. Lower --forget-above.", *v.forget_above)
                     : fmt::format("Give labels in the field \"{}\" or with --labels, or scores with --forget-above.",
                                   v.label_field)));
}

}  // namespace

std::vector<SourceDocuments> labeled_documents(const LabeledFiles& files) {
  const auto all = documents_of(files.documents, files.text, std::make_shared<GivenLabels>(files.given_labels));
  const auto counts = count(all);
  check_some_forget(counts, files);
  std::vector<SourceDocuments> result;
  for (const Source source : training_sources) {
    const Index documents = documents_of(source, counts);
    const auto given = files.held_out.find(source);
    const bool held_out = given != files.held_out.end() && !given->second.empty();
    if (documents == 0 && !held_out) continue;
    SourceDocuments& of = result.emplace_back();
    of.name = name(source);
    of.description = names_of(documents > 0 ? files.documents : given->second);
    of.labeled = true;
    if (documents > 0) of.documents = source == Source::unknown ? all : only(source, all);
    if (held_out) of.held_out = documents_of(given->second, files.text);
    if (source != Source::unknown || documents == 0) continue;
    of.held_out = [](const DocumentVisitor&) {};
    for (const Source needed : {Source::retain, Source::forget})
      if (!files.held_out.contains(needed) || files.held_out.at(needed).empty())
        throw Error(
            fmt::format("--held-out-{}: name documents to measure on, as {} doesn't say where its documents come from "
                        "(a \"{}\" of retain, adjacent or forget).",
                        name(needed), names_of(files.documents), files.given_labels.source_field));
  }
  return result;
}

}  // namespace sgtm
