#pragma once

#include <string>
#include <vector>

#include "core/files.hpp"

// Where the program's data lies, what folders of its own hold, and how one is replaced as a whole.

namespace sgtm {

/// Where the program's data lies (stories, presets): the environment's SGTM_DATA, what is installed beside the program,
/// or the source tree it was built from. Throws Error where there is none.
fs::path data_folder();

/// "data set", "run", "demo", "table of runs", "model" or "tokenizer"; empty for a folder that is missing or of others.
std::string kind_of(const fs::path& folder);

/// Throws Error where the folder holds something else than `kind`, so that nothing of it is overwritten.
void check_place(const fs::path& folder, const std::string& kind);

/// Does what a FolderWriter had begun when it was killed. Whoever reads a folder that one writes calls this first.
void settle(const fs::path& folder);

/// Files of a folder that appear together or not at all. They are written into `staging`; `commit` renames that, from
/// where on they count, and then moves them to their places. Holds the folder's lock.
class FolderWriter {
 public:
  /// Makes the folder where it is missing. Throws Error.
  explicit FolderWriter(fs::path folder);
  ~FolderWriter();
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;

  fs::path staging() const { return folder_ / ".new"; }
  /// `old`: files of the folder that go, unless they were written anew.
  void commit(const std::vector<std::string>& old);

 private:
  fs::path folder_;
  bool is_new_;  // and goes again if nothing is committed
  FolderLock lock_;
};

}  // namespace sgtm
