#include "verify/gradients.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/error.hpp"
#include "verify/invariants.hpp"

using namespace sgtm;

namespace {

Differences& shared_differences() {
  static Differences differences;
  return differences;
}

GradientReport verify(const std::string& strategy, const GradientFault* fault = nullptr) {
  return verify_gradients({strategy, {labels.begin(), labels.end()}, {}, fault}, shared_differences());
}

}  // namespace

TEST_CASE("verify gradients: sgtm on a batch labeled forget, and a fault in it") {
  const auto verify_forget = [](const GradientFault* fault) {
    return verify_gradients({"sgtm", {Label::forget}, {}, fault}, shared_differences());
  };
  const GradientReport report = verify_forget(nullptr);
  CHECK(report.right());
  const ModelConfig& config = shared_differences().specimen().config;
  const Index masks = config.blocks * (config.heads + config.mlp_width);
  CHECK(report.losses > 0);
  CHECK(report.forward_passes == 4 * report.losses * (report.parameters + masks));
  CHECK_FALSE(verify_forget(&named(gradient_faults, "mask-transposed", "--fault")).right());
}

TEST_CASE("verify gradients: a block alone shows its own tensors; unknown things are refused") {
  const GradientReport report = verify_gradients({"sgtm", {Label::forget}, {1}, nullptr}, shared_differences());
  for (const GradientCase& c : report.cases)
    for (const RangeEvidence& r : c.ranges) CHECK(r.tensor.starts_with("block 1 "));
  CHECK_THROWS_WITH_AS(verify_gradients({"sgtm", {Label::forget}, {4}, nullptr}, shared_differences()),
                       doctest::Contains("--block 4: the model that is checked has blocks 0 to 3"), Error);
  CHECK_THROWS_WITH_AS(verify("sgmt"), doctest::Contains("there are none, sgtm"), Error);
  CHECK_THROWS_WITH_AS(named(gradient_faults, "typo", "--fault"), doctest::Contains("there are w_o-unmasked"), Error);
}

TEST_CASE("reference model: its loss is the network's, with scaled scores too") {
  const Differences& d = shared_differences();
  const Specimen& s = d.specimen();
  for (const bool scaled : {false, true}) {
    ModelConfig config = s.config;
    config.scaled_scores = scaled;
    Flat<double> parameters = specimen_parameters(d.layout(), 2);
    Network<double> network(config, d.layout());
    network.forward(parameters, s.batch, network.keep_all().forward);
    const double loss = network.token_losses(parameters).sum() / static_cast<double>(predicted_tokens(s.batch));
    ReferenceModel reference(config, d.layout(), s.batch);
    const Treatment open = treatment_of(specification::fates("none", Label::unlabeled, config, s.split));
    CHECK(loss == doctest::Approx(reference.loss(parameters, open)).epsilon(1e-13));
  }
}

TEST_SUITE_BEGIN("slow");

TEST_CASE("verify gradients: every strategy, label and masking agrees with central differences, at every entry") {
  const GradientReport report = verify("");
  CHECK(report.cases.size() == static_cast<std::size_t>(3 + 1 + splitting_strategies() * 6));  // the one: any masks
  for (const GradientCase& c : report.cases) {
    CAPTURE(c.strategy);
    CAPTURE(name(c.label));
    CAPTURE(c.masking);
    CHECK(c.same_bits);
    CHECK(c.loss_error <= loss_tolerance);
    Index entries = 0, masks = 0;
    for (const RangeEvidence& r : c.ranges) {
      CAPTURE(r.tensor);
      CAPTURE(name(r.owner));
      CHECK(r.error <= gradient_tolerance);
      CHECK(r.not_zero == 0);
      (r.tensor.find("masks of") == std::string::npos ? entries : masks) += r.entries;
    }
    CHECK(entries == report.parameters);
    CHECK(masks == 4 * (4 + 14));
    // Masks of any size: hardly one in seven is 0, so most of W_1 and W_2 learns.
    if (c.masking == "masks of any size")
      for (const RangeEvidence& r : c.ranges)
        if (r.tensor.ends_with(" W_1") || r.tensor.ends_with(" W_2")) CHECK(5 * r.zeros < r.entries);
  }
}

TEST_CASE("verify gradients: every fault is caught") {
  CHECK(gradient_faults.size() >= 12);
  for (const GradientFault& fault : gradient_faults) {
    CAPTURE(fault.name);
    CHECK_FALSE(verify("", &fault).right());
  }
}

TEST_SUITE_END();
