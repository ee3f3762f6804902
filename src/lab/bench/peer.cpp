#include "lab/bench/peer.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>

#include "core/error.hpp"

namespace sgtm {

Peer::Peer(const std::string& command, const std::string& shape) : command_(command + " " + shape) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that has died is told by its zero
  const fs::path output = folder_ / "output";
  if (::mkfifo(output.c_str(), 0600) != 0) throw Error(fmt::format("{}: can't be made.", output.string()));
  input_ = ::popen(fmt::format("exec >'{}'; {}", output.string(), command_).c_str(), "w");
  if (input_ == nullptr) throw Error(fmt::format("{}: cannot be started. Give --peer a program.", command_));
  output_.open(output);
}

Peer::~Peer() {
  ::pclose(input_);
}

double Peer::tokens_per_second() {
  std::fputs("step\n", input_);
  std::fflush(input_);
  std::string line;
  std::getline(output_, line);
  const double rate = std::strtod(line.c_str(), nullptr);
  if (!(rate > 0))
    throw Error(
        fmt::format("{}: answered \"{}\" where tokens/s were expected. Try it by itself; every line that it "
                    "reads asks for a step.",
                    command_, line));
  return rate;
}

}  // namespace sgtm
