#pragma once

#include <cstdio>
#include <fstream>
#include <string>

#include "core/files.hpp"

namespace sgtm {

/// Another program that trains a model of the same shape, to be timed in turns with this one. It is started once, with
/// the shape's name as its last argument; for every line on its standard input it makes one training step and prints
/// the tokens/s of it as a line.
class Peer {
 public:
  Peer(const std::string& command, const std::string& shape);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Lets it make a step. Throws Error where it answers anything but a rate.
  double tokens_per_second();

 private:
  std::string command_;
  ScratchFolder folder_;
  std::FILE* input_;
  std::ifstream output_;
};

}  // namespace sgtm
