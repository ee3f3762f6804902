#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "sgtm/partition.hpp"
#include "tests/support/differences.hpp"
#include "tests/support/small_network.hpp"
#include "train/relearning.hpp"
#include "train/rmu.hpp"

using namespace sgtm;

namespace {

/// A network in double that keeps its hidden states, and a batch for it.
struct PreciseNetwork {
  const ModelConfig config = small_config();
  const Layout layout{config};
  Network<double> network{config, layout};
  const Batch batch = small_batch();
  Flat<double> parameters = small_parameters<double>(config, layout);
  PreciseNetwork() { network.keep_hidden(true); }
};

/// The slope of a loss by one of the parameters that it depends on.
template <class Loss>
double slope_at(double& parameter, const Loss& loss) {
  Matrix<double> x = Matrix<double>::Constant(1, 1, parameter);
  return central_differences(x, [&] {
    const double before = std::exchange(parameter, x(0, 0));
    const double value = loss();
    parameter = before;
    return value;
  })(0, 0);
}

}  // namespace

TEST_CASE("backward_from: the gradient of a loss on the stream after any block, against central differences") {
  PreciseNetwork m;
  const Matrix<double> weights = some_numbers(m.batch.size(), m.config.width, 0.3);
  for (Index last = 0; last < m.config.blocks; ++last) {
    const auto loss = [&] {
      m.network.forward(m.parameters, m.batch, m.network.open_gates().forward);
      return m.network.stream_after(last).cwiseProduct(weights).sum();
    };
    loss();
    Flat<double> gradient = Flat<double>::Zero(m.layout.size);
    m.network.backward_from(m.parameters, m.batch, last, weights, m.network.all_gradients(), gradient);
    for (const Tensor* t : m.layout.tensors())
      for (const Index i : {t->offset, t->offset + t->size() / 2}) {
        CAPTURE(t->name);
        CHECK(gradient[i] == doctest::Approx(slope_at(m.parameters[i], loss)).epsilon(1e-7));
      }
  }
}

TEST_CASE("rmu: the gradient of its loss, against central differences; none outside of its MLPs") {
  PreciseNetwork m;
  const Matrix<double> target = some_numbers(m.batch.size(), m.config.width, 0.3);
  Flat<double> gradient = Flat<double>::Zero(m.layout.size), unused = gradient;
  const double value = pull_towards(m.network, m.parameters, m.batch, target, 100, gradient);
  const Matrix<double> error = m.network.stream_after(rmu_block(m.config.blocks)) - target;
  CHECK(value == doctest::Approx(100 * error.array().square().mean()).epsilon(1e-12));
  for (const Tensor* t : m.layout.tensors()) {
    CAPTURE(t->name);
    const std::string kind = t->name.substr(t->name.rfind(' ') + 1);
    const bool trained = kind == "W_1" || kind == "b_1" || kind == "W_2" || kind == "b_2";
    if (!trained) {
      CHECK((gradient.segment(t->offset, t->size()) == 0).all());
      continue;
    }
    for (const Index i : {t->offset, t->offset + t->size() / 2}) {
      const auto loss = [&] { return pull_towards(m.network, m.parameters, m.batch, target, 100, unused); };
      CHECK(gradient[i] == doctest::Approx(slope_at(m.parameters[i], loss)).epsilon(1e-6));
    }
  }
}

TEST_CASE("rmu: moves forget hidden states to its vector, keeps retain ones, and touches three MLPs at most") {
  SmallNetwork m;
  const Flat<float> before = m.parameters;
  const Dataset& data = small_data().data;
  RmuConfig config;
  config.steps = 30;
  config.rate = 3e-3;
  const auto stream_of = [&](const char* source) {
    Batch batch;
    data.parts.at(source).held_out->append(0, 400, batch.tokens);
    batch.offsets.push_back(batch.size());
    m.network.keep_hidden(true);
    m.network.forward(m.parameters, batch, m.network.open_gates().forward);
    return m.network.stream_after(rmu_block(m.config.blocks));
  };
  const Matrix<float> forget = stream_of("forget"), retain = stream_of("retain");
  unlearn(m.network, m.layout, m.parameters, data, config, 1);
  const auto moved = [&](const char* source, const Matrix<float>& was) {
    return (stream_of(source) - was).rowwise().norm().mean();
  };
  CHECK(moved("forget", forget) > 1.3f * moved("retain", retain));
  std::set<std::string> changed;
  for (const Tensor* t : m.layout.tensors())
    if ((before.segment(t->offset, t->size()) != m.parameters.segment(t->offset, t->size())).any())
      changed.insert(t->name);
  CHECK(rmu_block(m.config.blocks) == 1);
  CHECK(changed == std::set<std::string>{"block 0 W_1", "block 0 b_1", "block 0 W_2", "block 0 b_2", "block 1 W_1",
                                         "block 1 b_1", "block 1 W_2", "block 1 b_2"});
  CHECK(rmu_block(12) == 7);
}

TEST_CASE("relearning: begins with the loss as it was, goes down, and is a function of the seed") {
  const Dataset& data = small_data().data;
  RelearningConfig config;
  config.steps = 20;
  config.documents = 2;
  config.rate = 5e-3;
  const auto curve = [&](std::uint64_t seed) {
    SmallNetwork m;
    Batch batch;
    data.parts.at("forget").held_out->append(0, 400, batch.tokens);
    batch.offsets.push_back(batch.size());
    struct Point {
      Index step;
      double tokens, loss;
    };
    std::vector<Point> points;
    relearn(m.network, m.layout, m.parameters, data, config, seed, [&](Index step, double tokens) {
      points.push_back({step, tokens, m.network.mean_loss(m.parameters, batch)});
    });
    return points;
  };
  const auto first = curve(1), again = curve(1), other = curve(2);
  REQUIRE(first.size() == 21);
  CHECK(first.front().step == 0);
  CHECK(first.front().loss == other.front().loss);
  CHECK(first.back().loss < first.front().loss - 0.1);
  CHECK(first.back().tokens > 20 * 2 * 10);
  CHECK(first.back().loss == again.back().loss);
  CHECK(first.back().loss != other.back().loss);
}
