#pragma once

#include "tests/support/temporary_folder.hpp"
#include "text/dataset.hpp"
#include "text/prepare.hpp"
#include "train/run_config.hpp"

/// A small data set of stories, made once per test program.
struct StoryData {
  TemporaryFolder folder;
  sgtm::fs::path path = folder / "data";
  sgtm::Dataset data;
  StoryData(const std::string& name, double held_out, const std::vector<sgtm::SourceDocuments>& raw)
      : folder(name), data(make(held_out, raw)) {}

 private:
  sgtm::Dataset make(double held_out, const std::vector<sgtm::SourceDocuments>& raw) const {
    sgtm::PrepareConfig config;
    config.out = path;
    config.vocabulary = 400;
    config.context = 400;
    config.held_out = held_out;
    sgtm::prepare(config, raw);
    return sgtm::read_dataset(path);
  }
};

/// 60 stories per language, the same ones.
inline const StoryData& small_data() {
  using enum sgtm::Language;
  static const StoryData data(
      "small-data", 0.05,
      {sgtm::story_documents("retain", english, 1, 60), sgtm::story_documents("forget", spanish, 1, 60)});
  return data;
}

/// One that has adjacent documents too, every source of another size.
inline const StoryData& adjacent_data() {
  using enum sgtm::Language;
  static const StoryData data(
      "adjacent-data", 0.1,
      {sgtm::story_documents("retain", english, 1, 60), sgtm::story_documents("adjacent", english, 2, 30),
       sgtm::story_documents("forget", spanish, 3, 45)});
  return data;
}

/// A run on either that takes a fraction of a second.
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
