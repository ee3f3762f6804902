#include "core/files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

TEST_CASE("files: what is written is what is read") {
  const TemporaryFolder folder("files");
  const std::string bytes("a\0b\xff\n", 5);
  write_file(folder / "deep/er/x", bytes);
  CHECK(read_file(folder / "deep/er/x") == bytes);
  const InputFile file(folder / "deep/er/x");
  CHECK(file.size() == 5);
  char piece[3];
  file.read_at(1, piece, 3);
  CHECK(std::string(piece, 3) == bytes.substr(1, 3));
}

TEST_CASE("files: one that is cut while it is read, a pipe and a device are told, and nothing waits for them") {
  const TemporaryFolder folder("cut");
  write_file(folder / "x", "0123456789");
  const InputFile file(folder / "x");
  fs::resize_file(folder / "x", 5);
  char piece[10];
  CHECK_NOTHROW(file.read_at(0, piece, 5));
  CHECK_THROWS_WITH_AS(file.read_at(0, piece, 10), doctest::Contains("x: was cut while it was read"), Error);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const fs::path& path : {folder / "pipe", fs::path("/dev/zero")})
    CHECK_THROWS_WITH_AS(read_file(path), doctest::Contains("is a pipe or a device, where a file is needed"), Error);
}

TEST_CASE("files: a file appears whole or not at all") {
  const TemporaryFolder folder("whole");
  write_file(folder / "x", "old");
  {
    FileWriter writer(folder / "x");
    writer.write("new and lon");
    CHECK(read_file(folder / "x") == "old");
  }
  CHECK(read_file(folder / "x") == "old");
  CHECK_FALSE(fs::exists(folder / "x.part"));
  FileWriter writer(folder / "x");
  writer.write("0123456789");
  writer.write_at(2, "ab");
  writer.write("!");
  writer.commit();
  CHECK(read_file(folder / "x") == "01ab456789!");
  CHECK_FALSE(fs::exists(folder / "x.part"));
}

TEST_CASE("files: mistakes are told in a sentence") {
  const TemporaryFolder folder("mistakes");
  CHECK_THROWS_WITH_AS(read_file(folder / "none"), doctest::Contains("can't be read (No such file or directory)"),
                       Error);
  CHECK_THROWS_WITH_AS(read_file(folder.path), doctest::Contains("is a directory"), Error);
  write_file(folder / "file", "");
  CHECK_THROWS_AS(write_file(folder / "file/under", "x"), Error);
  CHECK(read_file(folder / "file").empty());
  CHECK(InputFile(folder / "file").size() == 0);
}

TEST_CASE("files: a folder is locked by one at a time") {
  const TemporaryFolder folder("lock");
  {
    const FolderLock lock(folder.path);
    CHECK_THROWS_WITH_AS(FolderLock(folder.path), doctest::Contains("another sgtm process"), Error);
  }
  const FolderLock again(folder.path);
}
