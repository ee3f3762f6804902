#include "cli/commands.hpp"
#include "text/article.hpp"

namespace sgtm {
namespace {

struct EncyclopediaOptions {
  std::string field = "biology";
  Index documents = 3;
  bool facts = false;
  WorldConfig world;
};

void print_articles(const EncyclopediaOptions& o) {
  const World world = make_world(o.world, read_encyclopedia(data_folder() / "encyclopedia"));
  const int field = world.field(o.field);
  for (Index number = 0; number < o.documents && output_fault() == 0; ++number) {
    const Article article = make_article(world, {field}, o.world.seed, static_cast<std::uint64_t>(number));
    print_out("{}\n\n", article.text);
    if (!o.facts) continue;
    for (const FactPlace& told : article.told) {
      const Field& of = world.fields[static_cast<std::size_t>(told.field)];
      print_out("  {}: {}: {}: {}\n", of.name, world.entity(told.field, told.entity).name,
                of.attributes[static_cast<std::size_t>(told.attribute)].name,
                world.value(told.field, told.entity, told.attribute));
    }
    print_out("\n");
  }
}

}  // namespace

void add_world(CLI::App& command, WorldConfig& world) {
  command.add_option("--entities", world.entities, "of the encyclopedia: how many things there are")
      ->capture_default_str();
  command
      .add_option("--entanglement", world.entanglement,
                  "of the encyclopedia: share of a field's facts that articles of neighbouring fields tell too")
      ->capture_default_str();
}

void add_encyclopedia(CLI::App& program) {
  const auto o = std::make_shared<EncyclopediaOptions>();
  CLI::App* command = program.add_subcommand("encyclopedia", "print articles of a made-up encyclopedia");
  command->add_option("--field", o->field, "whose articles")->capture_default_str();
  command->add_option("--documents", o->documents, "how many")->capture_default_str()->check(at_least(0));
  command->add_flag("--facts", o->facts, "also list the facts that each article tells");
  add_world(*command, o->world);
  command->add_option("--seed", o->world.seed, "of the world and its articles")->capture_default_str();
  command->footer("Example: sgtm encyclopedia --field medicine --documents 2 --facts");
  command->callback([o] { print_articles(*o); });
}

}  // namespace sgtm
