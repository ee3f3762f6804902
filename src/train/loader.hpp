#pragma once

#include <span>

#include "nn/batch.hpp"
#include "text/dataset.hpp"
#include "train/run_config.hpp"

namespace sgtm {

/// Documents in an endless order: all of them, shuffled, then all of them shuffled anew, and so on. A pure function of
/// the seed and the name.
class EndlessOrder {
 public:
  EndlessOrder(const std::string& name, std::vector<Index> documents, std::uint64_t seed);
  /// The document at this place of the order.
  Index at(Index place);
  Index documents() const { return static_cast<Index>(documents_.size()); }

 private:
  std::string name_;
  std::vector<Index> documents_, order_;  // the order in this epoch
  std::uint64_t seed_;
  Index epoch_ = -1;
};

/// One optimizer step: the documents come from one source and carry one label.
struct Step {
  Source source;
  Label label;
  bool skipped;  // by the filter; the rate schedule goes on
  std::size_t pool;
  Index first;  // place in the pool's order with which the step begins
};

/// Which documents train at which step: a pure function of the configuration and the data, so that a resumed run needs
/// to know nothing but its step.
///
/// Documents of one source and label form a pool. The list of steps holds every pool in proportion to its size (times
/// the upsampling factor) and is shuffled; a step draws `batch` documents from its pool, which is shuffled anew for
/// every epoch. With label noise per step a pool is a whole source, and the label is drawn for the step. Where the data
/// set carries labels, those are the documents'; where nobody knows its sources, a pool is all documents of a label.
class Loader {
 public:
  Loader(const RunConfig& config, const Dataset& data);

  Index steps() const { return static_cast<Index>(steps_.size()); }
  const Step& step(Index number) const { return steps_[static_cast<std::size_t>(number)]; }
  /// How many documents of a source carry a label. Where labels are drawn per step, all count as unlabeled.
  Index documents(Source source, Label label) const;

  /// No micro-batch has more tokens.
  Index longest_batch() const;
  /// The documents of a step, cut into micro-batches of whole documents.
  std::span<const Batch> batches(Index number);

 private:
  struct Pool {
    Source source;
    Label label;
    EndlessOrder order;
  };
  void check_documents(const RunConfig& config) const;
  void make_pools(const RunConfig& config);
  std::vector<Label> labels_of(Source source, const RunConfig& config, const LabelRates& rate) const;
  /// As many as asked for, or as its tokens need.
  Index total_steps(const RunConfig& config) const;
  /// How much of training each pool is: its documents, upsampled, and with `refill` only what the filter keeps.
  std::vector<double> pool_weights(const RunConfig& config, const Per<Source, LabelRates>& rates) const;
  void make_steps(const RunConfig& config);
  bool skips(Source source, Label label) const;
  const TokenFile& file(Source source) const { return *data_.training(source); }

  const Dataset& data_;
  std::string filter_;
  Index batch_, micro_batch_;
  int vocabulary_;
  SourceCounts documents_{};
  std::vector<Pool> pools_;
  std::vector<Step> steps_;
  std::vector<Batch> batches_;
};

/// Lays a document behind those that the batch has.
void append_document(Batch& batch, const TokenFile& file, Index document, int vocabulary);

/// Training documents that stand for a source, for what follows training: calibration, unlearning, relearning. They are
/// the source's; where nobody knows the sources, those labeled so (as retain also the unlabeled ones, where no document
/// is labeled retain).
struct Representatives {
  const TokenFile* file = nullptr;
  std::vector<Index> documents;  // empty: there are none
};
Representatives representatives(const Dataset& data, Source source);

/// These documents in an order of their own. Throws Error where there are none.
class SourceBatches {
 public:
  SourceBatches(const Dataset& data, Source source, const std::string& purpose, Index vocabulary, std::uint64_t seed);
  /// Appends the documents of a step. Returns how many tokens they have.
  Index append(Batch& batch, Index step, Index documents);

 private:
  Representatives documents_;
  int vocabulary_;
  EndlessOrder order_;
};

/// Throws Error where the data set does not fit the model: too many tokens, too long documents.
void check_fits(const Dataset& data, int tokenizer_size, const ModelConfig& model);

}  // namespace sgtm
