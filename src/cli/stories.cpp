#include "text/stories.hpp"
#include "cli/commands.hpp"

namespace sgtm {
namespace {

struct StoriesOptions {
  std::string language = "en";
  std::uint64_t documents = 3, seed = 1;
};

void print_stories(const StoriesOptions& o) {
  if (o.language != "en" && o.language != "es" && o.language != "both")
    throw Error(fmt::format("--language {}: must be en, es, or both.", o.language));
  const Grammar grammar = read_grammar(data_folder() / "stories");
  for (std::uint64_t number = 0; number < o.documents && output_fault() == 0; ++number) {
    const Story story = make_story(grammar, o.seed, number);
    if (o.language != "es") print_out("{}\n\n", story.text[0]);
    if (o.language != "en") print_out("{}\n\n", story.text[1]);
  }
}

}  // namespace

void add_stories(CLI::App& program) {
  const auto o = std::make_shared<StoriesOptions>();
  CLI::App* command = program.add_subcommand("stories", "print children's stories, told in English and Spanish");
  command->add_option("--language", o->language, "en, es, or both in turn")->capture_default_str();
  command->add_option("--documents", o->documents, "how many")->capture_default_str();
  command->add_option("--seed", o->seed, "which; the same seed tells the same stories in both languages")
      ->capture_default_str();
  command->footer("Example: sgtm stories --language es --documents 5 --seed 7");
  command->callback([o] { print_stories(*o); });
}

}  // namespace sgtm
