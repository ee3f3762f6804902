#include "model/model_files.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "core/record.hpp"

namespace sgtm {
namespace {

constexpr std::string_view prefix = "transformer.", output_layer = "lm_head.weight", output_bias = "lm_head.bias";
constexpr const char* index_name = "model.safetensors.index.json";

std::string without_prefix(const std::string& name) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

bool is_pickle(const fs::path& file) {
  const std::string ending = file.extension().string();
  return ending == ".bin" || ending == ".pt" || ending == ".pth" || ending == ".ckpt";
}

[[noreturn]] void refuse_pickle(const fs::path& file) {
  throw Error(fmt::format(
      "{}: is a pickle, which could run any program when it is read. Convert it with Python:\n"
      "  from transformers import AutoModelForCausalLM\n"
      "  AutoModelForCausalLM.from_pretrained(\"{}\").save_pretrained(\"converted\", safe_serialization=True)",
      file.string(), file.parent_path().string()));
}

/// Buffers of older versions of transformers: which positions see which.
bool is_mask_buffer(const std::string& name) {
  return name.ends_with(".attn.attention.bias") || name.ends_with(".attn.attention.masked_bias");
}

}  // namespace

/// Which files the tensors of a model in several files are in.
struct ModelIndex {
  std::map<std::string, std::string> weight_map;
};

template <Is<ModelIndex> R>
void for_each_part(R& index, auto visit) {
  visit("weight_map", index.weight_map);
}

fs::path model_file(const fs::path& path) {
  if (fs::is_directory(path)) settle(path);
  if (!fs::exists(path))
    throw Error(fmt::format("{}: there is no such file or folder. Name a run directory or a .safetensors file.",
                            path.string()));
  if (!fs::is_directory(path)) {
    if (is_pickle(path)) refuse_pickle(path);
    return path;
  }
  for (const char* name : {"model.safetensors", index_name})
    if (fs::exists(path / name)) return path / name;
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().filename().string().starts_with("pytorch_model") && is_pickle(entry.path()))
      refuse_pickle(entry.path());
  throw Error(
      fmt::format("{}: holds no model.safetensors. Name a run directory that has finished, or a .safetensors file.",
                  path.string()));
}

ModelFiles::ModelFiles(const fs::path& path) : path_(model_file(path)) {
  if (path_.extension() == ".json")
    open_index();
  else
    files_.push_back(std::make_unique<SafetensorsFile>(path_));
}

void ModelFiles::open_index() {
  const auto index = read_record<ModelIndex>(path_, "Is it the index of a model?");
  std::set<std::string> names;
  for (const auto& [tensor, file] : index.weight_map) names.insert(file);
  for (const std::string& name : names) {
    if (fs::path(name).has_parent_path())
      throw Error(fmt::format("{}: names {}, which is not in its folder.", path_.string(), name));
    files_.push_back(std::make_unique<SafetensorsFile>(path_.parent_path() / name));
  }
  if (files_.empty()) throw Error(fmt::format("{}: names no file.", path_.string()));
}

std::string ModelFiles::digest() const {
  std::string all;
  for (const auto& file : files_) all += fmt::format("{:016x}", file->digest());
  return hash_of(all);
}

double ModelFiles::numbers() const {
  double sum = 0;
  for (const auto& file : files_)
    for (const auto& [name, entry] : file->entries()) sum += static_cast<double>(entry.size());
  return sum;
}

const SafetensorsFile* ModelFiles::file_of(const std::string& name) const {
  for (const auto& file : files_)
    if (file->has(name)) return file.get();
  return nullptr;
}

void ModelFiles::check_names(const std::vector<StoredTensor>& tensors) const {
  std::set<std::string> known;
  for (const StoredTensor& tensor : tensors) known.insert(without_prefix(tensor.name));
  for (const auto& file : files_)
    for (const auto& [name, entry] : file->entries()) {
      if (name == output_layer || is_mask_buffer(name)) continue;
      if (!known.contains(without_prefix(name)))
        throw Error(
            fmt::format("{}: has a tensor {}, which no GPT-Neo model of its configuration has. Is it another kind of "
                        "model, or another config.json?",
                        file->path().string(), name));
    }
}

void ModelFiles::check_tied(const Layout& layout, const Flat<float>& parameters) const {
  const std::string name(output_layer);
  const SafetensorsFile* file = file_of(name);
  if (file == nullptr) return;
  const std::vector<float> values = read_tensor<float>(*file, name, {name, &layout.embedding, false});
  if (!std::equal(values.begin(), values.end(), parameters.data() + layout.embedding.offset))
    throw Error(fmt::format(
        "{}: its {} is not its embedding. Only models whose output layer is tied to the embedding are known here.",
        file->path().string(), name));
}

Flat<float> ModelFiles::read(const Layout& layout) const {
  const auto known = stored_tensors(layout);
  check_names(known);
  Flat<float> flat = Flat<float>::Zero(layout.size);
  for (const StoredTensor& stored : known) {
    const std::string shorter = without_prefix(stored.name);
    const std::string name = file_of(stored.name) == nullptr && file_of(shorter) != nullptr ? shorter : stored.name;
    const SafetensorsFile* file = file_of(name);
    if (file == nullptr && name == output_bias) continue;
    const std::vector<float> values = read_tensor<float>(file == nullptr ? *files_.front() : *file, name, stored);
    std::copy(values.begin(), values.end(), flat.data() + stored.tensor->offset);
  }
  check_tied(layout, flat);
  return flat;
}

}  // namespace sgtm
