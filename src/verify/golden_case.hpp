#pragma once

#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "model/parameters.hpp"
#include "nn/batch.hpp"
#include "sgtm/strategy.hpp"
#include "train/adamw.hpp"
#include "train/schedule.hpp"

namespace sgtm {

/// Some model's start parameters, a batch, and every number that training on it has to give, computed elsewhere:
/// CASE.json and CASE.{params,forward,gradients,train}.safetensors, laid out as tests/golden/README.md says.
struct GoldenCase {
  fs::path stem;
  nlohmann::json facts;  // CASE.json
  ModelConfig config;
  SplitConfig split;
  Batch batch;

  /// Throws Error where the file is missing, cut or contradicts itself.
  static GoldenCase read(const fs::path& stem);

  fs::path path(const std::string& part) const { return stem.string() + "." + part + ".safetensors"; }
  /// Other tokens in documents of the same lengths.
  Batch with_tokens(const nlohmann::json& tokens) const;
  Schedule schedule() const;
  AdamWConfig adamw() const;
};

}  // namespace sgtm
