#include "verify/laboratory.hpp"

#include "text/prepare.hpp"

namespace sgtm {
namespace {

constexpr Index context = 400;

Dataset make_data(const fs::path& out, const fs::path& tokenizer, Index stories, std::uint64_t forget_seed) {
  PrepareConfig config;
  config.out = out;
  config.tokenizer = tokenizer;
  config.vocabulary = 512;
  config.context = context;
  config.held_out = 0.1;
  prepare(config, {story_documents("retain", Language::english, 1, stories),
                   story_documents("forget", Language::spanish, forget_seed, stories)});
  return read_dataset(out);
}

RunConfig make_config() {
  RunConfig c;
  c.model.vocabulary = 512;
  c.model.context = context;
  c.model.width = 32;
  c.model.blocks = 2;
  c.model.heads = 4;
  c.model.mlp_width = 64;
  c.model.window = 64;
  c.split.forget_heads = 2;
  c.split.forget_units = 32;
  c.batch = 2;
  c.steps = 24;
  c.model.init = "reference";
  c.learning_rate = 5e-3;
  return c;
}

}  // namespace

Laboratory::Laboratory(Index stories)
    : data(make_data(folder / "data", "", stories, 1)),
      other_forget(make_data(folder / "other", folder / "data", stories, 2)),
      config(make_config()) {}

}  // namespace sgtm
