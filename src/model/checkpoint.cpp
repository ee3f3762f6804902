#include "model/checkpoint.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/json.hpp"
#include "nn/layer_norm.hpp"

namespace sgtm {

using nlohmann::json;

std::vector<Index> StoredTensor::shape() const {
  if (tensor->rows == 1) return {tensor->columns};
  if (transpose) return {tensor->columns, tensor->rows};
  return {tensor->rows, tensor->columns};
}

std::vector<StoredTensor> stored_tensors(const Layout& layout) {
  std::vector<StoredTensor> all{{"transformer.wte.weight", &layout.embedding, false},
                                {"transformer.wpe.weight", &layout.position, false}};
  for (std::size_t i = 0; i < layout.blocks.size(); ++i) {
    const BlockLayout& b = layout.blocks[i];
    const std::string block = fmt::format("transformer.h.{}.", i);
    all.insert(all.end(), {{block + "ln_1.weight", &b.norm_1_gain, false},
                           {block + "ln_1.bias", &b.norm_1_bias, false},
                           {block + "attn.attention.q_proj.weight", &b.w_q, true},
                           {block + "attn.attention.k_proj.weight", &b.w_k, true},
                           {block + "attn.attention.v_proj.weight", &b.w_v, true},
                           {block + "attn.attention.out_proj.weight", &b.w_o, true},
                           {block + "attn.attention.out_proj.bias", &b.b_o, false},
                           {block + "ln_2.weight", &b.norm_2_gain, false},
                           {block + "ln_2.bias", &b.norm_2_bias, false},
                           {block + "mlp.c_fc.weight", &b.w_1, true},
                           {block + "mlp.c_fc.bias", &b.b_1, false},
                           {block + "mlp.c_proj.weight", &b.w_2, true},
                           {block + "mlp.c_proj.bias", &b.b_2, false}});
  }
  all.insert(all.end(), {{"transformer.ln_f.weight", &layout.norm_gain, false},
                         {"transformer.ln_f.bias", &layout.norm_bias, false},
                         {"lm_head.bias", &layout.output_bias, false}});
  return all;
}

template <class Real>
void write_tensors(SafetensorsWriter& writer, const Layout& layout, const Flat<Real>& flat, const std::string& prefix) {
  for (const StoredTensor& stored : stored_tensors(layout)) {
    const Tensor& t = *stored.tensor;
    const Eigen::Map<const Matrix<Real>> weight(flat.data() + t.offset, t.rows, t.columns);
    std::vector<Real> values(static_cast<std::size_t>(t.size()));
    if (stored.transpose)
      MatrixMap<Real>(values.data(), t.columns, t.rows) = weight.transpose();
    else
      MatrixMap<Real>(values.data(), t.rows, t.columns) = weight;
    writer.add(prefix + stored.name, values, stored.shape());
  }
}

template <class Real>
std::vector<Real> read_tensor(const SafetensorsFile& file, const std::string& name, const StoredTensor& stored) {
  const Tensor& t = *stored.tensor;
  const auto& entry = file.entry(name, stored.shape());
  if (!entry.dtype.starts_with("F") && entry.dtype != "BF16")
    throw Error(fmt::format("{}: tensor {} has numbers of type {}; only F16, BF16, F32 and F64 are known here.",
                            file.path().string(), name, entry.dtype));
  std::vector<Real> values(static_cast<std::size_t>(t.size()));
  file.copy(entry, 0, t.size(), values.data());
  for (const Real value : values)
    if (!std::isfinite(value))
      throw Error(fmt::format("{}: tensor {} holds a number that is not finite. The file is damaged.",
                              file.path().string(), name));
  if (!stored.transpose) return values;
  std::vector<Real> turned(values.size());
  MatrixMap<Real>(turned.data(), t.rows, t.columns) = MatrixMap<Real>(values.data(), t.columns, t.rows).transpose();
  return turned;
}

template <class Real>
Flat<Real> read_tensors(const SafetensorsFile& file, const Layout& layout, const std::string& prefix) {
  Flat<Real> flat = Flat<Real>::Zero(layout.size);
  for (const StoredTensor& stored : stored_tensors(layout)) {
    const std::vector<Real> values = read_tensor<Real>(file, prefix + stored.name, stored);
    std::copy(values.begin(), values.end(), flat.data() + stored.tensor->offset);
  }
  return flat;
}

template void write_tensors(SafetensorsWriter&, const Layout&, const Flat<float>&, const std::string&);
template void write_tensors(SafetensorsWriter&, const Layout&, const Flat<double>&, const std::string&);
template Flat<float> read_tensors(const SafetensorsFile&, const Layout&, const std::string&);
template Flat<double> read_tensors(const SafetensorsFile&, const Layout&, const std::string&);
template std::vector<float> read_tensor(const SafetensorsFile&, const std::string&, const StoredTensor&);
template std::vector<double> read_tensor(const SafetensorsFile&, const std::string&, const StoredTensor&);

json config_to_json(const ModelConfig& c) {
  json layers = json::array();
  for (Index i = 0; i < c.blocks; ++i) layers.push_back(c.attention_shape(i).window == 0 ? "global" : "local");
  return {{"model_type", "gpt_neo"},
          {"architectures", {"GPTNeoForCausalLM"}},
          {"vocab_size", c.vocabulary},
          {"max_position_embeddings", c.context},
          {"hidden_size", c.width},
          {"num_layers", c.blocks},
          {"num_heads", c.heads},
          {"intermediate_size", c.mlp_width},
          {"window_size", c.window},
          {"attention_layers", layers},
          {"attention_types", {{layers, 1}}},
          {"activation_function", "gelu_new"},
          {"layer_norm_epsilon", layer_norm_epsilon},
          {"initializer_range", 0.02},
          {"attention_dropout", 0.0},
          {"embed_dropout", 0.0},
          {"resid_dropout", 0.0},
          {"tie_word_embeddings", true},
          {"bos_token_id", c.vocabulary - 1},
          {"eos_token_id", c.vocabulary - 1},
          {"torch_dtype", "float32"},
          {"sgtm", {{"scaled_scores", c.scaled_scores}, {"init", c.init}}}};
}

namespace {

/// One letter per block, from `attention_layers`, or from `attention_types`, as in [[["global", "local"], 6]].
std::string attention_of(const json& j, const std::string& where) {
  const auto letters = [&](const json& kinds) {
    std::string all;
    for (const json& kind : kinds) {
      if (kind != "local" && kind != "global")
        throw Error(fmt::format("{}: has a layer of {} attention; a layer is local or global.", where, kind.dump()));
      all += kind == "local" ? 'l' : 'g';
    }
    return all;
  };
  if (j.contains("attention_layers")) return letters(j["attention_layers"]);
  std::string all;
  for (const json& group : j.at("attention_types"))
    for (Index times = whole(group.at(1), 0, most_blocks); times > 0 && static_cast<Index>(all.size()) <= most_blocks;
         --times)
      all += letters(group.at(0));
  return all;
}

/// Throws Error for what GPT-Neo's configuration could say otherwise and this network can't.
void check_known(const json& j, const std::string& where) {
  const json activation = j.value("activation_function", json("gelu_new"));
  if (activation != "gelu_new" && activation != "gelu_pytorch_tanh")
    throw Error(fmt::format("{}: its activation is {}; only gelu_new is known here.", where, activation.dump()));
  const json epsilon = j.value("layer_norm_epsilon", json(layer_norm_epsilon));
  if (epsilon != layer_norm_epsilon)
    throw Error(fmt::format("{}: its layer_norm_epsilon is {}; only {} is known here.", where, epsilon.dump(),
                            layer_norm_epsilon));
  if (j.value("tie_word_embeddings", json(true)) == false)
    throw Error(fmt::format(
        "{}: its output layer is not tied to its embedding (tie_word_embeddings). Only tied ones are known here.",
        where));
}

}  // namespace

ModelConfig config_from_json(const json& j, const std::string& where) {
  try {
    if (j.value("model_type", "") != "gpt_neo")
      throw Error(fmt::format("{}: is not the configuration of a GPT-Neo model.", where));
    ModelConfig c;
    const auto size = [&](const char* key) { return whole(j.at(key), 1, most_of_a_size); };
    c.vocabulary = size("vocab_size");
    c.context = size("max_position_embeddings");
    c.width = size("hidden_size");
    c.blocks = size("num_layers");
    c.heads = size("num_heads");
    c.mlp_width = j.value("intermediate_size", json()).is_null() ? 4 * c.width : size("intermediate_size");
    c.window = j.contains("window_size") ? size("window_size") : 256;
    c.attention = attention_of(j, where);
    if (static_cast<Index>(c.attention.size()) != c.blocks)
      throw Error(fmt::format("{}: num_layers is {}, but it tells the attention of {} layers.", where, c.blocks,
                              c.attention.size()));
    check_known(j, where);
    const json own = j.value("sgtm", json::object());
    c.scaled_scores = own.value("scaled_scores", false);
    c.init = own.value("init", "normal");
    check(c);
    return c;
  } catch (const json::exception& e) {
    throw Error(fmt::format("{}: lacks a key that a GPT-Neo configuration needs ({}).", where, e.what()));
  } catch (const std::out_of_range& e) {
    throw Error(fmt::format("{}: in its configuration {}. Is it a GPT-Neo model?", where, e.what()));
  }
}

}  // namespace sgtm
