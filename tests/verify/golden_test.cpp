// Every number of the golden cases (tests/golden/README.md), which the authors' PyTorch code made in float64.

#include "verify/golden.hpp"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "verify/specimen.hpp"

using namespace sgtm;

namespace {

const fs::path golden = fs::path(SGTM_SOURCE) / "tests" / "golden";

double largest(const std::vector<GoldenComparison>& all) {
  double error = 0;
  for (const GoldenComparison& c : all) error = std::max(error, c.error);
  return error;
}

/// A copy of a case that a test can spoil.
fs::path copy_of_tiny(const TemporaryFolder& folder) {
  for (const auto& file : fs::directory_iterator(golden))
    if (file.path().filename().string().starts_with("tiny."))
      fs::copy_file(file.path(), folder / file.path().filename().string(), fs::copy_options::overwrite_existing);
  return folder / "tiny";
}

}  // namespace

TEST_CASE("golden: every loss, hidden state, gradient, trajectory and calibration of PyTorch, at 1e-10") {
  for (const char* name : {"tiny", "middle"}) {
    CAPTURE(name);
    const std::vector<GoldenComparison> all = verify_golden(golden / name);
    std::map<std::string, int> groups;
    for (const GoldenComparison& c : all) {
      CAPTURE(c.key);
      CAPTURE(c.tensor);
      CHECK(c.error < 1e-10);
      ++groups[c.group];
    }
    const int blocks = name == std::string("tiny") ? 2 : 4, tensors = 5 + 13 * blocks;
    CHECK(groups["forward"] == blocks + 1 + 3);
    CHECK(groups["losses"] == 1 + 22 + 7);  // 7 strategies x 3 labels, one with mask_embeddings, 7 ablated
    CHECK(groups["gradients"] == 22 * tensors);
    CHECK(groups["trajectories"] == 4 * (tensors + 2));
    CHECK(groups["calibration"] == 2);
  }
}

TEST_CASE(
    "golden: a number that differs is found, and a case that is cut or contradicts itself is refused in a sentence") {
  const TemporaryFolder folder("golden");
  const fs::path stem = copy_of_tiny(folder);
  const std::string file = stem.string() + ".json", text = read_file(file);
  const auto with = [&](auto change) {
    auto facts = nlohmann::json::parse(text);
    change(facts);
    write_file(file, facts.dump());
  };
  CHECK(largest(verify_golden(stem)) < 1e-10);
  with([](auto& f) { f["results"]["sgtm/forget"]["loss"] = 4.7784; });
  CHECK(largest(verify_golden(stem)) > golden_tolerance);
  with([](auto& f) { f["forget_mlp_units"] = 11; });
  CHECK(largest(verify_golden(stem)) > golden_tolerance);
  with([](auto& f) { f["train"]["labels"][3] = "retain"; });
  CHECK(largest(verify_golden(stem)) > golden_tolerance);

  const auto refused = [&](const char* why, auto change) {
    with(change);
    CHECK_THROWS_WITH_AS(verify_golden(stem), doctest::Contains(why), Error);
  };
  refused("vocab_size", [](auto& f) { f.erase("vocab_size"); });
  refused("token 61 lies outside", [](auto& f) { f["tokens"][0] = 61; });
  refused("document_offsets", [](auto& f) { f["document_offsets"][4] = 50; });
  refused("document 0 has", [](auto& f) { f["context"] = 3; });
  refused("as many labels", [](auto& f) { f["train"]["labels"].erase(0); });
  refused("--strategy sgmt: unknown", [](auto& f) { f["results"]["sgmt/forget"] = {{"loss", 1}}; });
  refused("label maybe", [](auto& f) { f["results"]["sgtm/maybe"] = {{"loss", 1}}; });
  refused("lr", [](auto& f) { f["results"]["train/sgtm/joint"].erase("lr"); });
  write_file(file, text.substr(0, text.size() / 2));
  CHECK_THROWS_WITH_AS(verify_golden(stem), doctest::Contains("is not JSON, or damaged"), Error);
  write_file(file, text);
  fs::resize_file(stem.string() + ".gradients.safetensors", 10000);
  CHECK_THROWS_AS(verify_golden(stem), Error);
  CHECK_THROWS_WITH_AS(verify_golden(folder / "none"), doctest::Contains("there is no such file"), Error);
}

TEST_CASE("golden: a case that is written here is read back without an error; large models are refused") {
  const TemporaryFolder folder("export");
  Specimen s = specimen();
  export_golden(folder / "mine", s.config, s.split, 5);
  const std::vector<GoldenComparison> all = verify_golden(folder / "mine");
  CHECK(all.size() > 1000);
  CHECK(largest(all) == 0);
  const auto results = nlohmann::json::parse(read_file(folder / "mine.json"))["results"];
  for (const char* run : {"sgtm/joint", "sgtm/split", "gradient_routing/joint", "sgtm_joint_projection/joint"})
    CHECK(results.contains("train/" + std::string(run)));
  s.config.vocabulary = 100000;
  CHECK_THROWS_WITH_AS(export_golden(folder / "large", s.config, s.split, 5), doctest::Contains("1000000 is the most"),
                       Error);
}
