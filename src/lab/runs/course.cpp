#include "lab/runs/course.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "eval/calibration.hpp"
#include "eval/document_gradients.hpp"
#include "eval/losses.hpp"
#include "sgtm/ablation.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

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

void Course::end(const ordered_json& losses) {
  if (every_ == 0) return;
  for (const auto& [state, by_source] : losses.items())
    for (const auto& [source, loss] : by_source.items())
      if (!loss.is_null()) losses_.write("{},{},{},{:.6f}", trainer_.steps(), state, source, loss.get<double>());
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

ordered_json Course::losses() const {
  ordered_json all = ordered_json::array();
  for (const LogRow& row : read_rows(folder_ / "evaluations.csv"))
    all.push_back({{"step", row.step()}, {"state", row.text(1)}, {"source", row.text(2)}, {"loss", row.number(3)}});
  return all;
}

ordered_json Course::gradients() const {
  ordered_json all = ordered_json::array();
  for (const LogRow& row : read_rows(folder_ / "gradients.csv")) {
    if (all.empty() || all.back()["step"] != row.step() || all.back()["source"] != row.text(2))
      all.push_back({{"step", row.step()},
                     {"labeled_forget_tokens", row.number(1)},
                     {"source", row.text(2)},
                     {"absorbed_share", 0.0},
                     {"forget_gate", 0.0}});
    ordered_json& entry = all.back();
    entry["forget_norms"].push_back(row.number(4));
    entry["retain_norms"].push_back(row.number(5));
    entry["absorbed_share"] = entry["absorbed_share"].get<double>() + row.number(6);
    entry["forget_gate"] = entry["forget_gate"].get<double>() + row.number(7);
  }
  for (ordered_json& entry : all) {
    for (const char* mean : {"absorbed_share", "forget_gate"})
      entry[mean] = entry[mean].get<double>() / static_cast<double>(entry["forget_norms"].size());
    if (entry["step"] != every_ && entry["step"] != trainer_.steps())
      entry.erase("forget_norms"), entry.erase("retain_norms");
  }
  return all;
}

}  // namespace sgtm
