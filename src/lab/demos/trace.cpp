#include "lab/demos/trace.hpp"

#include "core/files.hpp"
#include "sgtm/skip.hpp"
#include "text/prepare.hpp"
#include "text/pretokenizer.hpp"
#include "train/masked_gradient.hpp"
#include "train/parameter_groups.hpp"
#include "train/trainer.hpp"

namespace sgtm {
namespace {

constexpr Index stories = 60, steps_before = 30;

Dataset make_data(const fs::path& folder, const RunConfig& config) {
  PrepareConfig prepare_config;
  prepare_config.out = folder;
  prepare_config.vocabulary = static_cast<int>(config.model.vocabulary);
  prepare_config.context = config.model.context;
  prepare_config.seed = config.seed;
  prepare(prepare_config, {story_documents("retain", Language::english, config.seed, stories),
                           story_documents("forget", Language::spanish, config.seed, stories)});
  return read_dataset(folder);
}

/// Two documents of the source that a batch of this label would come from.
Batch batch_of(Label label, const Dataset& data, const ModelConfig& model) {
  const TokenFile& file = *data.training(label == Label::retain ? Source::retain : Source::forget);
  Batch batch;
  for (const Index document : {0, 1}) append_document(batch, file, document, static_cast<int>(model.vocabulary));
  return batch;
}

void describe(const Batch& batch, const Tokenizer& tokenizer, StepTrace& step) {
  const auto text = [&](const std::vector<int>& tokens) { return readable(tokenizer.decode(tokens)); };
  for (Index d = 0; d < batch.documents(); ++d) {
    const IndexRange range = batch.document(d);
    step.documents.push_back(text({batch.tokens.begin() + range.begin, batch.tokens.begin() + range.end - 1}));
  }
  // A token of a small vocabulary may be a part of a character.
  for (const int token : batch.tokens)
    step.tokens.push_back(token == tokenizer.end_token() ? Tokenizer::end_text : text({token}));
}

double norm(const Flat<float>& flat, const Ranges& ranges) {
  double squares = 0;
  for_each_range(
      ranges, [&](Index offset, Index size) { squares += flat.segment(offset, size).cast<double>().square().sum(); });
  return std::sqrt(squares);
}

OwnerTrace owner_trace(const StepTrace& step, const Ranges& ranges) {
  OwnerTrace o{.entries = size(ranges),
               .gradient = norm(step.gradient, ranges),
               .masked = norm(step.masked, ranges),
               .moved = norm(step.moved, ranges)};
  for_each_range(ranges, [&](Index offset, Index size) {
    const auto moved = step.moved.segment(offset, size);
    o.changed += (moved != 0).count();
    o.farthest = std::max(o.farthest, static_cast<double>(moved.abs().maxCoeff()));
  });
  return o;
}

/// The step as the trainer takes it. The gradient before the mask is computed besides and whole, to be shown.
StepTrace trace_step(Label label, const Batch& batch, Trace& trace, Trainer& trainer, bool skip) {
  const RunConfig& c = trace.config;
  StepTrace step;
  step.label = label;
  step.masks = plan<float>(strategy_named(c.strategy), label, trace.partition, c.model, c.split);
  Flat<float> parameters = trainer.parameters();
  AdamW<float> optimizer = trainer.optimizer();
  Network<float> network(c.model, *trace.layout);
  step.gradient = Flat<float>::Zero(trace.layout->size);
  network.forward(parameters, batch, step.masks.activation.forward);
  for (std::size_t i = 0; i < trace.layout->blocks.size(); ++i)
    step.blocks.push_back({network.head_outputs(i), network.unit_activations(i)});
  network.backward(parameters, batch, step.masks.activation, step.masks.requires_grad, predicted_tokens(batch),
                   step.gradient);
  const MaskPlan<float> masks = skip ? skip_masked_work(step.masks, *trace.layout, c.model) : step.masks;
  step.loss = masked_gradient<float>(network, parameters, {&batch, 1}, masks, step.masked);
  optimizer.step(parameters, step.masked, groups_that_step(c.optimizer, masks.trainable), trace.rate);
  step.moved = parameters - trainer.parameters();
  for (const Owner owner : owners) step.owners[owner] = owner_trace(step, trace.partition.of(owner));
  return step;
}

}  // namespace

Trace trace(const RunConfig& config, const std::vector<Label>& chosen, bool skip) {
  check(config);
  const ScratchFolder folder;
  const Dataset data = make_data(folder / "data", config);
  const Tokenizer tokenizer = Tokenizer::read(folder / "data");
  RunConfig training = config;
  training.steps = 10 * steps_before;
  training.labels = {};
  training.labels.undiscovered = 0.2;
  Trainer trainer(training, data, skip);
  double rate = 0;
  while (trainer.next_step() < steps_before) rate = trainer.step().rate;

  Trace trace{config, std::make_unique<Layout>(config.model), {}, steps_before, rate, {}};
  trace.partition = make_partition(*trace.layout, config.model, config.split, strategy_named(config.strategy));
  for (const Label label : chosen) {
    const Batch batch = batch_of(label, data, config.model);
    trace.steps.push_back(trace_step(label, batch, trace, trainer, skip));
    describe(batch, tokenizer, trace.steps.back());
  }
  return trace;
}

}  // namespace sgtm
