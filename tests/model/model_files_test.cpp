#include "model/model_files.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "tests/support/small_model.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

namespace {

struct Stored {
  std::string name;
  std::vector<float> values;
  std::vector<Index> shape;
};

/// A small model's tensors, without an output bias, as transformers would store them.
std::vector<Stored> gpt_neo_tensors() {
  const ModelConfig config = small_config();
  const Layout layout(config);
  Flat<float> parameters = small_parameters<float>(config, layout);
  std::vector<Stored> all;
  for (const StoredTensor& stored : stored_tensors(layout)) {
    const Tensor& t = *stored.tensor;
    Matrix<float> m = matrix(parameters, t);
    if (stored.transpose) m = Matrix<float>(m.transpose());
    if (stored.name != "lm_head.bias") all.push_back({stored.name, {m.data(), m.data() + m.size()}, stored.shape()});
  }
  return all;
}

void write(const fs::path& path, const std::vector<Stored>& tensors) {
  SafetensorsWriter writer(path, 1 << 14);
  for (const Stored& t : tensors) writer.add(t.name, t.values, t.shape);
  writer.commit({{"format", "pt"}});
}

Flat<float> expected() {
  const Layout layout(small_config());
  Flat<float> parameters = small_parameters<float>(small_config(), layout);
  row(parameters, layout.output_bias).setZero();
  return parameters;
}

bool is_read(const fs::path& path) {
  return (ModelFiles(path).read(Layout(small_config())) == expected()).all();
}

}  // namespace

TEST_CASE("model files: names without their prefix, mask buffers, a repeated output layer and a missing bias") {
  const TemporaryFolder folder("model-files");
  auto tensors = gpt_neo_tensors();
  write(folder / "model.safetensors", tensors);
  CHECK(is_read(folder.path));
  CHECK(is_read(folder / "model.safetensors"));
  for (Stored& t : tensors) t.name.erase(0, std::string("transformer.").size());
  tensors.push_back({"h.0.attn.attention.bias", {1, 0, 1, 1}, {1, 1, 2, 2}});
  tensors.push_back({"h.0.attn.attention.masked_bias", {-1e9f}, {1}});
  tensors.push_back({"lm_head.weight", tensors[0].values, tensors[0].shape});
  write(folder / "model.safetensors", tensors);
  CHECK(is_read(folder.path));
  tensors.back().values[3] += 1;
  write(folder / "model.safetensors", tensors);
  CHECK_THROWS_WITH_AS(is_read(folder.path), doctest::Contains("lm_head.weight is not its embedding"), Error);
  tensors.back() = {"h.0.attn.attention.q_proj.bias", {0}, {1}};
  write(folder / "model.safetensors", tensors);
  CHECK_THROWS_WITH_AS(is_read(folder.path), doctest::Contains("has a tensor h.0.attn.attention.q_proj.bias"), Error);
  tensors = gpt_neo_tensors();
  tensors.pop_back();
  write(folder / "model.safetensors", tensors);
  CHECK_THROWS_WITH_AS(is_read(folder.path), doctest::Contains("transformer.ln_f.bias"), Error);
}

TEST_CASE("model files: integers, as of a quantized model, are refused") {
  const TemporaryFolder folder("integers");
  SafetensorsWriter writer(folder / "model.safetensors", 1 << 14);
  for (const Stored& t : gpt_neo_tensors()) {
    if (t.name != "transformer.ln_f.bias") {
      writer.add(t.name, t.values, t.shape);
      continue;
    }
    writer.begin(t.name, "I32");
    writer.write(t.values.data(), t.values.size() * sizeof(float));
    writer.end(t.shape);
  }
  writer.commit({});
  CHECK_THROWS_WITH_AS(is_read(folder.path), doctest::Contains("transformer.ln_f.bias has numbers of type I32"), Error);
}

TEST_CASE("model files: an index of several files, each of which must be there, in the index's folder") {
  const TemporaryFolder folder("shards");
  const auto tensors = gpt_neo_tensors();
  nlohmann::json index;
  for (const Stored& t : tensors)
    index["weight_map"][t.name] = t.name < "transformer.h.1" ? "a.safetensors" : "b.safetensors";
  std::vector<Stored> first, second;
  for (const Stored& t : tensors) (t.name < "transformer.h.1" ? first : second).push_back(t);
  write(folder / "a.safetensors", first);
  write(folder / "b.safetensors", second);
  const auto write_index = [&] { write_file(folder / "model.safetensors.index.json", index.dump()); };
  write_index();
  CHECK(is_read(folder.path));
  const std::string whole = ModelFiles(folder.path).digest();
  second.back().values[0] += 1;
  write(folder / "b.safetensors", second);
  CHECK(ModelFiles(folder.path).digest() != whole);
  fs::remove(folder / "b.safetensors");
  CHECK_THROWS_WITH_AS(is_read(folder.path), doctest::Contains("b.safetensors"), Error);
  index["weight_map"]["x"] = "../a.safetensors";
  write_index();
  CHECK_THROWS_WITH_AS(is_read(folder.path), doctest::Contains("not in its folder"), Error);
  index["weight_map"] = nlohmann::json::object();
  write_index();
  CHECK_THROWS_WITH_AS(is_read(folder.path), doctest::Contains("names no file"), Error);
}

TEST_CASE("model files: a pickle is refused with the lines that convert it, and an empty folder by name") {
  const TemporaryFolder folder("pickle");
  CHECK_THROWS_WITH_AS(model_file(folder.path), doctest::Contains("holds no model.safetensors"), Error);
  write_file(folder / "pytorch_model.bin", "x");
  for (const fs::path& path : {folder.path, folder / "pytorch_model.bin"}) {
    CHECK_THROWS_WITH_AS(model_file(path), doctest::Contains("is a pickle"), Error);
    CHECK_THROWS_WITH_AS(model_file(path), doctest::Contains("save_pretrained(\"converted\""), Error);
  }
}
