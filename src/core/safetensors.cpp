#include "core/safetensors.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/json.hpp"

namespace sgtm {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian, and so is this code");

std::size_t bytes_of(const std::string& dtype) {
  static const std::map<std::string, std::size_t> known{{"BOOL", 1}, {"U8", 1},   {"I8", 1},  {"U16", 2}, {"I16", 2},
                                                        {"F16", 2},  {"BF16", 2}, {"U32", 4}, {"I32", 4}, {"F32", 4},
                                                        {"U64", 8},  {"I64", 8},  {"F64", 8}};
  const auto found = known.find(dtype);
  return found == known.end() ? 0 : found->second;
}

[[noreturn]] void foreign(const fs::path& path, const std::string& why) {
  throw Error(
      fmt::format("{}: is not a whole safetensors file ({}). Make it again, or name another.", path.string(), why));
}

constexpr Index most_entries = Index(1) << 62;
constexpr std::size_t longest_header = 100'000'000;  // bytes, as the format says

/// The number of bytes that a shape takes; throws where it overflows.
std::size_t bytes_of(const std::vector<Index>& shape, std::size_t item, const fs::path& path) {
  std::size_t bytes = item;
  for (const Index extent : shape)
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes))
      foreign(path, "a tensor's size overflows");
  return bytes;
}

/// Throws std::out_of_range or a JSON exception for a header's entry that has not the form of one.
SafetensorsFile::Entry read_entry(const fs::path& path, const std::string& name, const json& item, std::size_t data,
                                  std::size_t file_size) {
  SafetensorsFile::Entry entry;
  entry.dtype = item.at("dtype").get<std::string>();
  if (!item.at("shape").is_array()) throw std::out_of_range("a shape is no list");
  for (const json& extent : item.at("shape")) entry.shape.push_back(whole(extent, 0, most_entries));
  if (item.at("data_offsets").size() != 2) throw std::out_of_range("data_offsets");
  const auto offset = [&](std::size_t i) {
    return static_cast<std::size_t>(whole(item.at("data_offsets").at(i), 0, most_entries));
  };
  const std::size_t begin = offset(0), end = offset(1);
  if (begin > end || end > file_size - data) foreign(path, fmt::format("tensor {} lies outside the file", name));
  const std::size_t unit = bytes_of(entry.dtype);
  if (unit == 0) foreign(path, fmt::format("tensor {} has the unknown type {}", name, entry.dtype));
  if (bytes_of(entry.shape, unit, path) != end - begin)
    foreign(path, fmt::format("tensor {} has another size than its shape says", name));
  entry.begin = data + begin;
  entry.end = data + end;
  return entry;
}

float half_to_float(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31)
    return static_cast<float>(sign) *
           (mantissa ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity());
  return static_cast<float>(sign *
                            (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25)));
}

float brain_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <class From, class To, class Convert>
void copy_as(const InputFile& file, std::size_t at, Index count, To* to, Convert convert) {
  From block[1 << 12];
  for (Index done = 0; done < count;) {
    const Index now = std::min<Index>(count - done, std::size(block));
    file.read_at(at, block, static_cast<std::size_t>(now) * sizeof(From));
    for (Index i = 0; i < now; ++i) to[done + i] = static_cast<To>(convert(block[i]));
    done += now, at += static_cast<std::size_t>(now) * sizeof(From);
  }
}

}  // namespace

Index SafetensorsFile::Entry::size() const {
  Index product = 1;
  for (const Index extent : shape) product *= extent;
  return product;
}

SafetensorsFile::SafetensorsFile(const fs::path& path) : path_(path), file_(path) {
  std::uint64_t length = 0;
  if (file_.size() < 8) foreign(path, fmt::format("it has {} bytes", file_.size()));
  file_.read_at(0, &length, 8);
  if (length > file_.size() - 8) foreign(path, "its header is longer than the file");
  if (length > longest_header) foreign(path, "its header is longer than the format allows");
  std::string text(length, ' ');
  file_.read_at(8, text.data(), length);
  if (!text.starts_with('{')) foreign(path, "its header is not a JSON object");
  std::string fault;
  const auto header = try_json<json>(text, fault);
  if (!fault.empty()) foreign(path, "its header is not JSON, is nested deep, or names a tensor twice");
  try {
    for (const auto& [name, item] : header.items()) {
      if (name == "__metadata__")
        metadata_ = item.get<std::map<std::string, std::string>>();
      else
        entries_[name] = read_entry(path, name, item, 8 + length, file_.size());
    }
  } catch (const json::exception&) {
    foreign(path, "its header has entries of another form");
  } catch (const std::out_of_range& e) {
    foreign(path, fmt::format("in its header {}", e.what()));
  }
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  for (const auto& [name, entry] : entries_) ranges.emplace_back(entry.begin, entry.end);
  std::sort(ranges.begin(), ranges.end());
  std::size_t end = 8 + length;  // tensors follow each other from here to the file's end
  for (const auto& [from, to] : ranges) {
    if (from < end) foreign(path, "two tensors overlap");
    if (from > end) foreign(path, "there is a hole between tensors");
    end = to;
  }
  if (end != file_.size()) foreign(path, "there are bytes behind the last tensor");
  data_ = 8 + length;
}

