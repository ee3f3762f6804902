#pragma once

#include <memory>

#include "model/checkpoint.hpp"

namespace sgtm {

/// The file that holds a model, or the index of several: the path itself, or model.safetensors in it, or
/// model.safetensors.index.json. Throws Error where there is none, and for a pickle, telling how to convert it.
fs::path model_file(const fs::path& path);

/// A model's tensors as somebody has stored them: this program, Hugging Face's transformers, or the like. Names may
/// lack "transformer."; the output bias may be missing, and is 0; buffers of attention masks, and an output layer that
/// repeats the embedding, may be there.
class ModelFiles {
 public:
  /// Opens model_file(path). Throws Error for files that are damaged, or that an index names and that are missing.
  explicit ModelFiles(const fs::path& path);
  const fs::path& path() const { return path_; }
  /// Of the first file.
  const std::map<std::string, std::string>& metadata() const { return files_.front()->metadata(); }
  /// Of all tensors, so that no other model is taken for this one.
  std::string digest() const;
  /// How many numbers the files hold.
  double numbers() const;
  /// Throws Error where a tensor is missing, of another shape, not finite, or none of GPT-Neo's, and where the output
  /// layer is not the embedding.
  Flat<float> read(const Layout& layout) const;

 private:
  const SafetensorsFile* file_of(const std::string& name) const;
  void open_index();
  void check_names(const std::vector<StoredTensor>& tensors) const;
  void check_tied(const Layout& layout, const Flat<float>& parameters) const;

  fs::path path_;
  std::vector<std::unique_ptr<SafetensorsFile>> files_;
};

}  // namespace sgtm
