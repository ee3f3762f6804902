#include "text/text_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

/// Throws Error where nobody writes into a pipe for ten seconds.
void wait_for_text(const std::string& name, int descriptor) {
  pollfd waited{descriptor, POLLIN, 0};
  if (::poll(&waited, 1, 10'000) == 0)
    throw Error(
        fmt::format("{}: is a pipe, and nothing came out of it for 10 seconds. Write into it, or name a file.", name));
}

void copy(const std::string& name, int from, const fs::path& to) {
  FileWriter copy(to);
  std::string block(1 << 20, '\0');
  ssize_t got = 0;
  while ((got = ::read(from, block.data(), block.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) cannot_read(name);
    copy.write(block.data(), static_cast<std::size_t>(got));
  }
  copy.commit();
}

/// The file, or where its copy is.
fs::path readable_again(const std::string& name, const fs::path& file, std::optional<ScratchFolder>& aside) {
  const bool standard_input = name == "-";
  const Descriptor opened{standard_input ? ::dup(STDIN_FILENO)
                                         : ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat status {};
  if (opened < 0 || ::fstat(opened, &status) != 0) cannot_read(name);
  if (S_ISREG(status.st_mode) && !standard_input) return file;
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode))
    throw Error(fmt::format("{}: is {}, where text is needed. Name a file.", name,
                            S_ISDIR(status.st_mode) ? "a directory" : "a device"));
  if (!standard_input) {
    const bool has_name = !fs::is_symlink(file);  // /dev/fd/63, as in <(zcat en.gz), is a link, and somebody writes
    if (S_ISFIFO(status.st_mode) && has_name) wait_for_text(name, opened);
    ::fcntl(opened, F_SETFL, ::fcntl(opened, F_GETFL) & ~O_NONBLOCK);
  }
  if (!aside) aside.emplace();
  const fs::path path = *aside / hash_of(name);
  copy(name, opened, path);
  return path;
}

TextForm form_of(const std::string& name, const fs::path& path) {
  std::string ending = fs::path(name).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  if (ending == ".jsonl" || ending == ".ndjson") return TextForm::json_lines;
  LineReader lines(path);
  std::string first;
  while (const auto line = lines.next())
    if (first = trim(*line); !first.empty()) break;
  if (first.starts_with('{') && nlohmann::json::accept(first)) return TextForm::json_lines;
  if (ending == ".json")
    throw Error(
        fmt::format("{}: is not one JSON object per line. Make lines of it, for example with: jq -c '.[]'", name));
  return TextForm::plain;
}

}  // namespace

std::optional<std::string> LineReader::next() {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  offset_ = position_ - (block_.size() - at_);
  std::optional<std::string> line = raw_line();
  if (offset_ == 0 && line && line->starts_with(mark)) line->erase(0, mark.size()), offset_ = mark.size();
  return line;
}

std::optional<std::string> LineReader::raw_line() {
  constexpr std::size_t longest = 256 << 20, block_size = 1 << 20;
  std::string line;
  while (true) {
    const std::size_t end = block_.find('\n', at_);
    line.append(block_, at_, end == std::string::npos ? end : end - at_);
    if (line.size() > longest)
      throw Error(
          fmt::format("{}: has a line of more than {} bytes. Is it text? Cut it into documents.", name_, longest));
    if (end != std::string::npos) {
      at_ = end + 1;
      return line;
    }
    block_.resize(std::min(block_size, file_.size() - position_));
    if (block_.empty()) {
      at_ = 0;
      return line.empty() ? std::nullopt : std::optional(line);
    }
    file_.read_at(position_, block_.data(), block_.size());
    position_ += block_.size(), at_ = 0;
  }
}

TextFile open_text(const fs::path& file, std::optional<ScratchFolder>& aside) {
  const std::string name = file.string();
  const fs::path path = readable_again(name, file, aside);
  return {name, path, form_of(name, path)};
}

}  // namespace sgtm
