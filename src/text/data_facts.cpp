#include "text/data_facts.hpp"

namespace sgtm {

template <Is<SourceFacts> R>
void for_each_part(R& of, auto visit) {
  visit("from", of.from), visit("documents?", of.documents), visit("tokens?", of.tokens);
  visit("held_out_documents?", of.held_out_documents), visit("held_out_tokens?", of.held_out_tokens);
  visit("longer_than_context?", of.longer_than_context), visit("longest_document?", of.longest_document);
  visit("equal_to_held_out?", of.equal_to_held_out), visit("floor", of.floor), visit("too_short?", of.too_short);
  visit("labels?", of.labels);
}

template <Is<LabelQuality> R>
void for_each_part(R& of, auto visit) {
  visit("precision?", of.precision), visit("recall?", of.recall);
}

template <Is<DataFacts> R>
void for_each_part(R& of, auto visit) {
  visit("format?", of.format), visit("tokenizer", of.tokenizer), visit("vocabulary?", of.vocabulary);
  visit("context", of.context), visit("held_out?", of.held_out), visit("long_documents?", of.long_documents);
  visit("seed?", of.seed), visit("sources", of.sources);
  visit("shared_tokens?", of.shared_tokens), visit("questions?", of.questions), visit("labels?", of.labels);
  visit("digest?", of.digest);
}

void write_facts(const fs::path& folder, const DataFacts& facts) {
  write_file(folder / "data.json", json_of(facts).dump(2) + "\n");
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
