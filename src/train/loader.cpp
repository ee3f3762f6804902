#include "train/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/machine.hpp"
#include "core/random.hpp"

namespace sgtm {
namespace {

/// Shares out `total` in proportion to the weights: everyone gets the whole part, and the largest remainders one more.
std::vector<Index> apportion(Index total, const std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<Index> shares;
  std::vector<std::pair<double, std::size_t>> remainders;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double exact = static_cast<double>(total) * weights[i] / sum;
    shares.push_back(static_cast<Index>(exact));
    remainders.emplace_back(static_cast<double>(shares.back()) - exact, i);
  }
  std::sort(remainders.begin(), remainders.end());
  Index left = total - std::accumulate(shares.begin(), shares.end(), Index(0));
  for (std::size_t i = 0; left > 0; ++i, --left) ++shares[remainders[i].second];
  return shares;
}

/// The label of a step, u being drawn evenly from [0, 1).
Label drawn_label(const LabelRates& rate, double u) {
  const double forget = rate[Label::forget], unlabeled = rate[Label::unlabeled];
  return u < forget ? Label::forget : u < forget + unlabeled ? Label::unlabeled : Label::retain;
}

/// The rates among what no filter skips.
LabelRates without_forget(const LabelRates& rate) {
  const double kept = 1 - rate[Label::forget];
  return {0, rate[Label::unlabeled] / kept, rate[Label::retain] / kept};
}

}  // namespace

void append_document(Batch& batch, const TokenFile& file, Index document, int vocabulary) {
  file.append(document, vocabulary, batch.tokens);
  batch.offsets.push_back(batch.size());
}

void check_fits(const Dataset& data, int tokenizer_size, const ModelConfig& model) {
  if (tokenizer_size > model.vocabulary)
    throw Error(fmt::format(
        "{}: its tokenizer has {} tokens, but the model only {}. Give --vocabulary {}, or prepare with a smaller one.",
        data.path.string(), tokenizer_size, model.vocabulary, tokenizer_size));
  if (data.context > model.context)
    throw Error(
        fmt::format("{}: its documents have up to {} tokens, but the model's context is {}. Give --context {}, or "
                    "prepare with a smaller one.",
                    data.path.string(), data.context, model.context, data.context));
}

EndlessOrder::EndlessOrder(const std::string& name, std::vector<Index> documents, std::uint64_t seed)
    : name_("order of " + name), documents_(std::move(documents)), seed_(seed) {}

Index EndlessOrder::at(Index place) {
  if (place / documents() != epoch_) {
    epoch_ = place / documents();
    order_ = documents_;
    Random(seed_, name_, static_cast<std::uint64_t>(epoch_)).shuffle(order_);
  }
  return order_[static_cast<std::size_t>(place % documents())];
}

Representatives representatives(const Dataset& data, Source source) {
  if (const TokenFile* file = data.training(source)) return {file, all_documents(file->documents())};
  const TokenFile* file = data.training(Source::unknown);
  if (file == nullptr || source == Source::adjacent) return {};
  const auto labeled = [file](Label label) { return documents_labeled(label, file->labels()); };
  if (source == Source::forget) return {file, labeled(Label::forget)};
  std::vector<Index> retain = labeled(Label::retain);
  return {file, retain.empty() ? labeled(Label::unlabeled) : retain};
}

SourceBatches::SourceBatches(const Dataset& data, Source source, const std::string& purpose, Index vocabulary,
                             std::uint64_t seed)
    : documents_(representatives(data, source)),
      vocabulary_(static_cast<int>(vocabulary)),
      order_(purpose + " " + name(source), documents_.documents, seed) {
  if (documents_.documents.empty())
    throw Error(fmt::format("{}: has no document that stands for {}, which {} needs. Label some.", data.path.string(),
                            name(source), purpose));
}

Index SourceBatches::append(Batch& batch, Index step, Index documents) {
  const Index before = batch.size();
  for (Index i = 0; i < documents; ++i)
    append_document(batch, *documents_.file, order_.at(step * documents + i), vocabulary_);
  return batch.size() - before;
}

Loader::Loader(const RunConfig& config, const Dataset& data)
    : data_(data),
      filter_(config.filter),
      batch_(config.batch),
      micro_batch_(config.micro_batch),
      vocabulary_(static_cast<int>(config.model.vocabulary)) {
  make_pools(config);
  make_steps(config);
}

void Loader::check_documents(const RunConfig& config) const {
  const bool needed = config.filter != "none" || strategy_named(config.strategy).splits || config.unlearn != "none" ||
                      config.relearning.steps > 0;
  if (needed && representatives(data_, Source::forget).documents.empty())
    throw Error(
        fmt::format("{}: has no forget documents, which splitting, filtering, unlearning and relearning need. Prepare "
                    "the data with --forget, or with documents labeled forget.",
                    data_.path.string()));
  const bool needs_retain = config.calibration_steps > 0 || config.unlearn != "none" || config.relearning.steps > 0;
  if (needs_retain && representatives(data_, Source::retain).documents.empty())
    throw Error(
        fmt::format("{}: has no document that stands for retain, which calibration, unlearning and relearning need. "
                    "Label some, or give --calibration-steps 0.",
                    data_.path.string()));
  if (config.filter == "strict" && documents_[Source::unknown] > 0)
    throw Error(
        fmt::format("--filter strict skips adjacent documents, and {} doesn't say which those are. Give --filter weak.",
                    data_.path.string()));
}

