#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace sgtm {

namespace fs = std::filesystem;

/// What the operating system says of a failure: of the last one, if not of another `code`.
std::string system_reason(int code = errno);

/// Throws Error for a file that could not be opened or read, with the system's reason.
[[noreturn]] void cannot_read(const fs::path& path);

/// The whole file. Throws Error where it is missing, unreadable or no regular file: a folder, a device, a pipe.
std::string read_file(const fs::path& path);

/// A file that appears whole or not at all: it is written beside its place as NAME.part, and `commit` forces it to disk
/// and renames it. Without commit the part is removed. Every failure (a full disk, a folder that may not be written)
/// throws Error with the path and the system's reason.
class FileWriter {
 public:
  explicit FileWriter(fs::path path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  void write(std::string_view bytes);
  void write(const void* bytes, std::size_t size) { write({static_cast<const char*>(bytes), size}); }
  /// Overwrites what was written at `position`; the next write goes on at the end.
  void write_at(std::size_t position, std::string_view bytes);
  void commit();

 private:
  [[noreturn]] void fail() const;
  fs::path path_, part_;
  int descriptor_ = -1;
};

/// FileWriter in one call, making the folder where it is missing.
void write_file(const fs::path& path, std::string_view contents);

/// Throws Error where the folder can't be made.
void make_folder(const fs::path& path);

/// The number of an open file, which is closed when this is gone; below 0 where it could not be opened.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();
  operator int() const { return number_; }

 private:
  int number_;
};

/// A regular file that is read in pieces from anywhere, so that it may exceed memory. Throws Error as read_file does,
/// and where the file was cut after it was opened.
class InputFile {
 public:
  explicit InputFile(fs::path path);
  std::size_t size() const { return size_; }
  void read_at(std::size_t position, void* to, std::size_t bytes) const;

 private:
  fs::path path_;
  Descriptor descriptor_;
  std::size_t size_ = 0;
};

/// A folder among the system's temporary ones that is gone when this is.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// A lock that one process holds on a folder until it is destroyed or the process ends, however it ends.
class FolderLock {
 public:
  enum class IfHeld { refuse, wait };
  /// Where another process holds it, throws Error or waits.
  explicit FolderLock(const fs::path& folder, IfHeld if_held = IfHeld::refuse);

 private:
  Descriptor descriptor_;
};

/// Whether another process holds a folder's lock.
bool is_locked(const fs::path& folder);

}  // namespace sgtm
