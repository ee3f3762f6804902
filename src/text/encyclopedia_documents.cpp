#include "text/encyclopedia_documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "text/article.hpp"

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

}  // namespace

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

}  // namespace sgtm