std::uint64_t SafetensorsFile::digest() const {
  Digest digest;
  std::vector<char> block(1 << 16);
  for (std::size_t at = data_; at < file_.size();) {
    const std::size_t now = std::min(block.size(), file_.size() - at);
    file_.read_at(at, block.data(), now);
    digest.add(block.data(), now);
    at += now;
  }
  return digest.value();
}

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw Error(fmt::format("{}: has no tensor {}. Is it the right file?", path_.string(), name));
  return found->second;
}

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& name, const std::vector<Index>& shape) const {
  const Entry& found = entry(name);
  if (found.shape != shape)
    throw Error(fmt::format("{}: tensor {} has the shape [{}], not [{}]. Is it the right file?", path_.string(), name,
                            fmt::join(found.shape, ", "), fmt::join(shape, ", ")));
  return found;
}

template <class To>
void SafetensorsFile::copy(const Entry& entry, Index first, Index count, To* to) const {
  const std::size_t at = entry.begin + static_cast<std::size_t>(first) * bytes_of(entry.dtype);
  const auto same = [](auto value) { return value; };
  if (entry.dtype == "F32")
    copy_as<float>(file_, at, count, to, same);
  else if (entry.dtype == "F64")
    copy_as<double>(file_, at, count, to, same);
  else if (entry.dtype == "F16")
    copy_as<std::uint16_t>(file_, at, count, to, half_to_float);
  else if (entry.dtype == "BF16")
    copy_as<std::uint16_t>(file_, at, count, to, brain_to_float);
  else if (entry.dtype == "U8")
    copy_as<std::uint8_t>(file_, at, count, to, same);
  else if (entry.dtype == "U16")
    copy_as<std::uint16_t>(file_, at, count, to, same);
  else if (entry.dtype == "U32")
    copy_as<std::uint32_t>(file_, at, count, to, same);
  else if (entry.dtype == "I32")
    copy_as<std::int32_t>(file_, at, count, to, same);
  else if (entry.dtype == "I64")
    copy_as<std::int64_t>(file_, at, count, to, same);
  else
    throw Error(
        fmt::format("{}: tensors of type {} are not supported. Convert it to F32.", path_.string(), entry.dtype));
}

template void SafetensorsFile::copy(const Entry&, Index, Index, float*) const;
template void SafetensorsFile::copy(const Entry&, Index, Index, double*) const;
template void SafetensorsFile::copy(const Entry&, Index, Index, int*) const;
template void SafetensorsFile::copy(const Entry&, Index, Index, std::int64_t*) const;

SafetensorsWriter::SafetensorsWriter(const fs::path& path, std::size_t header_room)
    : file_(path), header_room_(header_room) {
  file_.write(std::string(8 + header_room_, ' '));
}

void SafetensorsWriter::begin(const std::string& name, const std::string& dtype) {
  entries_.push_back({name, {dtype, {}, written_, written_}});
}

void SafetensorsWriter::write(const void* data, std::size_t bytes) {
  file_.write(data, bytes);
  digest_.add(data, bytes);
  written_ += bytes;
}

void SafetensorsWriter::end(std::vector<Index> shape) {
  SafetensorsFile::Entry& entry = entries_.back().second;
  entry.shape = std::move(shape);
  entry.end = written_;
}

void SafetensorsWriter::commit(const std::map<std::string, std::string>& metadata) {
  json header = {{"__metadata__", metadata}};
  for (const auto& [name, entry] : entries_)
    header[name] = {{"dtype", entry.dtype}, {"shape", entry.shape}, {"data_offsets", {entry.begin, entry.end}}};
  std::string text = header.dump();
  if (text.size() > header_room_) throw std::logic_error("safetensors header larger than the room left for it");
  text.resize(header_room_, ' ');
  const std::uint64_t length = text.size();
  file_.write_at(0, {reinterpret_cast<const char*>(&length), 8});
  file_.write_at(8, text);
  file_.commit();
}

}  // namespace sgtm
