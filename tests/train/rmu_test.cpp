#include "train/rmu.hpp"

#include <doctest/doctest.h>

#include <set>

#include "core/random.hpp"
#include "tests/support/small_network.hpp"
#include "train/adamw.hpp"
#include "train/loader.hpp"

using namespace sgtm;

TEST_CASE("rmu: steps by AdamW without decay on the loss of its header, adjacent documents kept like retain ones") {
  RmuConfig config;
  config.steps = 3, config.documents = 2, config.rate = 2e-3, config.strength = 5, config.retain = 30;
  for (const Dataset* data : {&adjacent_data().data, &small_data().data}) {
    SmallNetwork unlearned, expected;
    const Index last = rmu_block(expected.config.blocks);
    unlearn(unlearned.network, unlearned.layout, unlearned.parameters, *data, config, 9);

    std::vector<SourceBatches> kept_sources{{*data, Source::retain, "RMU", 400, 9}};
    if (data->parts.contains("adjacent")) kept_sources.push_back({*data, Source::adjacent, "RMU", 400, 9});
    SourceBatches forget(*data, Source::forget, "RMU", 400, 9);
    Random random(9, "RMU direction");
    Row<float> u(expected.config.width);
    for (float& value : u) value = static_cast<float>(random.uniform());
    Flat<float> original = expected.parameters;
    AdamW<float> optimizer({0.9, 0.999, 1e-8, 0}, expected.layout.size);
    expected.network.keep_hidden(true);
    double length = 0;
    for (Index step = 0; step < 3; ++step) {
      Batch forgotten, kept;
      forget.append(forgotten, step, 2);
      for (SourceBatches& source : kept_sources) source.append(kept, step, 2);
      expected.network.forward(original, kept, expected.network.open_gates().forward);
      const Matrix<float> was = expected.network.stream_after(last);
      if (step == 0) length = 5 * was.cast<double>().rowwise().norm().mean();
      const Row<float> target = u * static_cast<float>(length / u.cast<double>().norm());
      Flat<float> gradient = Flat<float>::Zero(expected.layout.size);
      pull_towards<float>(expected.network, expected.parameters, forgotten, target.replicate(forgotten.size(), 1), 1,
                          gradient);
      pull_towards<float>(expected.network, expected.parameters, kept, was, 30, gradient);
      optimizer.step(expected.parameters, gradient, {}, 2e-3);
    }
    const Flat<float> moved = expected.parameters - original;
    CHECK(moved.matrix().norm() > 0.01f);
    CHECK((unlearned.parameters - expected.parameters).matrix().norm() < 1e-3f * moved.matrix().norm());
  }
}

TEST_CASE("rmu: trains the block at seven twelfths of the model and the two before it") {
  for (const auto& [blocks, last] : {std::pair<Index, Index>{1, 0}, {2, 1}, {3, 2}, {4, 2}, {6, 4}, {8, 5}, {12, 7}})
    CHECK(rmu_block(blocks) == last);
  ModelConfig model = small_config();
  model.blocks = 6;
  const Layout layout(model);
  Network<float> network(model, layout);
  network.keep_hidden(true);
  Flat<float> parameters = small_parameters<float>(model, layout), gradient = Flat<float>::Zero(layout.size);
  const Batch batch = small_batch();
  pull_towards<float>(network, parameters, batch, Matrix<float>::Zero(batch.size(), model.width), 1, gradient);
  std::set<std::string> trained;
  for (const Tensor* t : layout.tensors())
    if ((gradient.segment(t->offset, t->size()) != 0).any()) trained.insert(t->name);
  std::set<std::string> expected;
  for (const char* block : {"block 2", "block 3", "block 4"})
    for (const char* tensor : {" W_1", " b_1", " W_2", " b_2"}) expected.insert(std::string(block) + tensor);
  CHECK(trained == expected);
}
