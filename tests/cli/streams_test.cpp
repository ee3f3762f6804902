// What becomes of standard input, output and error: closed, full, or with nobody at the other end.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/workshop.hpp"

using namespace sgtm;

namespace {

Outcome in_workshop(const std::string& command) {
  const Outcome outcome = run_shell(workshop(), command);
  CAPTURE(command);
  CAPTURE(outcome.error);
  return outcome;
}

}  // namespace

TEST_CASE("streams: closed ones are never taken for files") {
  const std::string commands[] = {train + "--strategy sgtm --seed 8 --out closed",
                                  "prepare --stories 200 --out closed-data", "ablate run --out closed-ablated"};
  for (const std::string& command : commands) CHECK(in_workshop("$SGTM " + command + " <&- >&- 2>&-").code == 0);
  CHECK(in_workshop("$SGTM eval closed-ablated --data data").code == 0);
  CHECK(in_workshop("$SGTM " + train + "--strategy sgtm --seed 8 --out closed").code == 0);
  CHECK(in_workshop("$SGTM prepare --stories 200 --out open-data && cmp open-data/train.retain.safetensors "
                    "closed-data/train.retain.safetensors")
            .code == 0);
}

TEST_CASE("streams: output that can't be written is told, whatever the command") {
  for (const char* command : {"stories --documents 1", "--help", "train --help", "--version", "masks --strategy sgtm",
                              "info run", "eval run --json", "verify gradients --strategy none --block 0"}) {
    const Outcome outcome = in_workshop(fmt::format("$SGTM {} >/dev/full", command));
    CHECK(outcome.code == 2);
    CHECK(outcome.error ==
          "sgtm: standard output: can't be written (No space left on device). Free some space, or write "
          "elsewhere.\n");
  }
}

TEST_CASE("streams: a reader that goes away ends output quietly, and never a training") {
  CHECK(in_workshop("{ $SGTM stories --documents 100000; echo $? >&2; } | head -n 1").error == "0\n");
  CHECK(in_workshop("{ trap '' PIPE; $SGTM stories --documents 100000; echo $? >&2; } | head -n 1").error == "0\n");
  const Outcome trained =
      in_workshop("{ $SGTM " + train + "--strategy sgtm --seed 9 --out piped 2>&1; echo $? >code; } | true; cat code");
  CHECK(trained.out == "0\n");
  CHECK(fs::exists(workshop() / "piped/result.json"));
  const Outcome demo = in_workshop(
      "{ $SGTM demo --preset nano --stories 300 --steps 20 --out piped-demo; echo $? >code; } | true; "
      "cat code");
  CHECK(demo.out == "0\n");
  CHECK(fs::exists(workshop() / "piped-demo/report.html"));
}

TEST_CASE("streams: text comes from pipes and standard input; what never ends or never begins is refused") {
  write_file(workshop() / "en.txt", "one two three\n<|endoftext|>\nfour five six\n<|endoftext|>\nseven eight nine\n");
  const std::string prepare = "prepare --vocabulary 300 --overwrite ";
  CHECK(in_workshop("$SGTM " + prepare + "--retain en.txt --out from-file").code == 0);
  CHECK(in_workshop("cat en.txt | $SGTM " + prepare + "--retain - --out from-pipe").code == 0);
  CHECK(in_workshop("$SGTM " + prepare + "--retain - --out from-input <en.txt").code == 0);
  CHECK(in_workshop("cat en.txt | $SGTM " + prepare + "--retain /dev/stdin --out from-device").code == 0);
  CHECK(in_workshop("bash -c \"$SGTM " + prepare + "--retain <(sleep 0.2; cat en.txt) --out from-process\"").code == 0);
  for (const char* other : {"from-pipe", "from-input", "from-device", "from-process"})
    CHECK(in_workshop(fmt::format("cmp from-file/train.retain.safetensors {}/train.retain.safetensors", other)).code ==
          0);
  refused("prepare --retain /dev/zero --out x", "/dev/zero: is a device");
  refused("prepare --retain - --out x </dev/null", "-: is a device");
  refused("prepare --retain en.txt --forget ./en.txt --out x", "./en.txt: is named twice, also as en.txt");
  CHECK(in_workshop("mkfifo deserted; $SGTM eval deserted").error.find("is a pipe or a device") != std::string::npos);
}
