#include "verify/differences.hpp"

#include "core/parallel.hpp"

namespace sgtm {
namespace {

/// The derivative of f by x, Richardson-extrapolated: the error falls with the fourth power of the step. If f does not
/// depend on x the result is exactly 0.
template <class F>
double central_difference(double& x, F f) {
  constexpr double h = 4e-4;
  const double center = x;
  const auto difference = [&](double step) {
    x = center + step;
    const double up = f();
    x = center - step;
    const double down = f();
    x = center;
    return (up - down) / (2 * step);
  };
  return (4 * difference(h / 2) - difference(h)) / 3;
}

}  // namespace

const DifferentiatedLoss& Differences::of(const Treatment& treatment) {
  for (const DifferentiatedLoss& known : known_)
    if (known.treatment == treatment) return known;
  ReferenceModel model(specimen_.config, layout_, specimen_.batch);
  model.record(parameters_, treatment);
  const double loss = model.loss(parameters_, treatment);
  known_.push_back({treatment, loss, by_parameters(model, treatment), by_gates(model, treatment)});
  return known_.back();
}

/// Each task has a copy of everything.
Flat<double> Differences::by_parameters(const ReferenceModel& model, const Treatment& treatment) {
  Flat<double> slope = Flat<double>::Zero(layout_.size);
  std::vector<Span> rows;
  for (const Tensor* t : layout_.tensors())
    for (Index r = 0; r < t->rows; ++r) rows.push_back({t->offset + r * t->columns, t->offset + (r + 1) * t->columns});
  in_parallel(rows.size(), [&](std::size_t r) {
    ReferenceModel own = model;
    Flat<double> p = parameters_;
    for (Index i = rows[r].begin; i < rows[r].end; ++i)
      slope[i] = central_difference(p[i], [&] { return own.loss(p, treatment); });
  });
  forward_passes_ += 4 * layout_.parameters();
  return slope;
}

std::vector<BlockGateSlope<double>> Differences::by_gates(ReferenceModel& model, Treatment treatment) {
  std::vector<BlockGateSlope<double>> slopes;
  for (BlockTreatment& block : treatment) {
    const auto slope_of = [&](std::vector<double>& gates) {
      Row<double> slope(static_cast<Index>(gates.size()));
      for (std::size_t g = 0; g < gates.size(); ++g)
        slope[static_cast<Index>(g)] = central_difference(gates[g], [&] { return model.loss(parameters_, treatment); });
      forward_passes_ += 4 * slope.size();
      return slope;
    };
    slopes.push_back({slope_of(block.head_gates), slope_of(block.unit_gates)});
  }
  return slopes;
}

}  // namespace sgtm
