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
  const double loss = model.loss(parameters_, treatment, true);
  known_.push_back({treatment, loss, by_parameters(model, treatment), by_masks(model, treatment)});
  return known_.back();
}

/// Each task has a copy of everything.
Flat<double> Differences::by_parameters(const ReferenceModel& model, const Treatment& treatment) {
  Flat<double> derivative = Flat<double>::Zero(layout_.size);
  std::vector<IndexRange> rows;
  for (const Tensor* t : layout_.tensors())
    for (Index r = 0; r < t->rows; ++r) rows.push_back({t->offset + r * t->columns, t->offset + (r + 1) * t->columns});
  in_parallel(rows.size(), [&](std::size_t r) {
    ReferenceModel own = model;
    Flat<double> p = parameters_;
    for (Index i = rows[r].begin; i < rows[r].end; ++i)
      derivative[i] = central_difference(p[i], [&] { return own.loss(p, treatment); });
  });
  forward_passes_ += 4 * layout_.parameters();
  return derivative;
}

std::vector<BlockMaskDerivative<double>> Differences::by_masks(ReferenceModel& model, Treatment treatment) {
  std::vector<BlockMaskDerivative<double>> derivatives;
  for (BlockTreatment& block : treatment) {
    const auto derivative_of = [&](std::vector<double>& masks) {
      Row<double> derivative(static_cast<Index>(masks.size()));
      for (std::size_t g = 0; g < masks.size(); ++g)
        derivative[static_cast<Index>(g)] =
            central_difference(masks[g], [&] { return model.loss(parameters_, treatment); });
      forward_passes_ += 4 * derivative.size();
      return derivative;
    };
    derivatives.push_back({derivative_of(block.head_masks), derivative_of(block.unit_masks)});
  }
  return derivatives;
}

}  // namespace sgtm
