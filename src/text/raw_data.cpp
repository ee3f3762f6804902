#include "text/raw_data.hpp"

#include <algorithm>
#include <memory>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "text/article.hpp"
#include "text/stories.hpp"

namespace sgtm {
namespace {

/// The source of every field's articles.
std::vector<std::string> sources_of(const EncyclopediaConfig& config, const World& world) {
  std::vector<std::string> sources(world.fields.size());
  for (const auto& [source, names] : {std::pair{"forget", config.forget}, {"adjacent", config.adjacent}}) {
    for (const std::string& name : names) {
      std::string& of = sources[static_cast<std::size_t>(world.field(name))];
      if (!of.empty())
        throw Error(fmt::format("{} is named as {} and as {}; a field is one of forget, adjacent and, unnamed, retain.",
                                name, of, source));
      of = source;
    }
  }
  for (std::string& source : sources)
    if (source.empty()) source = "retain";
  for (const char* needed : {"forget", "retain"})
    if (std::find(sources.begin(), sources.end(), needed) == sources.end())
      throw Error(fmt::format("no field is left to {}. Name fields with --forget, and leave some unnamed.", needed));
  return sources;
}

SourceDocuments articles(const std::shared_ptr<const World>& world, const std::string& source,
                         const std::vector<int>& fields, const EncyclopediaConfig& config, Index count) {
  std::string names;
  for (const int f : fields) names += (names.empty() ? "" : ", ") + world->fields[static_cast<std::size_t>(f)].name;
  const auto article = [world, fields, seed = config.world.seed](std::uint64_t number) -> Document {
    Article written = make_article(*world, fields, seed, number);
    return {std::move(written.text), fmt::format("article {}", number), written.log_probability,
            written.told.front().field};
  };
  return {
      source,
      fmt::format("{} made-up articles on {}, of {} entities, {:g} of the facts told elsewhere too, seed {}, words {}",
                  count, names, config.world.entities, config.world.entanglement, config.world.seed,
                  fingerprint(world->fields)),
      generated_documents(count, article), first_words(*world, fields)};
}

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
    throw Error(fmt::format(
        "{}: has no source, and other documents have one. Give all of them a source, or none, with --source-field.",
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

SourceDocuments story_documents(const std::string& name, Language language, std::uint64_t seed, Index count) {
  const auto grammar = std::make_shared<const Grammar>(read_grammar(data_folder() / "stories"));
  const auto side = static_cast<std::size_t>(language);
  const auto story = [grammar, side, seed](std::uint64_t number) -> Document {
    Story told = make_story(*grammar, seed, number);
    return {std::move(told.text[side]), fmt::format("story {}", number), told.log_probability, told.kind};
  };
  return {name,
          fmt::format("{} {} stories, seed {}, words {}", count, language == Language::english ? "English" : "Spanish",
                      seed, grammar->fingerprint),
          generated_documents(count, story), first_words(*grammar, language)};
}

RawData make_encyclopedia(const EncyclopediaConfig& config) {
  const auto world =
      std::make_shared<const World>(make_world(config.world, read_encyclopedia(data_folder() / "encyclopedia")));
  const std::vector<std::string> source_of_field = sources_of(config, *world);
  RawData made{{}, ask(*world, source_of_field)};
  for (const char* source : {"retain", "adjacent", "forget"}) {
    std::vector<int> fields;
    Index entities = 0;
    for (std::size_t f = 0; f < source_of_field.size(); ++f) {
      if (source_of_field[f] != source) continue;
      fields.push_back(static_cast<int>(f));
      entities += static_cast<Index>(world->entities[f].size());
    }
    if (fields.empty()) continue;
    const Index count = config.articles * entities / config.world.entities;
    if (count < 2)
      throw Error(fmt::format("--articles {}: leaves {} with fewer than two. Ask for more.", config.articles, source));
    made.sources.push_back(articles(world, source, fields, config, count));
  }
  return made;
}

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
