#include "core/safetensors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

namespace {

std::string with_header(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + data;
}

}  // namespace

TEST_CASE("safetensors: tensors come back as they were written, of any type") {
  const TemporaryFolder folder("safetensors");
  SafetensorsWriter writer(folder / "x.safetensors");
  writer.add("single", std::vector<float>{1.5f, -2, 3, 4, 5, 6}, {2, 3});
  writer.add("double", std::vector<double>{1e300}, {1});
  writer.begin("short", "U16");
  const std::uint16_t numbers[] = {1, 65535, 7};
  writer.write(numbers, 2), writer.write(numbers + 1, 4);
  writer.end({3});
  writer.begin("half", "F16");
  const std::uint16_t halves[] = {0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff};
  writer.write(halves, sizeof halves);
  writer.end({5});
  writer.commit({{"who", "me"}});
  const SafetensorsFile file(folder / "x.safetensors");
  CHECK(file.metadata().at("who") == "me");
  double values[6];
  file.copy(file.entry("single", {2, 3}), 0, 6, values);
  CHECK(values[1] == -2);
  CHECK(values[5] == 6);
  file.copy(file.entry("single"), 2, 1, values);
  CHECK(values[0] == 3);
  file.copy(file.entry("double"), 0, 1, values);
  CHECK(values[0] == 1e300);
  int integers[3];
  file.copy(file.entry("short"), 0, 3, integers);
  CHECK(integers[1] == 65535);
  CHECK(integers[2] == 7);
  file.copy(file.entry("half"), 0, 5, values);
  CHECK(values[0] == 1);
  CHECK(values[1] == -2);
  CHECK(values[2] == doctest::Approx(1.0 / 3).epsilon(1e-3));
  CHECK(values[3] == std::ldexp(1.0, -24));
  CHECK(values[4] == 65504);
}

TEST_CASE("safetensors: every type of the format has its size") {
  const TemporaryFolder folder("types");
  const std::pair<const char*, std::size_t> types[] = {{"BOOL", 1}, {"U8", 1},   {"I8", 1},  {"U16", 2}, {"I16", 2},
                                                       {"F16", 2},  {"BF16", 2}, {"U32", 4}, {"I32", 4}, {"F32", 4},
                                                       {"U64", 8},  {"I64", 8},  {"F64", 8}};
  for (const auto& [dtype, size] : types) {
    const std::string type = dtype;
    CAPTURE(type);
    SafetensorsWriter writer(folder / "x.safetensors");
    writer.begin("x", type);
    const std::vector<char> bytes(3 * size);
    writer.write(bytes.data(), bytes.size());
    writer.end({3});
    writer.commit({});
    CHECK(SafetensorsFile(folder / "x.safetensors").entry("x", {3}).dtype == type);
  }
}

TEST_CASE("safetensors: a header is not trusted") {
  const TemporaryFolder folder("headers");
  const auto is_refused = [&](const std::string& bytes) {
    write_file(folder / "x", bytes);
    CHECK_THROWS_WITH_AS(SafetensorsFile(folder / "x"), doctest::Contains("not a whole safetensors file"), Error);
  };
  const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  write_file(folder / "good", with_header(good, "12345678"));
  CHECK(SafetensorsFile(folder / "good").entry("a").size() == 2);
  is_refused("");
  is_refused("short");
  is_refused(with_header(good, "1234567"));                               // cut
  is_refused(std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8) + good);  // a header longer than the file
  is_refused(with_header("[1, 2]", ""));                                  // not an object
  is_refused(with_header("{\"a\": 3", ""));                               // not JSON
  is_refused(with_header(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", "12345678"));
  is_refused(with_header(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", "12345678"));
  is_refused(with_header(R"({"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}})", "12345678"));
  is_refused(with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", "12345678"));
  is_refused(with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}})", "12345678"));
  is_refused(with_header(R"({"a":{"dtype":"F32","shape":[4611686018427387904, 8],"data_offsets":[0,8]}})",
                         "12345678"));  // overflow
  is_refused(with_header(
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
      "12345678"));
  is_refused(with_header(R"({"a":{"shape":[2],"data_offsets":[0,8]}})", "12345678"));
  // By the letter of the format.
  is_refused(with_header(good, "123456789"));  // a byte behind the last tensor
  is_refused(with_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "12345678"));
  is_refused(with_header(
      R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}})",
      "123456"));  // a hole
  is_refused(with_header(
      R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
      "1234"));  // a name twice
  is_refused(with_header(" " + good, "12345678"));
  is_refused(with_header(R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", "12345678"));
  is_refused(with_header(R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]}})", "12345678"));
  is_refused(with_header(R"({"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})", "12345678"));
  is_refused(with_header(R"({"__metadata__":{"a":1}})", ""));
  is_refused(with_header("{\"a\":" + std::string(100000, '['), ""));
  std::string large(100'000'001 + 8, ' ');  // a header that the format does not allow
  const std::uint64_t length = large.size() - 8;
  std::memcpy(large.data(), &length, 8);
  large[8] = '{', large[9] = '}';
  is_refused(large);
}

TEST_CASE("safetensors: the writer knows the digest that a reader finds, of the data alone") {
  const TemporaryFolder folder("digest");
  const auto written = [&](const char* name, const std::vector<float>& values, const char* metadata) {
    SafetensorsWriter writer(folder / "x");
    writer.add(name, values, {static_cast<Index>(values.size())});
    writer.commit({{"m", metadata}});
    CHECK(SafetensorsFile(folder / "x").digest() == writer.digest());
    return writer.digest();
  };
  const std::vector<float> many(50000, 1.5f);
  CHECK(written("a", many, "1") == written("b", many, "2"));
  CHECK(written("a", {1, 2}, "1") != written("a", {2, 1}, "1"));
}

TEST_CASE("safetensors: a file that is cut while it is read is told") {
  const TemporaryFolder folder("cut");
  SafetensorsWriter writer(folder / "x");
  writer.add("a", std::vector<float>(5000, 1), {5000});
  writer.commit({});
  const SafetensorsFile file(folder / "x");
  fs::resize_file(folder / "x", 5000);
  std::vector<float> values(5000);
  CHECK_THROWS_WITH_AS(file.copy(file.entry("a"), 0, 5000, values.data()),
                       doctest::Contains("was cut while it was read"), Error);
}

TEST_CASE("safetensors: a tensor that is missing or of another shape is named") {
  const TemporaryFolder folder("shapes");
  SafetensorsWriter writer(folder / "x");
  writer.add("weight", std::vector<float>{1, 2}, {2});
  writer.commit({});
  const SafetensorsFile file(folder / "x");
  CHECK_THROWS_WITH_AS(file.entry("bias"), doctest::Contains("has no tensor bias"), Error);
  CHECK_THROWS_WITH_AS(file.entry("weight", {1, 2}), doctest::Contains("has the shape [2], not [1, 2]"), Error);
}
