#include "model/network.hpp"

#include <doctest/doctest.h>

#include "tests/support/small_model.hpp"

using namespace sgtm;

namespace {

template <class Real>
Flat<Real> gradient_of(const ModelConfig& config, const Batch& batch, double* loss = nullptr) {
  const Layout layout(config);
  Flat<Real> parameters = small_parameters<Real>(config, layout), gradient = Flat<Real>::Zero(layout.size);
  Network<Real> network(config, layout);
  network.forward(parameters, batch, network.keep_all().forward);
  const double l = network.backward(parameters, batch, network.keep_all(), network.all_gradients(),
                                    predicted_tokens(batch), gradient);
  if (loss != nullptr) *loss = l;
  return gradient;
}

}  // namespace

TEST_CASE("network: 1, 2, 3 and 8 threads give the same bits") {
  ModelConfig config = small_config();
  config.width = 48;  // several panels and edges
  config.mlp_width = 200;
  omp_set_num_threads(1);
  const Flat<float> one = gradient_of<float>(config, small_batch());
  for (const int threads : {2, 3, 8}) {
    omp_set_num_threads(threads);
    CHECK((gradient_of<float>(config, small_batch()) == one).all());
  }
}

TEST_CASE("network: float agrees with double as well as float can") {
  double single = 0, twice = 0;
  const Flat<float> f = gradient_of<float>(small_config(), small_batch(), &single);
  const Flat<double> d = gradient_of<double>(small_config(), small_batch(), &twice);
  CHECK(single == doctest::Approx(twice).epsilon(1e-6));
  CHECK((f.cast<double>() - d).matrix().norm() / d.matrix().norm() < 1e-5);
}

TEST_CASE("network: documents do not see each other; their order changes the loss by rounding only") {
  const ModelConfig config = small_config();
  const Batch batch = small_batch();
  Batch turned;
  for (Index d = batch.documents(); d-- > 0;) {
    const IndexRange span = batch.document(d);
    turned.tokens.insert(turned.tokens.end(), batch.tokens.begin() + span.begin, batch.tokens.begin() + span.end);
    turned.offsets.push_back(turned.size());
  }
  double loss = 0, turned_loss = 0;
  const Flat<double> gradient = gradient_of<double>(config, batch, &loss),
                     other = gradient_of<double>(config, turned, &turned_loss);
  CHECK(loss == doctest::Approx(turned_loss).epsilon(1e-13));
  CHECK((gradient - other).matrix().norm() / gradient.matrix().norm() < 1e-12);
}

TEST_CASE("network: micro-batches of a step add up to the whole step's gradient") {
  const ModelConfig config = small_config();
  const Batch batch = small_batch();
  const Layout layout(config);
  Flat<double> parameters = small_parameters<double>(config, layout), sum = Flat<double>::Zero(layout.size);
  Network<double> network(config, layout);
  double loss = 0, whole_loss = 0;
  for (Index d = 0; d < batch.documents(); ++d) {
    const IndexRange span = batch.document(d);
    Batch one;
    one.tokens.assign(batch.tokens.begin() + span.begin, batch.tokens.begin() + span.end);
    one.offsets.push_back(one.size());
    network.forward(parameters, one, network.keep_all().forward);
    loss +=
        network.backward(parameters, one, network.keep_all(), network.all_gradients(), predicted_tokens(batch), sum);
  }
  const Flat<double> whole = gradient_of<double>(config, batch, &whole_loss);
  CHECK(loss == doctest::Approx(whole_loss).epsilon(1e-13));
  CHECK((sum - whole).matrix().norm() / whole.matrix().norm() < 1e-12);
}

TEST_CASE("network: targets are the next tokens, but never an end token") {
  const Batch batch = small_batch();
  std::vector<int> targets;
  find_targets(batch, targets);
  Index predicted = 0;
  for (Index d = 0; d < batch.documents(); ++d)
    for (Index t = batch.document(d).begin; t < batch.document(d).end; ++t) {
      const bool has_target = t + 2 < batch.document(d).end;
      predicted += has_target;
      CHECK(targets[static_cast<std::size_t>(t)] ==
            (has_target ? batch.tokens[static_cast<std::size_t>(t + 1)] : no_target));
    }
  CHECK(predicted == predicted_tokens(batch));
}

TEST_CASE("network: the end of a batch that shrinks does not leak into the next") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  Flat<double> parameters = small_parameters<double>(config, layout);
  Network<double> network(config, layout);
  Batch small;
  small.tokens = {1, 2, 3, 39};
  small.offsets = {0, 4};
  const auto loss = [&](const Batch& batch) {
    network.forward(parameters, batch, network.keep_all().forward);
    return network.token_losses(parameters).sum();
  };
  const double before = loss(small);
  loss(small_batch());
  CHECK(loss(small) == before);
}
