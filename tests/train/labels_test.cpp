#include "train/labels.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.hpp"

using namespace sgtm;

namespace {

double rate(const Per<Source, LabelRates>& rates, Source source, Label label) {
  return rates[source][label];
}

const SourceCounts of_sources{8000, 1000, 2000};  // retain, adjacent, forget

}  // namespace

TEST_CASE("labels: probabilities are those that recall, precision and the other settings say") {
  LabelConfig c;
  c.undiscovered = 0.2;
  c.forget_as_retain = 0.1;
  c.retain_labeled = 0.25;
  c.precision = 0.8;
  const auto rates = label_rates(c, of_sources);
  CHECK(rate(rates, Source::forget, Label::unlabeled) == doctest::Approx(0.2));
  CHECK(rate(rates, Source::forget, Label::retain) == doctest::Approx(0.08));
  CHECK(rate(rates, Source::forget, Label::forget) == doctest::Approx(0.72));
  const double mistaken = 0.8 * 2000 * (1 / 0.8 - 1) / 9000;  // r F (1/p - 1) / R
  for (const Source source : {Source::retain, Source::adjacent}) {
    CHECK(rate(rates, source, Label::forget) == doctest::Approx(mistaken));
    CHECK(rate(rates, source, Label::retain) == doctest::Approx((1 - mistaken) * 0.25));
    CHECK(rate(rates, source, Label::unlabeled) == doctest::Approx((1 - mistaken) * 0.75));
  }
  // The precision that these rates make is the one that was asked for.
  const double true_positives = 0.8 * 2000, false_positives = mistaken * 9000;
  CHECK(true_positives / (true_positives + false_positives) == doctest::Approx(0.8));
}

TEST_CASE("labels: the code's false positives come from adjacent documents only") {
  LabelConfig c;
  c.false_positives = "code";
  c.false_positive_rate = 0.05;
  c.undiscovered = 0.5;
  const auto rates = label_rates(c, of_sources);
  CHECK(rate(rates, Source::retain, Label::forget) == 0);
  CHECK(rate(rates, Source::adjacent, Label::forget) == doctest::Approx(0.05 * 0.5 * 2000 / 1000));
  c.false_positives = "paper";
  CHECK(rate(label_rates(c, of_sources), Source::retain, Label::forget) == doctest::Approx(0.05));
}

TEST_CASE("labels: documents get exact quotas, a function of the seed") {
  const LabelRates rates{0.72, 0.2, 0.08};
  const auto given = label_documents(Source::forget, 1003, rates, 5);
  const auto count = [&](Label label) { return std::count(given.begin(), given.end(), label); };
  CHECK(count(Label::forget) == 722);
  CHECK(count(Label::retain) == 80);
  CHECK(count(Label::unlabeled) == 201);
  CHECK(label_documents(Source::forget, 1003, rates, 5) == given);
  CHECK(label_documents(Source::forget, 1003, rates, 6) != given);
  // Two quotas that round up are one document too many: the last one gives way.
  const auto halves = label_documents(Source::retain, 21, {0.5, 0, 0.5}, 5);
  CHECK(halves.size() == 21);
  CHECK(std::count(halves.begin(), halves.end(), Label::forget) == 11);
  // Shuffled: the first half has about its share.
  CHECK(std::abs(std::count(given.begin(), given.begin() + 500, Label::forget) - 360) < 50);
}

TEST_CASE("labels: rates that are no probabilities, or make too few documents, are refused") {
  const auto refused = [](const char* why, auto change) {
    LabelConfig c;
    change(c);
    CHECK_THROWS_WITH_AS(label_rates(c, of_sources), doctest::Contains(why), Error);
  };
  refused("--undiscovered 1.5", [](LabelConfig& c) { c.undiscovered = 1.5; });
  refused("--undiscovered nan", [](LabelConfig& c) { c.undiscovered = std::nan(""); });
  refused("--retain-labeled -0.1", [](LabelConfig& c) { c.retain_labeled = -0.1; });
  refused("--precision 0: a classifier that is never right", [](LabelConfig& c) { c.precision = 0; });
  refused("--fpr and --precision", [](LabelConfig& c) { c.precision = 0.9, c.false_positive_rate = 0.1; });
  refused("false positives among", [](LabelConfig& c) { c.precision = 0.01; });
  refused("--label-noise sometimes", [](LabelConfig& c) { c.noise = "sometimes"; });
  refused("--false-positives x", [](LabelConfig& c) { c.false_positives = "x"; });
  CHECK_THROWS_WITH_AS(label_documents(Source::forget, 100, {0.95, 0.05, 0}, 1),
                       doctest::Contains("5 of 100 forget documents would be labeled unlabeled"), Error);
  CHECK(label_documents(Source::forget, 100, {1, 0, 0}, 1).size() == 100);
}

TEST_CASE("labels: whole kinds are missed, in an order of the seed, the last one only as far as the quota goes") {
  std::vector<int> kinds;
  for (int d = 0; d < 1000; ++d) kinds.push_back(d % 5);
  const LabelRates rates{0.6, 0.3, 0.1};
  const auto given = label_kinds(Source::forget, kinds, rates, 1);
  std::array<int, 5> missed{};
  for (std::size_t d = 0; d < kinds.size(); ++d)
    missed[static_cast<std::size_t>(kinds[d])] += given[d] == Label::unlabeled;
  std::sort(missed.begin(), missed.end());
  CHECK(missed == std::array<int, 5>{0, 0, 0, 100, 200});
  CHECK(std::count(given.begin(), given.end(), Label::forget) == 600);
  CHECK(std::count(given.begin(), given.end(), Label::retain) == 100);
  CHECK(label_kinds(Source::forget, kinds, rates, 1) == given);
  CHECK(label_kinds(Source::forget, kinds, rates, 2) != given);
}
