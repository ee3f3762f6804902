#pragma once

#include "core/files.hpp"
#include "model/parameters.hpp"
#include "sgtm/partition.hpp"

namespace sgtm {

/// A model with what is known of its split: what model.safetensors and config.json hold.
struct SavedModel {
  ModelConfig config;
  SplitConfig split;
  std::string strategy = "none";
  std::string state = "trained";  // trained, ablated, calibrated
  std::string tokenizer;          // fingerprint of the tokenizer it was trained with
  std::string data;               // folder of the data set it was trained on
  std::string data_digest;        // of that data set; empty for models of earlier versions
  Index end_token = -1;           // the tokenizer's; -1: the vocabulary's last
  Flat<float> parameters;

  Layout layout() const { return Layout(config); }
};

/// Writes model.safetensors (GPT-Neo names, the configuration in its metadata) and config.json into a folder.
void write_model(const fs::path& folder, const SavedModel& model);

/// Reads a folder with a model, or a .safetensors file with the configuration in its metadata or in a config.json
/// beside it: one of this program, or any GPT-Neo. Throws Error.
SavedModel read_model(const fs::path& path);

/// The fingerprint of a model's tokenizer: of the one that it names, or else of that beside it, in the folder of its
/// files; empty where nobody knows.
std::string tokenizer_of(const SavedModel& model, const fs::path& folder);

}  // namespace sgtm
