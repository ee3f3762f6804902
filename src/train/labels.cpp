#include "train/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/random.hpp"

namespace sgtm {
namespace {

void check_probability(const char* option, double value) {
  if (!(value >= 0 && value <= 1)) throw Error(fmt::format("{} {}: must lie between 0 and 1.", option, value));
}

double false_positives(const LabelConfig& c, double forget, double adjacent, double retain) {
  const double recall = 1 - c.undiscovered;
  const bool as_code = c.false_positives == "code";
  const double from = as_code ? adjacent : adjacent + retain;
  if (c.false_positive_rate && !as_code) return *c.false_positive_rate;
  const double wanted =
      c.false_positive_rate ? *c.false_positive_rate * recall * forget : recall * forget * (1 / c.precision - 1);
  if (wanted == 0) return 0;
  if (wanted > from)
    throw Error(
        fmt::format("these rates ask for {:.0f} false positives among {:.0f} documents that could be. Raise "
                    "--precision or lower --fpr.",
                    wanted, from));
  return wanted / from;
}

/// How many documents get each label. Throws Error for too few.
Per<Label, Index> label_quotas(Source source, Index documents, const LabelRates& rates) {
  const auto quota = [&](Label label) {
    return static_cast<Index>(std::llround(rates[label] * static_cast<double>(documents)));
  };
  const Index as_forget = quota(Label::forget), as_retain = std::min(quota(Label::retain), documents - as_forget);
  const Per<Label, Index> counts{as_forget, documents - as_forget - as_retain, as_retain};
  for (const Label label : labels) {
    const Index count = counts[label];
    const double rate = rates[label];
    if (rate > 1e-12 && count < 10)
      throw Error(fmt::format(
          "{} of {} {} documents would be labeled {} (a share of {:.4g}): too few to be more than noise. Use at "
          "least 10, with more documents or another rate.",
          count, documents, name(source), name(label), rate));
  }
  return counts;
}

}  // namespace

void labels_are_given() {
  throw Error(
      "the data set carries labels, so none are drawn. Leave out --undiscovered, --recall, --tpr, --precision, --fpr, "
      "--forget-as-retain, --retain-labeled, --label-noise and --false-positives.");
}

LabelConfig without_noise(const LabelConfig& config) {
  return {.from = config.from, .until = config.until};
}

std::vector<Index> all_documents(Index count) {
  std::vector<Index> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), Index(0));
  return all;
}

std::vector<Index> documents_labeled(Label label, const std::vector<Label>& given) {
  std::vector<Index> documents;
  for (std::size_t d = 0; d < given.size(); ++d)
    if (given[d] == label) documents.push_back(static_cast<Index>(d));
  return documents;
}

Per<Source, LabelRates> label_rates(const LabelConfig& c, const SourceCounts& documents) {
  check_probability("--undiscovered", c.undiscovered);
  check_probability("--precision", c.precision);
  if (c.precision == 0)
    throw Error("--precision 0: a classifier that is never right finds no forget document. Give a precision above 0.");
  if (c.false_positive_rate) check_probability("--fpr", *c.false_positive_rate);
  if (c.false_positive_rate && c.precision != 1)
    throw Error("--fpr and --precision both say how often other documents are taken for forget. Give one of them.");
  if (c.noise != "document" && c.noise != "plot" && c.noise != "step")
    throw Error(fmt::format("--label-noise {}: must be document, plot or step.", c.noise));
  if (!(0 <= c.from && c.from < c.until && c.until <= 1))
    throw Error(
        fmt::format("--labels-from {} --labels-until {}: must be shares of training, the first below the second.",
                    c.from, c.until));
  if (c.false_positives != "paper" && c.false_positives != "code")
    throw Error(fmt::format("--false-positives {}: must be paper or code.", c.false_positives));
  check_probability("--forget-as-retain", c.forget_as_retain);
  check_probability("--retain-labeled", c.retain_labeled);

  const auto count = [&](Source source) { return static_cast<double>(documents[source]); };
  const double mistaken = false_positives(c, count(Source::forget), count(Source::adjacent), count(Source::retain));
  // Labels in the order forget, unlabeled, retain; sources in the order retain, adjacent, forget.
  const auto others = [&](double as_forget) {
    return LabelRates{as_forget, (1 - as_forget) * (1 - c.retain_labeled), (1 - as_forget) * c.retain_labeled};
  };
  const double found = 1 - c.undiscovered;
  return {others(c.false_positives == "code" ? 0 : mistaken), others(mistaken),
          LabelRates{found * (1 - c.forget_as_retain), c.undiscovered, found * c.forget_as_retain}};
}

std::vector<Label> label_documents(Source source, Index documents, const LabelRates& rates, std::uint64_t seed) {
  const auto counts = label_quotas(source, documents, rates);
  std::vector<Label> result;
  for (const Label label : labels) result.insert(result.end(), static_cast<std::size_t>(counts[label]), label);
  Random(seed, fmt::format("labels of {} documents", name(source))).shuffle(result);
  return result;
}

std::vector<Label> label_kinds(Source source, const std::vector<int>& kinds, const LabelRates& rates,
                               std::uint64_t seed) {
  const auto counts = label_quotas(source, static_cast<Index>(kinds.size()), rates);
  std::vector<int> order(static_cast<std::size_t>(*std::max_element(kinds.begin(), kinds.end()) + 1));
  std::iota(order.begin(), order.end(), 0);
  Random(seed, "order of kinds").shuffle(order);
  std::vector<std::size_t> documents;  // kind by kind
  for (const int kind : order)
    for (std::size_t d = 0; d < kinds.size(); ++d)
      if (kinds[d] == kind) documents.push_back(d);
  const auto missed = static_cast<std::size_t>(counts[Label::unlabeled]);
  std::vector<Label> found(static_cast<std::size_t>(counts[Label::forget]), Label::forget);
  found.resize(kinds.size() - missed, Label::retain);
  Random(seed, fmt::format("labels of {} documents", name(source))).shuffle(found);
  std::vector<Label> result(kinds.size(), Label::unlabeled);
  for (std::size_t i = missed; i < documents.size(); ++i) result[documents[i]] = found[i - missed];
  return result;
}

}  // namespace sgtm
