#include "model/decoder.hpp"

#include <doctest/doctest.h>

#include "tests/support/small_model.hpp"

using namespace sgtm;

TEST_CASE("decoder: token by token it gives the logits of the whole forward pass, global and local, scaled or not") {
  for (const bool scaled : {false, true}) {
    CAPTURE(scaled);
    ModelConfig config = small_config();
    config.scaled_scores = scaled;
    const Layout layout(config);
    Flat<float> parameters = small_parameters<float>(config, layout);
    Network<float> network(config, layout);
    Decoder decoder(config, layout, parameters);
    Batch batch;
    for (int t = 0; t < config.context; ++t) batch.tokens.push_back(t * t % 39);
    batch.offsets.push_back(batch.size());
    network.forward(parameters, batch, network.keep_all().forward);
    Matrix<float> expected(batch.size(), config.vocabulary);
    network.logits(parameters, 0, expected);
    for (int text = 0; text < 2; ++text) {  // a second text leaves no trace of the first
      decoder.clear();
      for (Index t = 0; t < batch.size(); ++t) {
        decoder.read(batch.tokens[static_cast<std::size_t>(t)]);
        CAPTURE(t);
        CHECK((decoder.logits() - expected.row(t)).norm() / expected.row(t).norm() < 1e-5);
      }
    }
  }
}
