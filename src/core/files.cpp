#include "core/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include "core/error.hpp"
#include "core/say.hpp"

namespace sgtm {

std::string system_reason(int code) {
  return std::error_code(code, std::generic_category()).message();
}

void cannot_read(const fs::path& path) {
  throw Error(
      fmt::format("{}: can't be read ({}). Check the path and its permissions.", path.string(), system_reason()));
}

std::string read_file(const fs::path& path) {
  const InputFile file(path);
  std::string contents(file.size(), '\0');
  file.read_at(0, contents.data(), contents.size());
  return contents;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

/// Without waiting for anyone: opening a pipe that nobody writes into would.
InputFile::InputFile(fs::path path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) cannot_read(path_);
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode))
    throw Error(fmt::format("{}: is {}, where a file is needed. Name a file.", path_.string(),
                            S_ISDIR(status.st_mode) ? "a directory" : "a pipe or a device"));
  size_ = static_cast<std::size_t>(status.st_size);
}

void InputFile::read_at(std::size_t position, void* to, std::size_t bytes) const {
  for (auto* at = static_cast<char*>(to); bytes > 0;) {
    const ssize_t got = ::pread(descriptor_, at, bytes, static_cast<off_t>(position));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) cannot_read(path_);
    if (got == 0) throw Error(fmt::format("{}: was cut while it was read. Make it again.", path_.string()));
    at += got, position += static_cast<std::size_t>(got), bytes -= static_cast<std::size_t>(got);
  }
}

FileWriter::FileWriter(fs::path path) : path_(std::move(path)), part_(path_.string() + ".part") {
  descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail();
}

FileWriter::~FileWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(part_.c_str());
}

void FileWriter::fail() const {
  throw Error(fmt::format("{}: can't be written ({}). Free some space or choose another folder.", path_.string(),
                          system_reason()));
}

void FileWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void FileWriter::write_at(std::size_t position, std::string_view bytes) {
  if (::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(position)) !=
      static_cast<ssize_t>(bytes.size()))
    fail();
}

void FileWriter::commit() {
  if (::fsync(descriptor_) != 0) fail();
  if (::close(std::exchange(descriptor_, -1)) != 0 || ::rename(part_.c_str(), path_.c_str()) != 0) {
    const int failure = errno;
    ::unlink(part_.c_str());
    errno = failure;
    fail();
  }
}

void write_file(const fs::path& path, std::string_view contents) {
  if (path.has_parent_path()) make_folder(path.parent_path());
  FileWriter file(path);
  file.write(contents);
  file.commit();
}

void make_folder(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure || !fs::is_directory(path))
    throw Error(fmt::format("{}: the folder can't be made ({}). Choose another.", path.string(),
                            failure ? failure.message() : "a file has that name"));
}

ScratchFolder::ScratchFolder() {
  std::error_code failure;
  std::string path = (fs::temp_directory_path(failure) / "sgtm-XXXXXX").string();
  if (failure || ::mkdtemp(path.data()) == nullptr)
    throw Error(
        fmt::format("the folder for temporary files can't be used ({}). Set TMPDIR to a folder that can be written.",
                    failure ? failure.message() : system_reason()));
  path_ = path;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

FolderLock::FolderLock(const fs::path& folder, IfHeld if_held)
    : descriptor_(::open((folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0)
    throw Error(fmt::format("{}: can't be written ({}). Choose another folder.", folder.string(), system_reason()));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK)
    throw Error(
        fmt::format("{}: can't be locked ({}). Choose a folder on another disk.", folder.string(), system_reason()));
  if (if_held == IfHeld::refuse)
    throw Busy(fmt::format("{}: another sgtm process is at work here. Wait for it, or choose another folder.",
                           folder.string()));
  say("{}: another sgtm process is at work here; waiting for it.", folder.string());
  while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

bool is_locked(const fs::path& folder) {
  const Descriptor descriptor(::open((folder / ".lock").c_str(), O_RDWR | O_CLOEXEC));
  return descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace sgtm
