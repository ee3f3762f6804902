#pragma once

#include "core/files.hpp"
#include "lab/runs/saved_model.hpp"
#include "text/dataset.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {

/// The own data set of the model at `path`, or the one that --data names. Throws Error where it was made with another
/// tokenizer than the model's, or does not fit it.
Dataset data_for(const SavedModel& model, const fs::path& path, const fs::path& chosen);

/// The tokenizer that lies beside a model, or in the folder that --tokenizer names.
Tokenizer tokenizer_for(const SavedModel& model, const fs::path& path, const fs::path& chosen);

/// Where a command that makes a model from `path` writes: `chosen`, or PATH/NAME. Throws Error where that holds a
/// model.
fs::path output_for(const fs::path& path, const std::string& name, const fs::path& chosen, bool overwrite);

/// Writes the model, and beside it the tokenizer that lies beside `path`, if any.
void write_derived(const fs::path& folder, const SavedModel& model, const fs::path& path);

}  // namespace sgtm
