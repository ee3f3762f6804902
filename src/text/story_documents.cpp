#include <fmt/format.h>

#include <algorithm>

#include "core/data_folder.hpp"
#include "core/parallel.hpp"
#include "text/prepare.hpp"
#include "text/stories.hpp"

namespace sgtm {

SourceDocuments story_documents(const std::string& name, Language language, std::uint64_t seed, Index count) {
  const auto grammar = std::make_shared<const Grammar>(read_grammar(data_folder() / "stories"));
  const auto side = static_cast<std::size_t>(language);
  const auto documents = [grammar, side, seed, count](const DocumentVisitor& visit) {
    constexpr Index block_size = 4096;
    for (Index first = 0; first < count; first += block_size) {
      std::vector<Document> block(static_cast<std::size_t>(std::min(block_size, count - first)));
      in_parallel(block.size(), [&](std::size_t i) {
        const auto number = static_cast<std::uint64_t>(first) + i;
        Story story = make_story(*grammar, seed, number);
        block[i] = {std::move(story.text[side]), fmt::format("story {}", number), story.log_probability, story.kind};
      });
      visit(block);
    }
  };
  return {name,
          fmt::format("{} {} stories, seed {}", count, language == Language::english ? "English" : "Spanish", seed),
          documents, first_words(*grammar, language)};
}

}  // namespace sgtm
