#include "verify/gradients.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/error.hpp"
#include "sgtm/skip.hpp"
#include "train/masked_gradient.hpp"

namespace sgtm {
namespace {

constexpr const char* any_masks = "masks of any size";

class GradientCheck {
 public:
  GradientCheck(const GradientQuestion& question, Differences& differences)
      : question_(question), differences_(differences) {
    for (const Index block : question.blocks)
      if (block < 0 || block >= specimen_.config.blocks)
        throw Error(fmt::format("--block {}: the model that is checked has blocks 0 to {}.", block,
                                specimen_.config.blocks - 1));
  }

  GradientReport operator()() {
    const auto start = std::chrono::steady_clock::now();
    for (const Strategy& strategy : strategies) {
      if (!question_.strategy.empty() && question_.strategy != strategy.name) continue;
      for (const Label label : question_.labels) {
        check(strategy, label, "");
        if (!strategy.splits && label == Label::unlabeled) check(strategy, label, any_masks);
        if (strategy.splits && label == Label::forget) check(strategy, label, "mask_embeddings");
        if (strategy.splits && label == Label::forget) check(strategy, label, "mask_joint");
        if (strategy.splits && label == Label::forget) check(strategy, label, "forget_gradient");
      }
    }
    report_.parameters = layout_.parameters();
    report_.losses = differences_.losses();
    report_.forward_passes = differences_.forward_passes();
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(report_);
  }

 private:
  void check(const Strategy& strategy, Label label, const std::string& masking) {
    SplitConfig split = specimen_.split;
    split.mask_embeddings = masking == "mask_embeddings";
    split.mask_joint = masking == "mask_joint";
    split.forget_gradient = masking == "forget_gradient" ? 0.15 : 1;
    Treatment treatment = treatment_of(specification::fates(strategy.name, label, specimen_.config, split));
    if (masking == any_masks) set_any_masks(treatment);
    const DifferentiatedLoss& shared = differences_.of(treatment);
    GradientCase result{strategy.name, label, masking, false, 0, true, {}, {}, shared.derivative};
    for (const BlockTreatment& block : treatment)
      result.held = result.held || std::count(block.unit_held.begin(), block.unit_held.end(), true) > 0;

    std::vector<BlockMaskDerivative<double>> mask_derivative;
    const double loss = gradient_under_test(strategy, label, split, treatment, result, mask_derivative);
    result.loss_error = std::abs(loss - shared.loss) / shared.loss;
    for (const Tensor* t : layout_.tensors())
      if (asked(t->name)) compare_tensor(*t, strategy.name, label, split, result);
    for (Index i = 0; i < specimen_.config.blocks; ++i)
      compare_masks(i, strategy, split, shared, mask_derivative, result);
    report_.cases.push_back(std::move(result));
  }

  /// Numbers without a pattern, some of them 0 and some negative.
  static void set_any_masks(Treatment& treatment) {
    int i = 0;
    for (BlockTreatment& block : treatment)
      for (auto* masks : {&block.head_masks, &block.unit_masks})
        for (double& mask : *masks) mask = ++i % 7 == 0 ? 0 : 1.5 * std::sin(1.7 * i);
  }

  static void set_masks(const Treatment& treatment, std::vector<BlockMask<double>>& masks) {
    for (std::size_t i = 0; i < treatment.size(); ++i) {
      std::copy(treatment[i].head_masks.begin(), treatment[i].head_masks.end(), masks[i].heads.factor.begin());
      std::copy(treatment[i].unit_masks.begin(), treatment[i].unit_masks.end(), masks[i].units.factor.begin());
    }
  }

  bool asked(const std::string& tensor) const {
    return question_.blocks.empty() || std::any_of(question_.blocks.begin(), question_.blocks.end(), [&](Index block) {
             return tensor.starts_with(fmt::format("block {} ", block));
           });
  }

