#include "model/config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/error.hpp"
#include "model/parameters.hpp"

using namespace sgtm;

TEST_CASE("config: every size is refused by its name where it can't be, and so are too many parameters") {
  CHECK_NOTHROW(check(ModelConfig{}));
  const std::pair<const char*, Index ModelConfig::*> sizes[] = {
      {"vocabulary", &ModelConfig::vocabulary}, {"context", &ModelConfig::context},
      {"width", &ModelConfig::width},           {"blocks", &ModelConfig::blocks},
      {"heads", &ModelConfig::heads},           {"mlp-width", &ModelConfig::mlp_width},
      {"window", &ModelConfig::window}};
  for (const auto& [name, size] : sizes)
    for (const Index value : {Index(0), Index(-1), most_of_a_size + 1}) {
      ModelConfig config;
      config.*size = value;
      CHECK_THROWS_WITH_AS(check(config), doctest::Contains(fmt::format("--{} {}: must lie", name, value).c_str()),
                           Error);
    }
  ModelConfig config;
  config.blocks = 4097;
  CHECK_THROWS_WITH_AS(check(config), doctest::Contains("--blocks 4097: must lie between 1 and 4096"), Error);
  config.blocks = 4096, config.width = 1 << 20;
  CHECK_THROWS_WITH_AS(check(config), doctest::Contains("parameters; 1e+12 are the most"), Error);
}

TEST_CASE("config: the parameters are as many as the layout has") {
  ModelConfig config;
  config.vocabulary = 57, config.context = 9, config.blocks = 3, config.mlp_width = 24;
  CHECK(parameter_count(config) == static_cast<double>(Layout(config).parameters()));
}
