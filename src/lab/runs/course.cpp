#include "lab/runs/course.hpp"

#include <algorithm>
#include <cmath>

#include "eval/calibration.hpp"
#include "eval/document_gradients.hpp"
#include "eval/losses.hpp"
#include "sgtm/ablation.hpp"

namespace sgtm {
namespace {

Index steps_between_looks(double every, Index steps) {
  if (every == 0) return 0;
  return std::max<Index>(1, std::llround(every < 1 ? every * static_cast<double>(steps) : every));
}

/// The length of each owner's parameters.
Per<Owner, double> lengths(const Partition& partition, const Flat<float>& parameters) {
  Per<Owner, double> squares{};
  for (const Owner owner : owners)
    for_each_range(partition.of(owner), [&](Index offset, Index count) {
      squares[owner] += parameters.segment(offset, count).cast<double>().square().sum();
    });
  for (double& square : squares) square = std::sqrt(square);
  return squares;
}

}  // namespace

Course::Course(const RunConfig& config, const Dataset& data, Trainer& trainer, const fs::path& folder)
    : config_(config),
      data_(data),
      trainer_(trainer),
      folder_(folder),
      every_(steps_between_looks(config.evaluate_every, trainer.steps())),
      losses_(folder / "evaluations.csv", "step,state,source,loss", trainer.next_step(), looks_so_far() * loss_rows()),
      gradients_(folder / "gradients.csv",
                 "step,labeled_forget_tokens,source,document,forget_norm,retain_norm,absorbed_share,forget_gate",
                 trainer.next_step(), looks_so_far() * gradient_rows()) {
  losses(), gradients();  // a damaged line is told now, not after all training
}

/// A resumed run has looked at the steps 0, every_, 2 every_ ... before the one that it goes on with.
Index Course::looks_so_far() const {
  return every_ == 0 ? 0 : (trainer_.next_step() + every_ - 1) / every_;
}

Index Course::loss_rows() const {
  const Index rows_of_a_source = 1 + strategy_named(config_.strategy).splits + (config_.calibration_steps > 0);
  return rows_of_a_source * static_cast<Index>(data_.held_out().size());
}

Index Course::gradient_rows() const {
  Index documents = 0;
  for (const auto& [source, file] : data_.held_out())
    documents += std::min(config_.gradient_documents, file->documents());
  return documents;
}

void Course::look() {
  const Index now = trainer_.next_step();
  if (every_ == 0 || (now % every_ != 0 && now != trainer_.steps())) return;
  if (now < trainer_.steps()) look_at_losses();
  if (config_.gradient_documents > 0) look_at_gradients();
}

void Course::end(const ByName<BySource>& losses) {
  if (every_ == 0) return;
  for (const auto& [state, by_source] : losses)
    for (const auto& [source, loss] : by_source)
      losses_.write("{},{},{},{:.6f}", trainer_.steps(), state, source, loss);
  flush();
}

void Course::flush() {
  losses_.flush(), gradients_.flush();
}

void Course::look_at_losses() {
  const auto write = [&](const char* state, Flat<float>& parameters) {
    for (const auto& [source, loss] : held_out_losses(trainer_.network(), config_.model, parameters, data_))
      losses_.write("{},{},{},{:.6f}", trainer_.next_step(), state, name(source), loss);
  };
  Flat<float> parameters = trainer_.parameters();
  write("trained", parameters);
  if (strategy_named(config_.strategy).splits) {
    ablate(parameters, trainer_.partition());
    write("ablated", parameters);
  }
  if (config_.calibration_steps > 0) {
    calibrate(trainer_.network(), config_.model, parameters, data_, calibration_of(config_), config_.seed);
    write("calibrated", parameters);
  }
}

/// Norms of gradients are relative to those of the parameters they belong to (paper, fig. 4b).
void Course::look_at_gradients() {
  const auto length = lengths(trainer_.partition(), trainer_.parameters());
  const double labeled = trainer_.totals().trained[Source::forget][Label::forget];
  for (const auto& [source, file] : data_.held_out()) {
    Index document = 0;
    for (const DocumentGradient& g : document_gradients(trainer_.network(), trainer_.layout(), trainer_.partition(),
                                                        config_.split, strategy_named(config_.strategy),
                                                        trainer_.parameters(), *file, config_.gradient_documents)) {
      const auto relative = [&](Owner owner) {
        return length[owner] > 0 ? std::sqrt(g.squared_norms[owner]) / length[owner] : 0;
      };
      gradients_.write("{},{},{},{},{:.4g},{:.4g},{:.4g},{:.4g}", trainer_.next_step(), labeled, source, document++,
                       relative(Owner::forget), relative(Owner::retain), g.absorbed_share(), g.forget_mask);
    }
  }
}

std::vector<LossLook> Course::losses() const {
  std::vector<LossLook> all;
  for (const LogRow& row : read_rows(folder_ / "evaluations.csv"))
    all.push_back({row.step(), row.text(1), row.text(2), row.number(3)});
  return all;
}

std::vector<GradientLook> Course::gradients() const {
  std::vector<GradientLook> all;
  for (const LogRow& row : read_rows(folder_ / "gradients.csv")) {
    if (all.empty() || all.back().step != row.step() || all.back().source != row.text(2))
      all.push_back({row.step(), row.text(2), row.number(1), 0, 0, std::vector<double>(), std::vector<double>()});
    GradientLook& look = all.back();
    look.forget_norms->push_back(row.number(4));
    look.retain_norms->push_back(row.number(5));
    look.absorbed_share += row.number(6);
    look.forget_mask += row.number(7);
  }
  for (GradientLook& look : all) {
    const auto documents = static_cast<double>(look.forget_norms->size());
    look.absorbed_share /= documents, look.forget_mask /= documents;
    if (look.step != every_ && look.step != trainer_.steps()) look.forget_norms.reset(), look.retain_norms.reset();
  }
  return all;
}

}  // namespace sgtm