  /// What the trainer would hand to the optimizer, in result.gradient; returns the loss.
  double gradient_under_test(const Strategy& strategy, Label label, const SplitConfig& split,
                             const Treatment& treatment, GradientCase& result,
                             std::vector<BlockMaskDerivative<double>>& mask_derivative) {
    GradientSubject s{&strategy, label, specimen_.config, split, specimen_.batch, {}, &layout_, 1};
    if (question_.fault != nullptr && question_.fault->settings != nullptr) question_.fault->settings(s);
    s.masks = plan<double>(strategy, s.label, make_partition(layout_, s.config, s.split, strategy), s.config, s.split);
    if (result.masking == any_masks) set_masks(treatment, s.masks.activation.forward);
    if (question_.fault != nullptr && question_.fault->masks != nullptr) question_.fault->masks(s);

    Network<double> network(s.config, layout_);
    mask_derivative = network.no_mask_derivatives();
    const double loss =
        masked_gradient<double>(network, parameters_, {&s.batch, 1}, s.masks, result.gradient, &mask_derivative);
    result.gradient *= s.scale;
    if (question_.skip && question_.fault == nullptr && result.masking != any_masks) {
      const Flat<double> not_skipped = result.gradient;
      const MaskPlan<double> masks = skip_masked_work(s.masks, layout_, s.config);
      masked_gradient<double>(network, parameters_, {&s.batch, 1}, masks, result.gradient);
      result.same_bits = (not_skipped == result.gradient).all();
    }
    return loss;
  }

  void compare_tensor(const Tensor& t, const std::string& strategy, Label label, const SplitConfig& split,
                      GradientCase& result) {
    for (const Owner owner : owners) {
      RangeEvidence evidence{t.name, owner};
      double difference = 0, norm = 0;
      for (Index r = 0; r < t.rows; ++r)
        for (Index c = 0; c < t.columns; ++c) {
          if (specification::owner_of(t.name, r, c, specimen_.config, split, strategy) != owner) continue;
          const Index at = t.offset + r * t.columns + c;
          result.differences[at] *= specification::gradient_factor(owner, strategy, label, split);
          add(result.gradient[at], result.differences[at], evidence, difference, norm);
        }
      finish(evidence, difference, norm, result);
    }
  }

  /// The derivative by a mask that is 0 counts too.
  void compare_masks(Index block, const Strategy& strategy, const SplitConfig& split, const DifferentiatedLoss& shared,
                     const std::vector<BlockMaskDerivative<double>>& derivative, GradientCase& result) {
    const std::string name = fmt::format("block {} ", block);
    if (!asked(name)) return;
    const auto i = static_cast<std::size_t>(block);
    const auto compare = [&](const char* masks, const char* tensor, Index columns, const Row<double>& is,
                             const Row<double>& expected) {
      for (const Owner owner : owners) {
        RangeEvidence evidence{name + masks, owner};
        double difference = 0, norm = 0;
        for (Index g = 0; g < is.size(); ++g)
          if (specification::owner_of(name + tensor, 0, g * columns, specimen_.config, split, strategy.name) == owner)
            add(is[g], expected[g], evidence, difference, norm);
        finish(evidence, difference, norm, result);
      }
    };
    compare("masks of heads", "W_Q", specimen_.config.head_width(), derivative[i].heads,
            shared.mask_derivative[i].heads);
    compare("masks of units", "b_1", 1, derivative[i].units, shared.mask_derivative[i].units);
  }

  static void add(double is, double expected, RangeEvidence& evidence, double& difference, double& norm) {
    ++evidence.entries;
    if (expected == 0) {
      ++evidence.zeros;
      evidence.not_zero += is != 0;
      return;
    }
    difference += (is - expected) * (is - expected);
    norm += expected * expected;
  }

  static void finish(RangeEvidence& evidence, double difference, double norm, GradientCase& result) {
    if (evidence.entries == 0) return;
    evidence.error = norm == 0 ? 0 : std::sqrt(difference / norm);
    result.ranges.push_back(evidence);
  }

  GradientQuestion question_;
  Differences& differences_;
  const Specimen& specimen_ = differences_.specimen();
  const Layout& layout_ = differences_.layout();
  Flat<double>& parameters_ = differences_.parameters();
  GradientReport report_;
};

}  // namespace

bool GradientCase::right() const {
  return same_bits && loss_error <= loss_tolerance &&
         std::all_of(ranges.begin(), ranges.end(), [](const RangeEvidence& r) { return r.right(); });
}

bool GradientReport::right() const {
  return std::all_of(cases.begin(), cases.end(), [](const GradientCase& c) { return c.right(); });
}

GradientReport verify_gradients(const GradientQuestion& question, Differences& differences) {
  if (!question.strategy.empty()) strategy_named(question.strategy);
  return GradientCheck(question, differences)();
}

}  // namespace sgtm
