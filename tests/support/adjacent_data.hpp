#pragma once

#include "tests/support/temporary_folder.hpp"
#include "text/dataset.hpp"
#include "text/prepare.hpp"

/// A data set that has adjacent documents too, every source of another size; made once per test program. It fits the
/// model of `small_run`.
struct AdjacentData {
  TemporaryFolder folder{"adjacent-data"};
  sgtm::fs::path path = folder / "data";
  sgtm::Dataset data = make();

 private:
  sgtm::Dataset make() const {
    using namespace sgtm;
    PrepareConfig config;
    config.out = path;
    config.vocabulary = 400;
    config.context = 400;
    config.held_out = 0.1;
    prepare(config,
            {story_documents("retain", Language::english, 1, 60), story_documents("adjacent", Language::english, 2, 30),
             story_documents("forget", Language::spanish, 3, 45)});
    return read_dataset(path);
  }
};

inline const AdjacentData& adjacent_data() {
  static const AdjacentData data;
  return data;
}
