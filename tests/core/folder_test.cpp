#include "core/folder.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

TEST_CASE("folder: it is what its files say, and another kind is not written into") {
  const TemporaryFolder folder("kinds");
  CHECK(kind_of(folder / "none").empty());
  const std::pair<const char*, const char*> kinds[] = {
      {"vocab.json", "tokenizer"}, {"model.safetensors", "model"}, {"experiments.json", "table of runs"},
      {"settings.json", "run"},    {"summary.json", "demo"},       {"data.json", "data set"}};
  for (const auto& [file, kind] : kinds) {  // each is recognized before those above
    write_file(folder / file, "");
    CHECK(kind_of(folder.path) == kind);
    CHECK_NOTHROW(check_place(folder.path, kind));
    CHECK_THROWS_WITH_AS(check_place(folder.path, "thing"), doctest::Contains("where a thing would be written"), Error);
  }
  write_file(folder / "other/notes.txt", "");
  CHECK_NOTHROW(check_place(folder / "other", "run"));
}

TEST_CASE("folder: files appear together, old ones go, and what a kill left is finished by the next reader") {
  const TemporaryFolder folder("exchange");
  const fs::path out = folder / "out";
  write_file(out / "a", "old a"), write_file(out / "b", "old b"), write_file(out / "c", "another's");
  {
    FolderWriter writer(out);
    write_file(writer.staging() / "a", "new a");
    CHECK(is_locked(out));
  }
  CHECK(read_file(out / "a") == "old a");
  CHECK_FALSE(fs::exists(out / ".new"));
  {
    FolderWriter writer(out);
    write_file(writer.staging() / "a", "new a");
    writer.commit({"a", "b"});
  }
  const auto is_new = [&] {
    CHECK(read_file(out / "a") == "new a");
    CHECK_FALSE(fs::exists(out / "b"));
    CHECK(read_file(out / "c") == "another's");
    CHECK_FALSE(fs::exists(out / ".commit"));
  };
  is_new();
  // Killed behind the commit, before anything was moved.
  write_file(out / "a", "old a"), write_file(out / "b", "old b");
  write_file(out / ".commit/a", "new a"), write_file(out / ".commit/old files", "b\n");
  settle(out);
  is_new();
  write_file(out / ".new/a", "of a writer that was killed before its commit");
  settle(out);
  is_new();
  FolderWriter again(out);
  CHECK_FALSE(fs::exists(out / ".new/a"));
}