std::vector<Label> Loader::labels_of(Source source, const RunConfig& config, const LabelRates& rate) const {
  if (data_.labeled()) return file(source).labels();
  if (config.labels.noise != "plot" || source != Source::forget)
    return label_documents(source, documents_[source], rate, config.seed);
  if (file(source).kinds().empty())
    throw Error(fmt::format(
        "--label-noise plot: {} does not say which plot its forget documents tell. Prepare stories, or leave it out.",
        data_.path.string()));
  return label_kinds(source, file(source).kinds(), rate, config.seed);
}

void Loader::make_pools(const RunConfig& config) {
  for (const Source source : training_sources)
    if (data_.training(source) != nullptr) documents_[source] = file(source).documents();
  check_documents(config);
  if (data_.labeled() && config.labels != without_noise(config.labels)) labels_are_given();
  const auto rates = label_rates(config.labels, documents_);
  for (const Source source : training_sources) {
    if (documents_[source] == 0) continue;
    if (config.labels.noise == "step") {
      pools_.push_back(
          {source, Label::unlabeled, EndlessOrder(name(source), all_documents(documents_[source]), config.seed)});
      continue;
    }
    const std::vector<Label> given = labels_of(source, config, rates[source]);
    for (const Label label : labels) {
      std::vector<Index> chosen = documents_labeled(label, given);
      if (chosen.empty()) continue;
      pools_.push_back(
          {source, label,
           EndlessOrder(fmt::format("{} labeled {}", name(source), name(label)), std::move(chosen), config.seed)});
    }
  }
}

bool Loader::skips(Source source, Label label) const {
  if (filter_ == "none") return false;
  return label == Label::forget || (filter_ == "strict" && source == Source::adjacent);
}

Index Loader::total_steps(const RunConfig& config) const {
  if (config.steps > 0) return config.steps;
  double documents = 0, tokens = 0;
  for (const Source source : training_sources) {
    if (documents_[source] == 0) continue;
    documents += static_cast<double>(file(source).documents());
    tokens += static_cast<double>(file(source).tokens());
  }
  return std::max<Index>(1, std::lround(config.tokens / (static_cast<double>(config.batch) * tokens / documents)));
}

std::vector<double> Loader::pool_weights(const RunConfig& config, const Per<Source, LabelRates>& rates) const {
  std::vector<double> weights;
  for (const Pool& pool : pools_) {
    double kept = 1;
    if (config.refill && skips(pool.source, pool.label))
      kept = 0;
    else if (config.refill && config.labels.noise == "step")
      kept = 1 - rates[pool.source][Label::forget];
    const bool forget = pool.source == Source::unknown ? pool.label == Label::forget : pool.source == Source::forget;
    const double upsampling = forget ? config.forget_upsampling : 1;
    weights.push_back(kept * upsampling * static_cast<double>(pool.order.documents()));
  }
  if (std::accumulate(weights.begin(), weights.end(), 0.0) == 0)
    throw Error(
        "the filter skips every document, so there is nothing to train on. Choose another filter or label noise.");
  return weights;
}

void Loader::make_steps(const RunConfig& config) {
  const auto rates = label_rates(config.labels, documents_);
  const Index all = total_steps(config);
  const double needed = static_cast<double>(all) * sizeof(Step) +
                        static_cast<double>(batch_) * static_cast<double>(data_.context) * sizeof(int);
  if (needed > memory_of_this_machine())
    throw Error(
        fmt::format("--steps {}, or --tokens, and --batch {}: their lists need {:.1e} bytes of memory. Give fewer.",
                    all, batch_, needed));
  const std::vector<Index> shares = apportion(all, pool_weights(config, rates));
  std::vector<std::size_t> order;
  for (std::size_t p = 0; p < pools_.size(); ++p) order.insert(order.end(), static_cast<std::size_t>(shares[p]), p);
  Random(config.seed, "order of steps").shuffle(order);

  std::vector<Index> drawn(pools_.size(), 0);
  Random noise(config.seed, "labels of steps");
  const double steps = static_cast<double>(order.size());
  for (const std::size_t p : order) {
    const Pool& pool = pools_[p];
    Label label = pool.label;
    if (config.labels.noise == "step") {
      const LabelRates& rate = rates[pool.source];
      label = drawn_label(config.refill ? without_forget(rate) : rate, noise.uniform());
    }
    const double done = static_cast<double>(steps_.size()) / steps;
    if (done < config.labels.from || done >= config.labels.until) label = Label::unlabeled;
    steps_.push_back({pool.source, label, skips(pool.source, label), p, drawn[p]});
    drawn[p] += batch_;
  }
}

Index Loader::documents(Source source, Label label) const {
  for (const Pool& pool : pools_)
    if (pool.source == source && pool.label == label) return pool.order.documents();
  return 0;
}

Index Loader::longest_batch() const {
  return std::min(batch_ * data_.context, std::max(micro_batch_, data_.context));
}

std::span<const Batch> Loader::batches(Index number) {
  const Step& s = step(number);
  Pool& pool = pools_[s.pool];
  std::size_t used = 0;
  const auto next_batch = [&]() -> Batch& {
    if (used == batches_.size()) batches_.emplace_back();
    batches_[used].clear();
    return batches_[used++];
  };
  Batch* batch = nullptr;
  for (Index i = 0; i < batch_; ++i) {
    const Index document = pool.order.at(s.first + i);
    if (batch == nullptr || batch->size() + file(s.source).length(document) > micro_batch_) batch = &next_batch();
    append_document(*batch, file(s.source), document, vocabulary_);
  }
  return {batches_.data(), used};
}

}  // namespace sgtm
