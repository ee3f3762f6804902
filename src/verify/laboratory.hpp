#pragma once

#include "core/scratch_folder.hpp"
#include "text/dataset.hpp"
#include "train/run_config.hpp"

namespace sgtm {

/// Data and settings of small runs, made anew from the story grammar: what invariants of training are checked on.
struct Laboratory {
  explicit Laboratory(Index stories);  // per language
  ScratchFolder folder;
  Dataset data;
  Dataset other_forget;  // the same retain documents and tokenizer, but other forget documents, as many
  RunConfig config;      // a model of which half is forget, for a few steps
};

}  // namespace sgtm
