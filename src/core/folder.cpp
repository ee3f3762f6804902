#include "core/folder.hpp"

#include <fmt/ranges.h>

#include <cstdlib>
#include <sstream>
#include <utility>

#include "core/error.hpp"
#include "core/machine.hpp"

namespace sgtm {
namespace {

/// By the first of these files that it holds.
constexpr std::pair<const char*, const char*> kinds[] = {
    {"data.json", "data set"},      {"summary.json", "demo"},
    {"settings.json", "run"},       {"experiments.json", "table of runs"},
    {"model.safetensors", "model"}, {"model.safetensors.index.json", "model"},
    {"vocab.json", "tokenizer"},    {"tokenizer.json", "tokenizer"}};

constexpr const char* committed = ".commit";    // what `staging` is called from its commit on
constexpr const char* old_files = "old files";  // in it: names of files that go

const fs::path& made(const fs::path& folder) {
  make_folder(folder);
  return folder;
}

}  // namespace

fs::path data_folder() {
  const auto holds_data = [](const fs::path& folder) { return fs::exists(folder / "stories" / "lexicon.txt"); };
  if (const char* chosen = std::getenv("SGTM_DATA")) {
    if (holds_data(chosen)) return chosen;
    throw Error(
        fmt::format("SGTM_DATA={}: holds no stories/lexicon.txt. Name the data folder of the sources.", chosen));
  }
  const fs::path source = SGTM_SOURCE_DATA, program = this_program();
  std::vector<fs::path> candidates{program.parent_path().parent_path() / "share" / "sgtm", SGTM_INSTALLED_DATA, source};
  const std::string home = source.parent_path().string() + "/";
  if (program.string().starts_with(home)) candidates.insert(candidates.begin(), source);  // built there: its own data
  for (const fs::path& candidate : candidates)
    if (holds_data(candidate)) return candidate;
  throw Error(fmt::format(
      "the program's data folder is missing; it was last seen at {}. Set SGTM_DATA to the data folder of the sources.",
      candidates.back().string()));
}

std::string kind_of(const fs::path& folder) {
  for (const auto& [file, kind] : kinds)
    if (fs::exists(folder / file)) return kind;
  return "";
}

void check_place(const fs::path& folder, const std::string& kind) {
  settle(folder);
  const std::string held = kind_of(folder);
  if (!held.empty() && held != kind)
    throw Error(fmt::format("{}: holds a {}, where a {} would be written. Choose another folder.", folder.string(),
                            held, kind));
}

void settle(const fs::path& folder) {
  const fs::path from = folder / committed;
  if (!fs::exists(from)) return;
  std::error_code ignored;  // another process may be at the same
  if (fs::exists(from / old_files)) {
    std::istringstream names(read_file(from / old_files));
    for (std::string name; std::getline(names, name);) fs::remove(folder / name, ignored);
  }
  for (const auto& file : fs::directory_iterator(from))
    if (file.path().filename() != old_files) fs::rename(file.path(), folder / file.path().filename(), ignored);
  fs::remove(from / old_files, ignored);
  fs::remove(from, ignored);
  if (fs::exists(from))
    throw Error(fmt::format(
        "{}: files that were written can't be moved to their places. Check the folder's permissions.", from.string()));
}

FolderWriter::FolderWriter(fs::path folder)
    : folder_(std::move(folder)), is_new_(!fs::exists(folder_)), lock_(made(folder_)) {
  settle(folder_);
  fs::remove_all(staging());
  make_folder(staging());
}

FolderWriter::~FolderWriter() {
  std::error_code ignored;
  fs::remove_all(staging(), ignored);
  const auto entries = std::distance(fs::directory_iterator(folder_, ignored), fs::directory_iterator());
  if (is_new_ && entries == 1) fs::remove_all(folder_, ignored);  // it holds the lock and nothing else
}

void FolderWriter::commit(const std::vector<std::string>& old) {
  write_file(staging() / old_files, fmt::format("{}\n", fmt::join(old, "\n")));
  fs::rename(staging(), folder_ / committed);
  settle(folder_);
}

}  // namespace sgtm
