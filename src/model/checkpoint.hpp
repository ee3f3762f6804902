#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/safetensors.hpp"
#include "model/parameters.hpp"

namespace sgtm {

/// A tensor as GPT-Neo's checkpoints know it. Linear weights are stored there as (out, in): the transpose of W.
struct StoredTensor {
  std::string name;  // as in "transformer.h.2.attn.attention.q_proj.weight"
  const Tensor* tensor;
  bool transpose;
  std::vector<Index> shape() const;
};
/// The one place that knows these names. The output bias, which GPT-Neo lacks, is lm_head.bias.
std::vector<StoredTensor> stored_tensors(const Layout& layout);

/// Adds the model's tensors to a file under the given prefix.
template <class Real>
void write_tensors(SafetensorsWriter& writer, const Layout& layout, const Flat<Real>& flat,
                   const std::string& prefix = "");
/// Reads them back. Throws Error where one is missing, of another shape, or not finite.
template <class Real>
Flat<Real> read_tensors(const SafetensorsFile& file, const Layout& layout, const std::string& prefix = "");
/// One tensor of the file, as it lies in the parameter array.
template <class Real>
std::vector<Real> read_tensor(const SafetensorsFile& file, const std::string& name, const StoredTensor& stored);

/// GPT-Neo's config.json, with what GPT-Neo does not know in an `sgtm` object beside it.
nlohmann::json config_to_json(const ModelConfig& config);
/// The other way; `where` names the file in errors. Keys that GPT-Neo leaves at their default may be missing.
ModelConfig config_from_json(const nlohmann::json& json, const std::string& where);

}  // namespace sgtm
