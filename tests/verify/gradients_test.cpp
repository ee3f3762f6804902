#include "verify/gradients.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/error.hpp"

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

TEST_CASE("verify gradients: every strategy, label and masking agrees with central differences, at every entry") {
  const GradientReport report = verify("");
  CHECK(report.cases.size() == 3 + 7 * 5);
  for (const GradientCase& c : report.cases) {
    CAPTURE(c.strategy);
    CAPTURE(name(c.label));
    CAPTURE(c.masking);
    CHECK(c.same_bits);
    CHECK(c.loss_error <= loss_tolerance);
    Index entries = 0, gates = 0;
    for (const RegionEvidence& r : c.regions) {
      CAPTURE(r.tensor);
      CAPTURE(name(r.owner));
      CHECK(r.error <= gradient_tolerance);
      CHECK(r.not_zero == 0);
      (r.tensor.find("gates") == std::string::npos ? entries : gates) += r.entries;
    }
    CHECK(entries == report.parameters);
    CHECK(gates == 4 * (4 + 14));
  }
}

TEST_CASE("verify gradients: every fault is caught") {
  CHECK(gradient_faults().size() >= 12);
  for (const GradientFault& fault : gradient_faults()) {
    CAPTURE(fault.name);
    CHECK_FALSE(verify("", &fault).right());
  }
}

TEST_CASE("verify gradients: a block alone shows its own tensors; unknown things are refused") {
  const GradientReport report = verify_gradients({"sgtm", {Label::forget}, {1}, nullptr}, shared_differences());
  for (const GradientCase& c : report.cases)
    for (const RegionEvidence& r : c.regions) CHECK(r.tensor.starts_with("block 1 "));
  CHECK_THROWS_WITH_AS(verify_gradients({"sgtm", {Label::forget}, {4}, nullptr}, shared_differences()),
                       doctest::Contains("--block 4: the model that is checked has blocks 0 to 3"), Error);
  CHECK_THROWS_WITH_AS(verify("sgmt"), doctest::Contains("there are none, sgtm"), Error);
  CHECK_THROWS_WITH_AS(gradient_fault_named("typo"), doctest::Contains("there are w_o-unmasked"), Error);
}

TEST_CASE("verify gradients: gates of any size are differentiated, closed ones too") {
  Differences& d = shared_differences();
  const Specimen& s = d.specimen();
  ReferenceModel reference(s.config, d.layout(), s.batch);
  std::vector<specification::BlockFates> fates = specification::fates("none", Label::unlabeled, s.config, s.split);
  Treatment treatment = treatment_of(fates);
  Network<double> network(s.config, d.layout());
  Gates<double> gates = network.open_gates();
  const auto any = [](Index i) { return i % 5 == 0 ? 0.0 : std::sin(1.7 * static_cast<double>(i)); };
  for (std::size_t b = 0; b < treatment.size(); ++b) {
    for (Index h = 0; h < s.config.heads; ++h)
      gates.forward[b].heads.factor[h] = treatment[b].head_gates[static_cast<std::size_t>(h)] = any(h + 2);
    for (Index u = 0; u < s.config.mlp_width; ++u)
      gates.forward[b].units.factor[u] = treatment[b].unit_gates[static_cast<std::size_t>(u)] = any(u);
  }
  Flat<double> gradient = Flat<double>::Zero(d.layout().size);
  auto slopes = network.no_gate_slopes();
  network.forward(d.parameters(), s.batch, gates.forward);
  const double loss = network.backward(d.parameters(), s.batch, gates, network.all_gradients(),
                                       predicted_tokens(s.batch), gradient, &slopes);
  CHECK(loss == doctest::Approx(reference.loss(d.parameters(), treatment)).epsilon(1e-13));
  constexpr double h = 1e-4;
  for (std::size_t b = 0; b < treatment.size(); ++b)
    for (std::size_t u = 0; u < treatment[b].unit_gates.size(); ++u) {
      double& gate = treatment[b].unit_gates[u];
      const double center = gate;
      gate = center + h;
      const double up = reference.loss(d.parameters(), treatment);
      gate = center - h;
      const double down = reference.loss(d.parameters(), treatment);
      gate = center;
      CHECK(slopes[b].units[static_cast<Index>(u)] == doctest::Approx((up - down) / (2 * h)).epsilon(1e-6));
    }
}

TEST_CASE("reference model: its loss is the network's, with scaled scores too") {
  const Differences& d = shared_differences();
  const Specimen& s = d.specimen();
  for (const bool scaled : {false, true}) {
    ModelConfig config = s.config;
    config.scaled_scores = scaled;
    Flat<double> parameters = specimen_parameters(d.layout(), 2);
    Network<double> network(config, d.layout());
    network.forward(parameters, s.batch, network.open_gates().forward);
    const double loss = network.token_losses(parameters).sum() / static_cast<double>(predicted_tokens(s.batch));
    ReferenceModel reference(config, d.layout(), s.batch);
    const Treatment open = treatment_of(specification::fates("none", Label::unlabeled, config, s.split));
    CHECK(loss == doctest::Approx(reference.loss(parameters, open)).epsilon(1e-13));
  }
}
