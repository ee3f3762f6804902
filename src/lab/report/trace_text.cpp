#include "lab/report/trace_page.hpp"

#include <fmt/format.h>

#include "lab/report/mask_text.hpp"
#include "lab/report/table.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

/// Of a block's tensors, which parts the mask zeroes: "W_O rows 0 to 13".
std::string masked_in(const StepTrace& step, Index block) {
  const std::string prefix = fmt::format("block {} ", block);
  std::string text;
  for (const TensorRange& range : step.masks.gradient_mask) {
    const Tensor& t = *range.tensor;
    if (!t.name.starts_with(prefix) || range.rows.size() == 0 || range.columns.size() == 0) continue;
    if (!text.empty()) text += ", ";
    text += name_in_block(t.name);
    if (const std::string part = part_text(range); !part.empty()) text += " " + part;
  }
  return or_nothing(text);
}

std::string trainable(const StepTrace& step, const RunConfig& config) {
  if (config.optimizer == "joint") return "everything (one AdamW: momentum and weight decay move what has no gradient)";
  std::string text;
  for (const Owner owner : step.masks.trainable) text += (text.empty() ? "" : ", ") + std::string(name(owner));
  return text;
}

}  // namespace

ordered_json to_json(const Trace& trace) {
  ordered_json json{{"strategy", trace.config.strategy},
                    {"optimizer", trace.config.optimizer},
                    {"seed", trace.config.seed},
                    {"steps_before", trace.steps_before},
                    {"rate", trace.rate},
                    {"steps", ordered_json::array()}};
  for (const StepTrace& step : trace.steps) {
    ordered_json out{{"label", name(step.label)},
                     {"documents", step.documents},
                     {"tokens_in_batch", step.tokens.size()},
                     {"loss", step.loss},
                     {"optimizer_steps", trainable(step, trace.config)}};
    for (std::size_t i = 0; i < trace.layout->blocks.size(); ++i)
      out["blocks"].push_back({{"silenced", or_nothing(zeroed_text(step.masks.activation.forward[i]))},
                               {"stopped", or_nothing(zeroed_text(step.masks.activation.backward[i]))},
                               {"frozen", masked_in(step, static_cast<Index>(i))}});
    if (!step.masks.scaled.empty()) out["forget_gradient_times"] = step.masks.scale;
    for (const Owner owner : owners) {
      const OwnerTrace& o = step.owners[owner];
      out["owners"][name(owner)] = {{"entries", o.entries}, {"gradient", o.gradient}, {"masked", o.masked},
                                    {"moved", o.moved},     {"farthest", o.farthest}, {"changed", o.changed}};
    }
    json["steps"].push_back(out);
  }
  return json;
}

std::string trace_text(const Trace& trace) {
  std::string text = fmt::format(
      "strategy {}, optimizer {}: a model of {} parameters, {} steps into its training, takes one "
      "more (rate {:.2g})\n",
      trace.config.strategy, trace.config.optimizer, trace.layout->parameters(), trace.steps_before, trace.rate);
  for (const StepTrace& step : trace.steps) {
    text += fmt::format("\n{}: {} documents, {} tokens, loss {:.4f} nats per token\n", batch_text(step.label),
                        step.documents.size(), step.tokens.size(), step.loss);
    for (const std::string& document : step.documents)
      text += fmt::format("  \"{} ...\"\n", document.substr(0, document.find(' ', 70)));
    for (std::size_t i = 0; i < trace.layout->blocks.size(); ++i)
      text += fmt::format("  block {}: zeroes {}; stops the gradient at {}\n           masks the gradient of {}\n", i,
                          or_nothing(zeroed_text(step.masks.activation.forward[i])),
                          or_nothing(zeroed_text(step.masks.activation.backward[i])),
                          masked_in(step, static_cast<Index>(i)));
    if (!step.masks.scaled.empty())
      text += fmt::format("  multiplies the gradient of forget entries by {:g}\n", step.masks.scale);
    text += fmt::format("  optimizer steps {}\n\n", trainable(step, trace.config));
    std::vector<std::vector<std::string>> rows{
        {"  owner", "entries", "|gradient|", "after the mask", "|moved|", "farthest", "entries moved"}};
    for (const Owner owner : owners) {
      const OwnerTrace& o = step.owners[owner];
      rows.push_back({std::string("  ") + name(owner), fmt::format("{}", o.entries), fmt::format("{:.4f}", o.gradient),
                      fmt::format("{:.4f}", o.masked), fmt::format("{:.4f}", o.moved),
                      fmt::format("{:.5f}", o.farthest), fmt::format("{}", o.changed)});
    }
    text += text_table(rows);
  }
  text +=
      "\n|x|: the length of x, the root of its summed squares, over an owner's entries. Farthest: the largest change "
      "of one entry.\n";
  return text;
}

}  // namespace sgtm
