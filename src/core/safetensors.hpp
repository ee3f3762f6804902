#pragma once

#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/matrix.hpp"

namespace sgtm {

/// The safetensors format: 8 bytes of header length, a JSON header {name: {dtype, shape, data_offsets}}, the data.
/// The one reader and the one writer of it in this project.
class SafetensorsFile {
 public:
  struct Entry {
    std::string dtype;  // as in the header: "F32", "U16", ...
    std::vector<Index> shape;
    std::size_t begin, end;  // bytes in the file
    Index size() const;      // entries
  };

  /// Opens the file and checks its header against the file's size, by the letter of the format. Throws Error.
  explicit SafetensorsFile(const fs::path& path);

  const fs::path& path() const { return path_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Of the data of all tensors: reads the file through.
  std::uint64_t digest() const;
  bool has(const std::string& name) const { return entries_.contains(name); }
  /// Throws Error where there is none.
  const Entry& entry(const std::string& name) const;
  /// Throws Error unless the tensor has this shape.
  const Entry& entry(const std::string& name, const std::vector<Index>& shape) const;

  /// Copies entries first ... first + count - 1 of a tensor in row-major order, converting from F16, BF16, F32, F64,
  /// U8, U16, I32, U32 or I64. Throws Error for any other type.
  template <class To>
  void copy(const Entry& entry, Index first, Index count, To* to) const;

 private:
  fs::path path_;
  InputFile file_;
  std::size_t data_ = 0;  // where it begins
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

/// Writes tensors one after the other, of sizes that need not be known before: the header is filled in at the end, into
/// room left for it. Nothing appears at `path` before `commit`.
class SafetensorsWriter {
 public:
  explicit SafetensorsWriter(const fs::path& path, std::size_t header_room = 1 << 12);
  void begin(const std::string& name, const std::string& dtype);
  void write(const void* data, std::size_t bytes);
  void end(std::vector<Index> shape);

  /// begin, write and end in one; `values` are a vector of floating-point or of signed numbers, which names the type.
  template <class Values>
  void add(const std::string& name, const Values& values, std::vector<Index> shape) {
    using Number = typename Values::value_type;
    begin(name, fmt::format("{}{}", std::is_floating_point_v<Number> ? "F" : "I", 8 * sizeof(Number)));
    write(values.data(), static_cast<std::size_t>(values.size()) * sizeof(Number));
    end(std::move(shape));
  }
  void commit(const std::map<std::string, std::string>& metadata);
  /// Of the data written so far: what SafetensorsFile::digest will find.
  std::uint64_t digest() const { return digest_.value(); }

 private:
  FileWriter file_;
  Digest digest_;
  std::size_t header_room_, written_ = 0;
  std::vector<std::pair<std::string, SafetensorsFile::Entry>> entries_;
};

}  // namespace sgtm
