#include "cli/commands.hpp"
#include "lab/report/mask_text.hpp"
#include "lab/report/pictures.hpp"
#include "sgtm/plan.hpp"

namespace sgtm {
namespace {

/// What an owner has of a tensor: "columns 56 to 63", "all", "-".
std::string part_of(const Ranges& ranges, const Tensor& tensor) {
  for (const TensorRange& range : ranges) {
    if (range.tensor != &tensor || range.rows.size() == 0 || range.columns.size() == 0) continue;
    const std::string part = part_text(range);
    return part.empty() ? "all" : part;
  }
  return "-";
}

std::string owners_table(const Layout& layout, const Partition& partition) {
  std::vector<std::vector<std::string>> rows{{"tensor", "shape", "forget", "retain", "joint"}};
  for (const Tensor* t : layout.tensors())
    rows.push_back({t->name, t->rows == 1 ? fmt::format("{}", t->columns) : fmt::format("{} x {}", t->rows, t->columns),
                    part_of(partition.forget, *t), part_of(partition.retain, *t), part_of(partition.joint, *t)});
  Index all = layout.parameters();
  std::string table = text_table(rows);
  for (const Owner owner : owners)
    table += fmt::format("{}: {} entries, {:.1f} %\n", name(owner), size(partition.of(owner)),
                         100.0 * static_cast<double>(size(partition.of(owner))) / static_cast<double>(all));
  return table;
}

/// What masks zero: "zero heads 7, units 56 to 63".
std::string zeroed(const std::vector<BlockMask<float>>& masks, const char* verb, const char* nothing) {
  for (const BlockMask<float>& block : masks)
    if (const std::string text = zeroed_text(block); !text.empty()) return fmt::format("{} {}", verb, text);
  return nothing;
}

std::string labels_table(const RunConfig& c, const Partition& partition) {
  std::vector<std::vector<std::string>> rows{
      {"label", "forward pass", "backward pass", "gradients set to 0", "parameter groups that step"}};
  for (const Label label : labels) {
    const auto masks = plan<float>(strategy_named(c.strategy), label, partition, c.model, c.split);
    std::string steps;
    for (const Owner owner : masks.trainable) steps += (steps.empty() ? "" : ", ") + std::string(name(owner));
    const char* which = masks.gradient_mask == partition.retain ? "all retain entries" : "some entries";
    rows.push_back({name(label), zeroed(masks.activation.forward, "zero", "keep all"),
                    zeroed(masks.activation.backward, "stop at", "pass all"),
                    masks.gradient_mask.empty() ? "none" : fmt::format("{} ({})", which, size(masks.gradient_mask)),
                    steps});
  }
  std::string table = text_table(rows);
  if (c.split.forget_gradient != 1)
    table += fmt::format("\nlabeled forget: the gradients of forget entries are multiplied by {:g}\n",
                         c.split.forget_gradient);
  return table;
}

}  // namespace

void add_masks(CLI::App& program) {
  const auto svg = std::make_shared<fs::path>();
  CLI::App* command = program.add_subcommand("masks", "who owns which parameters, and what each label does to them");
  const auto read = add_settings(*command, "nano");
  command->add_option("--svg", *svg, "also draw it into this file")->check(ends_with(".svg"));
  std::string known = "Strategies:";
  for (const Strategy& row : strategies) known += fmt::format(" {}", row.name);
  command->footer(known +
                  "\nExamples:\n  sgtm masks --strategy sgtm\n  sgtm masks --strategy gradient_routing --preset 1M "
                  "--svg masks.svg");
  command->callback([read, svg] {
    const RunConfig c = read();
    const Layout layout(c.model);
    const Partition partition = make_partition(layout, c.model, c.split, strategy_named(c.strategy));
    print_out("strategy {}: who owns what\n\n{}\nwhat a batch of each label does{}\n\n{}", c.strategy,
              owners_table(layout, partition), c.split.masked_blocks.empty() ? "" : " (in the masked blocks)",
              labels_table(c, partition));
    if (svg->empty()) return;
    write_file(*svg, mask_picture(c));
    print_out("\ndrawn into {}\n", svg->string());
  });
}

}  // namespace sgtm
