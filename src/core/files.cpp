#include "core/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace sgtm {
namespace {

std::string system_reason() {
  return std::error_code(errno, std::generic_category()).message();
}

[[noreturn]] void cannot_read(const fs::path& path) {
  throw Error(
      fmt::format("{}: can't be read ({}). Check the path and its permissions.", path.string(), system_reason()));
}

int open_for_reading(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) cannot_read(path);
  if (struct stat status{}; ::fstat(descriptor, &status) != 0 || S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    throw Error(fmt::format("{}: is a directory, where a file is needed. Name a file in it.", path.string()));
  }
  return descriptor;
}

}  // namespace

std::string read_file(const fs::path& path) {
  const int descriptor = open_for_reading(path);
  std::string contents;
  char buffer[1 << 16];
  ssize_t got = 0;
  while ((got = ::read(descriptor, buffer, sizeof buffer)) > 0) contents.append(buffer, static_cast<std::size_t>(got));
  const int failure = got < 0 ? errno : 0;
  ::close(descriptor);
  errno = failure;
  if (failure != 0) cannot_read(path);
  return contents;
}

void check_readable(const fs::path& path) {
  ::close(open_for_reading(path));
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

MappedFile::MappedFile(const fs::path& path) {
  const int descriptor = open_for_reading(path);
  struct stat status {};
  ::fstat(descriptor, &status);
  size_ = static_cast<std::size_t>(status.st_size);
  void* data = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
  ::close(descriptor);
  if (data == MAP_FAILED) cannot_read(path);
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

FolderLock::FolderLock(const fs::path& folder, IfHeld if_held) {
  const fs::path path = folder / ".lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0)
    throw Error(fmt::format("{}: can't be written ({}). Choose another folder.", folder.string(), system_reason()));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) {
    const std::string reason = system_reason();
    ::close(descriptor_);
    throw Error(fmt::format("{}: can't be locked ({}). Choose a folder on another disk.", folder.string(), reason));
  }
  if (if_held == IfHeld::refuse) {
    ::close(descriptor_);
    throw Busy(fmt::format("{}: another sgtm process is at work here. Wait for it, or choose another folder.",
                           folder.string()));
  }
  fmt::print(stderr, "sgtm: {}: another sgtm process is at work here; waiting for it.\n", folder.string());
  while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

FolderLock::~FolderLock() {
  ::close(descriptor_);
}

bool is_locked(const fs::path& folder) {
  const int descriptor = ::open((folder / ".lock").c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool locked = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return locked;
}

}  // namespace sgtm
