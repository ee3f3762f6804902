// Files that were damaged, exchanged or made to harm: a sentence, exit code 2, and nothing else is touched.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/safetensors.hpp"
#include "tests/support/workshop.hpp"

using namespace sgtm;
using nlohmann::json;

namespace {

const std::string finished =
    "train --data data --preset nano --vocabulary 400 --context 400 --undiscovered 0.25 --steps 20 "
    "--calibration-steps 3 --evaluate-every 10 ";

#ifdef __SANITIZE_ADDRESS__
constexpr const char* memory_limit = "";  // the address sanitizer itself needs all addresses
#else
constexpr const char* memory_limit = "ulimit -v 4000000; ";
#endif

/// A copy of the workshop's run, of which a file is changed.
void with_changed(const char* file, const std::string& contents) {
  run_shell(workshop(), "rm -rf spoiled && cp -r run spoiled");
  write_file(workshop() / "spoiled" / file, contents);
}

}  // namespace

TEST_CASE("damage: a result whose parts have other types is told by whoever reads it") {
  const json result = read_as_json(workshop() / "run/result.json");
  for (const auto& [at, value] : std::vector<std::pair<const char*, json>>{{"/losses/trained", json::object()},
                                                                           {"/losses/trained/forget", "low"},
                                                                           {"/relearning", json::array({3})},
                                                                           {"/recall", 3},
                                                                           {"/evaluations", json::array()},
                                                                           {"/machine", nullptr},
                                                                           {"/floor", json::array()}}) {
    const std::string where = at;
    CAPTURE(where);
    json changed = result;
    changed[json::json_pointer(at)] = value;
    with_changed("result.json", changed.dump());
    refused("info spoiled", "result.json: is damaged");
    refused(finished + "--out spoiled", "result.json: is damaged");
  }
  for (const std::string& text :
       {std::string(200000, '['), std::string("{\"losses\": "), std::string("{\"a\": 1, \"a\": 2}")}) {
    with_changed("result.json", text);
    refused("info spoiled", "result.json: is damaged");
    with_changed("settings.json", text);
    refused(finished + "--out spoiled", "settings.json: is damaged");
    with_changed("config.json", text);
    CHECK(run_sgtm(workshop(), "eval spoiled").code == 0);  // the model has its own
  }
  write_file(workshop() / "what.json", "{\"what\": 5}");
  CHECK(run_sgtm(workshop(), "info what.json").out == "what: 5\n");
}

TEST_CASE("damage: a model that claims to be larger than its file is told before its memory is taken") {
  const std::string model = read_file(workshop() / "run/model.safetensors");
  const auto claims = [&](const std::string& number, const std::string& other, const char* why) {
    std::string changed = model;
    const std::size_t at = changed.find(number);
    REQUIRE(at != std::string::npos);
    changed.replace(at, number.size(), other);
    const std::size_t end = changed.find("  ");  // of the header, whose room stays as it was
    changed.erase(end, other.size() - number.size());
    with_changed("model.safetensors", changed);
    const Outcome outcome = run_shell(workshop(), std::string(memory_limit) + "$SGTM eval spoiled");
    CAPTURE(outcome.error);
    CHECK(outcome.code == 2);
    CHECK(outcome.error.find(why) != std::string::npos);
  };
  claims("\\\"num_layers\\\":2", "\\\"num_layers\\\":4000", "tells the attention of 2 layers");
  claims("\\\"num_layers\\\":2", "\\\"num_layers\\\":1048576", "tells the attention of 2 layers");
  claims("\\\"vocab_size\\\":400", "\\\"vocab_size\\\":4000000", "but a model of its configuration has");
  claims("\\\"num_layers\\\":2", "\\\"num_layers\\\":-1", "is no whole number from 1 to");
  claims("\\\"hidden_size\\\":16", "\\\"hidden_size\\\":16777216", "parameters");
  claims("\\\"forget_units\\\":8", "\\\"forget_units\\\":9e99", "is damaged (forget_units)");
}

TEST_CASE("damage: a course's lines that are lost or spoiled are told before a run goes on") {
  const std::string resume =
      "train --data data --preset nano --vocabulary 400 --context 400 --undiscovered 0.25 --steps 30000 "
      "--calibration-steps "
      "0 --evaluate-every 10 --save-every 1 --out going";
  const Outcome stopped =
      run_shell(workshop(), "$SGTM " + resume +
                                " & until [ -e going/checkpoint.safetensors ]; do sleep 0.05; done; "
                                "sleep 1; kill -INT $!; wait $!");
  REQUIRE(stopped.code == 130);
  const std::string good = read_file(workshop() / "going/evaluations.csv");
  for (const std::string& bad : {std::string(good.substr(0, good.find('\n') + 1)), good + "x,y\n",
                                 std::string("step,state,source,loss\n0,trained,retain,low\n")}) {
    write_file(workshop() / "going/evaluations.csv", bad);
    refused(resume, "going/evaluations.csv");
  }
  std::string no_number = good;
  no_number.replace(no_number.find('.'), 1, "x");
  write_file(workshop() / "going/evaluations.csv", no_number);
  refused(resume, "is no number");
  fs::remove(workshop() / "going/evaluations.csv");
  refused(resume, "going/evaluations.csv: has 0 lines of the ");
}

