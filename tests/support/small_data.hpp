#pragma once

#include "tests/support/temporary_folder.hpp"
#include "text/dataset.hpp"
#include "text/prepare.hpp"
#include "train/run_config.hpp"

/// A data set of 60 stories per language, made once per test program.
struct SmallData {
  TemporaryFolder folder{"small-data"};
  sgtm::fs::path path = folder / "data";
  sgtm::Dataset data = make();

 private:
  sgtm::Dataset make() const {
    using namespace sgtm;
    PrepareConfig config;
    config.out = path;
    config.vocabulary = 400;
    config.context = 400;
    config.held_out = 0.05;
    prepare(config,
            {story_documents("retain", Language::english, 1, 60), story_documents("forget", Language::spanish, 1, 60)});
    return read_dataset(path);
  }
};

inline const SmallData& small_data() {
  static const SmallData data;
  return data;
}

/// A run on it that takes a fraction of a second.
inline sgtm::RunConfig small_run() {
  sgtm::RunConfig c;
  c.model.vocabulary = 400;
  c.model.context = 400;
  c.model.width = 16;
  c.model.blocks = 2;
  c.model.heads = 4;
  c.model.mlp_width = 32;
  c.model.window = 64;
  c.split.forget_heads = 1;
  c.split.forget_units = 4;
  c.batch = 2;
  c.micro_batch = 1024;
  c.steps = 12;
  c.calibration_steps = 3;
  c.labels.undiscovered = 0.25;
  return c;
}
