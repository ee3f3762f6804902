#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sgtm/strategy.hpp"
#include "text/source.hpp"

namespace sgtm {

/// What a classifier of documents gets wrong (Shilov et al. 2025, App. D). Its mistakes on forget documents are given
/// by `undiscovered`, the share that it misses (1 - recall = 1 - true positive rate); its mistakes on other documents
/// by its precision, or by its false positive rate.
struct LabelConfig {
  double undiscovered = 0;
  double precision = 1;
  std::optional<double> false_positive_rate = {};
  /// Of the discovered forget documents, the share that is labeled retain by mistake.
  double forget_as_retain = 0;
  /// Of the documents that are neither forget nor taken for it, the share that is labeled retain; the others stay
  /// unlabeled.
  double retain_labeled = 0.25;
  /// "document": the classifier judges each document once. "plot": once too, and it misses whole kinds of documents.
  /// "step": a new label for every step, as in the authors' code.
  std::string noise = "document";
  /// The share of training in which labels are given; before and after it everything is unlabeled.
  double from = 0, until = 1;
  /// "paper": false positives come from all documents that are not forget (App. D). "code": from adjacent documents
  /// only, and false_positive_rate is a share of the true positives, as in the authors' code.
  std::string false_positives = "paper";

  bool operator==(const LabelConfig&) const = default;
};

/// Throws Error: labels that somebody gave leave nothing to draw.
[[noreturn]] void labels_are_given();
/// The same share of training with labels, and none of them drawn.
LabelConfig without_noise(const LabelConfig& config);

/// Documents 0 ... count - 1.
std::vector<Index> all_documents(Index count);
/// The documents that carry a label.
std::vector<Index> documents_labeled(Label label, const std::vector<Label>& given);

using SourceCounts = Per<Source, Index>;  // numbers of documents
using LabelRates = Per<Label, double>;    // probabilities

/// P(label | source). From precision p and recall r, false positives have the probability r F (1/p - 1) / R, F and R
/// the numbers of forget and of other documents. Throws Error for what is not a probability.
Per<Source, LabelRates> label_rates(const LabelConfig& config, const SourceCounts& documents);

/// A label for each of a source's documents: exact quotas of the rates, shuffled by the seed. Throws Error where a
/// label that is asked for would get fewer than 10 documents.
std::vector<Label> label_documents(Source source, Index documents, const LabelRates& rates, std::uint64_t seed);

/// How the classifier misses whole kinds of forget documents: the quota of undiscovered ones is filled kind by kind, in
/// an order drawn by the seed, so that only the last one is missed in part. What it finds gets the other labels at
/// random. `kinds`: each document's, from 0.
std::vector<Label> label_kinds(Source source, const std::vector<int>& kinds, const LabelRates& rates,
                               std::uint64_t seed);

}  // namespace sgtm
