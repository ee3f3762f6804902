#pragma once

#include "tests/support/small_data.hpp"
#include "tests/support/small_model.hpp"

/// A network for the documents of `small_data`, not trained.
struct SmallNetwork {
  sgtm::ModelConfig config = small_run().model;
  sgtm::Layout layout{config};
  sgtm::Flat<float> parameters = small_parameters<float>(config, layout);
  sgtm::Network<float> network{config, layout};
};