TEST_CASE("damage: a run does not go on with other data, and a model is not calibrated unawares on such") {
  run_shell(workshop(), "rm -rf exchanged && cp -r data exchanged && cp -r run of-exchanged");
  REQUIRE(run_sgtm(workshop(),
                   "train --data exchanged --preset nano --vocabulary 400 --context 400 --undiscovered 0.25 "
                   "--steps 20 --calibration-steps 0 --out of-exchanged --overwrite")
              .code == 0);
  REQUIRE(
      run_sgtm(workshop(), "prepare --stories 80 --seed 2 --context 400 --tokenizer data --out exchanged --overwrite")
          .code == 0);
  refused(
      "train --data exchanged --preset nano --vocabulary 400 --context 400 --undiscovered 0.25 --steps 20 "
      "--calibration-steps 0 --out of-exchanged",
      "holds a run with another configuration (other data)");
  refused("eval of-exchanged", "exchanged: is no longer the data set that the model was trained on");
  refused("calibrate of-exchanged", "exchanged: is no longer the data set that the model was trained on");
  const Outcome chosen = run_sgtm(workshop(), "eval of-exchanged --data exchanged");
  CHECK(chosen.code == 0);
  CHECK(chosen.error == "sgtm: exchanged: is another data set than the model was trained on.\n");
  run_shell(workshop(), "rm -rf emptied && cp -r data emptied && echo '#version: 0.2' >emptied/merges.txt");
  refused("train --data emptied --preset nano --vocabulary 400 --context 400 --out x",
          "emptied: the tokenizer is not what was prepared");
}

TEST_CASE("damage: no command writes into a folder of another kind, nor a picture over a model") {
  run_shell(workshop(), "rm -rf holds && mkdir holds && cp -r data run holds");
  refused("prepare --stories 80 --out holds/run --overwrite", "holds a run, where a data set would be written");
  refused("ablate run --out holds/data --overwrite", "holds a data set, where a model would be written");
  refused("calibrate run --out holds/data --overwrite", "holds a data set, where a model would be written");
  refused(finished + "--out holds/data --overwrite", "holds a data set, where a run would be written");
  refused("demo --preset nano --stories 300 --steps 20 --out holds/run --overwrite", "holds a run, where a demo");
  refused("demo-fields --preset nano --entities 24 --steps 20 --out holds/data", "holds a data set, where a demo");
  refused("verify export holds/run/result --preset nano", "holds a run, where a golden case");
  for (const char* folder : {"--runs holds/run", "--runs elsewhere --results holds/data"})
    refused(std::string("experiment run token-losses --quick --size nano --seeds 1 ") + folder, "would be written");
  refused("masks --svg holds/run/model.safetensors", "the file's name must end in .svg");
  refused("eval run --answers holds/run/result.json", "the file's name must end in .csv");
  CHECK(run_shell(workshop(), "diff -r data holds/data && diff -r run holds/run").code == 0);
}

TEST_CASE("damage: numbers from outside are finite, in range, and of their type") {
  for (const char* number : {"nan", "inf", "-inf", "1e39", "1e400", "-1", "", "1x"}) {
    CAPTURE(std::string(number));
    for (const char* option : {"--retain", "--adjacent", "--steps", "--documents"})
      refused(fmt::format("calibrate run --out x '{}={}'", option, number), option);
  }
  for (const char* seed : {"-1", "18446744073709551616", "1.5"})
    refused(fmt::format("stories --seed={}", seed), "--seed: must be a whole number from 0 to 18446744073709551615");
  CHECK(run_sgtm(workshop(), "stories --seed 18446744073709551615 --documents 0").code == 0);
  refused("train --learning-rate=-1e39", "--learning-rate: must be a number of at most 1e+15, not -1e39");
  refused("train --learning-rate=1x", "--learning-rate: must be a number of at most 1e+15, not 1x");
  refused("stories --documents=-1", "--documents: must be a whole number");
  refused(train + "--batch 9223372036854775807 --out x", "--batch: must be a whole number");
  refused("train --data data --preset nano --context 400 --undiscovered 0.25 --steps 2000000000 --out x",
          "--steps 2000000000, or --tokens, and --batch");
  refused("train --data data --preset nano --steps 1e15 --out x", "--steps: must be a whole number");
  refused("bench --rounds 0", "--rounds: must lie between 1 and 1000, not at 0");
  CHECK_FALSE(fs::exists(workshop() / "x"));
}

TEST_CASE("damage: a name that is not UTF-8 is told before any work") {
  for (const char* arguments : {"prepare --stories 80 --out $'b\\xffd'", "prepare --retain $'b\\xffd' --out x",
                                "demo --preset nano --out $'b\\xffd'", "sample run --prompt $'b\\xffd'"}) {
    const Outcome outcome = run_shell(workshop(), fmt::format("bash -c \"$SGTM {}\"", arguments));
    CHECK(outcome.code == 2);
    CHECK(outcome.error.find("is not UTF-8. Rename the file or folder.") != std::string::npos);
  }
}

TEST_CASE("damage: without a folder for temporary files, what needs none goes on, and the rest is told") {
  write_file(workshop() / "some.txt", "one two three\n<|endoftext|>\nfour five six\n");
  const std::string prepare = "TMPDIR=/nowhere $SGTM prepare --vocabulary 300 --overwrite --out no-temporary --retain ";
  CHECK(run_shell(workshop(), prepare + "some.txt").code == 0);
  const Outcome piped = run_shell(workshop(), "cat some.txt | " + prepare + "-");
  CHECK(piped.code == 2);
  CHECK(piped.error.find("Set TMPDIR to a folder that can be written") != std::string::npos);
}

TEST_CASE("damage: an option that is nearly one is named") {
  refused("train --undiscoverd 0.2", "Did you mean --undiscovered?");
  refused("prepare --stroies=5", "Did you mean --stories?");
  refused("trian", "Did you mean train?");
  refused("verify gradiens", "Did you mean gradients?");
  refused("stories --wholly-unknown", "not expected: --wholly-unknown. See");
}
