#include "text/data_facts.hpp"

namespace sgtm {

template <Is<LabelFacts> R>
void for_each_part(R& of, auto visit) {
  visit("forget", of.forget), visit("unlabeled", of.unlabeled), visit("retain", of.retain);
}

template <Is<SourceFacts> R>
void for_each_part(R& of, auto visit) {
  visit("from", of.from), visit("documents?", of.documents), visit("tokens?", of.tokens);
  visit("held_out_documents?", of.held_out_documents), visit("held_out_tokens?", of.held_out_tokens);
  visit("floor", of.floor), visit("labels?", of.labels);
}

template <Is<LabelQuality> R>
void for_each_part(R& of, auto visit) {
  visit("precision?", of.precision), visit("recall?", of.recall);
}

template <Is<DataFacts> R>
void for_each_part(R& of, auto visit) {
  visit("tokenizer", of.tokenizer), visit("vocabulary?", of.vocabulary), visit("context", of.context);
  visit("held_out?", of.held_out), visit("seed?", of.seed), visit("sources", of.sources);
  visit("shared_tokens?", of.shared_tokens), visit("questions?", of.questions), visit("labels?", of.labels);
  visit("digest?", of.digest);
}

DataFacts read_facts(const fs::path& folder) {
  const fs::path path = folder / "data.json";
  const auto facts = read_record<DataFacts>(path, "Prepare the data again.");
  for (const auto& [name, source] : facts.sources)
    if (!source_of(name))
      throw Error(
          fmt::format("{}: has the source {}; there are retain, adjacent, forget and unknown. Prepare the data again.",
                      path.string(), name));
  return facts;
}

bool has_given_labels(const fs::path& folder) {
  return fs::exists(folder / "data.json") && read_facts(folder).labels;
}

}  // namespace sgtm
