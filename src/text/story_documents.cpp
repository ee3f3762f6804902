#include <fmt/format.h>

#include <memory>

#include "core/folder.hpp"
#include "text/prepare.hpp"
#include "text/stories.hpp"

namespace sgtm {

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

}  // namespace sgtm
