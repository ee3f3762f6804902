#include "core/files.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

TEST_CASE("files: what is written is what is read") {
  const TemporaryFolder folder("files");
  const std::string bytes("a\0b\xff\n", 5);
  write_file(folder / "deep/er/x", bytes);
  CHECK(read_file(folder / "deep/er/x") == bytes);
  const MappedFile mapped(folder / "deep/er/x");
  CHECK(mapped.bytes().size() == 5);
  CHECK(std::to_integer<int>(mapped.bytes()[3]) == 0xff);
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
  CHECK(MappedFile(folder / "file").bytes().empty());
}

TEST_CASE("files: a folder is locked by one at a time") {
  const TemporaryFolder folder("lock");
  {
    const FolderLock lock(folder.path);
    CHECK_THROWS_WITH_AS(FolderLock(folder.path), doctest::Contains("another sgtm process"), Error);
  }
  const FolderLock again(folder.path);
}
