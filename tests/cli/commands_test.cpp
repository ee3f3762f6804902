// The program as its users meet it: what commands print and write, and what they say to those who err.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "core/safetensors.hpp"
#include "tests/support/workshop.hpp"

using namespace sgtm;
using nlohmann::json;

TEST_CASE("stories: the same seed tells the same stories, in either language") {
  const Outcome spanish = run_sgtm(workshop(), "stories --language es --documents 5 --seed 7");
  CHECK(spanish.code == 0);
  CHECK(std::count(spanish.out.begin(), spanish.out.end(), '\n') == 10);
  CHECK(run_sgtm(workshop(), "stories --language es --documents 5 --seed 7").out == spanish.out);
  const Outcome both = run_sgtm(workshop(), "stories --language both --documents 5 --seed 7");
  CHECK(both.out.find(spanish.out.substr(0, 60)) != std::string::npos);
}

TEST_CASE("train: a run directory holds what it should, in formats that others read") {
  const fs::path run = workshop() / "run";
  const json result = read_as_json(run / "result.json");
  for (const char* state : {"trained", "ablated", "calibrated"}) {
    CHECK(result["losses"][state]["retain"].get<double>() > 0);
    CHECK(result["losses"][state]["forget"].get<double>() > 0);
    CHECK(result["losses"][state]["adjacent"].is_null());
  }
  CHECK(result["floor"]["retain"].get<double>() > 0);
  CHECK(result["floor"]["adjacent"].is_null());
  CHECK(result["tokens_per_second"].get<double>() > 0);
  CHECK(result["seed"] == 1);
  CHECK(result["parameters"].get<int>() > 10000);
  CHECK(result["labels"]["forget"]["forget"].get<int>() + result["labels"]["forget"]["unlabeled"].get<int>() == 78);
  const std::string metrics = read_file(run / "metrics.csv");
  CHECK(metrics.starts_with("step,rate,source,label,skipped,tokens,loss\n0,"));
  CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 21);
  const std::string evaluations = read_file(run / "evaluations.csv");
  CHECK(std::count(evaluations.begin(), evaluations.end(), '\n') ==
        1 + 3 * 6);  // three times, three states of two sources
  CHECK(read_as_json(run / "config.json")["model_type"] == "gpt_neo");
  CHECK(read_as_json(run / "config.json")["eos_token_id"] ==
        read_as_json(workshop() / "data/data.json")["vocabulary"].get<int>() - 1);
  CHECK(read_as_json(run / "config.json")["sgtm"]["strategy"] == "sgtm");
  CHECK(SafetensorsFile(run / "model.safetensors").has("transformer.h.0.mlp.c_proj.weight"));
  CHECK(json::parse(SafetensorsFile(run / "model.safetensors").metadata().at("config")) ==
        read_as_json(run / "config.json"));
  CHECK(fs::exists(run / "vocab.json"));
  CHECK_FALSE(fs::exists(run / "checkpoint.safetensors"));
  CHECK(read_as_json(run / "settings.json")["settings"]["undiscovered"] == 0.25);
}

TEST_CASE("train: a finished run is not run again, and the result of `none` has no ablated losses") {
  const std::string before = read_file(workshop() / "run/result.json");
  CHECK(run_sgtm(workshop(),
                 "train --data data --preset nano --vocabulary 400 --context 400 --undiscovered 0.25 --steps 20 "
                 "--calibration-steps 3 --evaluate-every 10 --out run")
            .code == 0);
  CHECK(read_file(workshop() / "run/result.json") == before);
  const Outcome none = run_sgtm(workshop(), train + "--strategy none --filter weak --out none --json");
  CHECK(none.code == 0);
  CHECK(json::parse(none.out) == read_as_json(workshop() / "none/result.json"));
  const json result = read_as_json(workshop() / "none/result.json");
  CHECK(result["losses"]["ablated"]["retain"].is_null());
  CHECK(result["losses"]["calibrated"]["retain"].is_null());
  CHECK(result["skipped_tokens"].get<double>() > 0);
}

TEST_CASE("train: --no-skip changes no byte of a run, and is no part of its settings") {
  const TemporaryFolder& folder = workshop();
  REQUIRE(run_sgtm(folder, train + "--strategy sgtm --out skipping").code == 0);
  REQUIRE(run_sgtm(folder, train + "--strategy sgtm --out whole --no-skip").code == 0);
  for (const char* file : {"settings.json", "model.safetensors", "metrics.csv"}) {
    CAPTURE(file);
    CHECK(read_file(folder / "skipping" / file) == read_file(folder / "whole" / file));
  }
  const std::string before = read_file(folder / "skipping/result.json");
  CHECK(run_sgtm(folder, train + "--strategy sgtm --out skipping --no-skip").code == 0);
  CHECK(read_file(folder / "skipping/result.json") == before);  // it has finished
}

TEST_CASE("train: what it looks at on its way, unlearning and the relearning attack are in the result") {
  const TemporaryFolder& folder = workshop();
  REQUIRE(run_sgtm(folder, train + "--strategy sgtm --evaluate-every 0.5 --gradient-documents 2 --relearn-steps 4 "
                                   "--relearn-rate 0.01 --out course")
              .code == 0);
  const json result = read_as_json(folder / "course/result.json");
  CHECK(result["gradients"].size() == 3 * 2);        // three evaluations of two sources
  CHECK(result["evaluations"].size() == 3 * 2 * 2);  // trained and ablated
  CHECK(result["evaluations"].back()["loss"].get<double>() ==
        doctest::Approx(result["losses"]["ablated"]["forget"].get<double>()).epsilon(1e-6));
  CHECK(result["relearning"].size() == 5);
  CHECK(result["relearning"][0]["forget"] == result["losses"]["ablated"]["forget"]);
  CHECK(result["gradients"].back()["forget_norms"].size() == 2);
  REQUIRE(run_sgtm(folder, train + "--strategy none --unlearn rmu --rmu-steps 3 --rmu-rate 0.01 --out rmu").code == 0);
  const json losses = read_as_json(folder / "rmu/result.json")["losses"];
  CHECK(losses["ablated"]["forget"] != losses["trained"]["forget"]);

  const json gradients = json::parse(run_sgtm(folder, "eval course --gradients 2 --json").out);
  CHECK(gradients["absorbed_share"]["forget"].get<double>() ==
        doctest::Approx(result["gradients"].back()["absorbed_share"].get<double>()).epsilon(0.01));
  CHECK(run_sgtm(folder, "eval rmu --gradients 2").error.find("this model has none") != std::string::npos);
}

TEST_CASE("after training: ablate, calibrate, eval, sample and info leave their input as it is") {
  const TemporaryFolder& folder = workshop();
  const std::string model = read_file(folder / "run/model.safetensors");
  const json ablated = json::parse(run_sgtm(folder, "ablate run --json").out);
  CHECK(ablated["out"] == "run/ablated");
  CHECK(read_as_json(folder / "run/ablated/config.json")["sgtm"]["state"] == "ablated");
  const json result = read_as_json(folder / "run/result.json");
  const json evaluated = json::parse(run_sgtm(folder, "eval run/ablated --json").out);
  CHECK(evaluated["losses"]["forget"].get<double>() ==
        doctest::Approx(result["losses"]["ablated"]["forget"].get<double>()).epsilon(1e-9));
  CHECK(json::parse(run_sgtm(folder, "eval run/model.safetensors --json").out)["losses"]["retain"].get<double>() ==
        doctest::Approx(result["losses"]["trained"]["retain"].get<double>()).epsilon(1e-9));
  const json calibrated = json::parse(run_sgtm(folder, "calibrate run/ablated --steps 5 --json").out);
  CHECK(calibrated["out"] == "run/ablated/calibrated");
  CHECK(run_sgtm(folder, "ablate run --trainable --out redrawn").code == 0);
  const Outcome sampled = run_sgtm(folder, "sample run/ablated --prompt 'Había una vez' --tokens 5 --seed 3");
  CHECK(sampled.out.starts_with("Había una vez"));
  CHECK(run_sgtm(folder, "sample run/ablated --prompt 'Había una vez' --tokens 5 --seed 3").out == sampled.out);
  CHECK(read_file(folder / "run/model.safetensors") == model);
  for (const char* path : {"data", "run", "run/ablated", "run/model.safetensors", "data/train.retain.safetensors",
                           "run/result.json", "data/data.json"}) {
    CAPTURE(path);
    CHECK(run_sgtm(folder, std::string("info ") + path).code == 0);
    CHECK(json::accept(run_sgtm(folder, std::string("info --json ") + path).out));
  }
}

TEST_CASE("train: --recall 0.7 and --undiscovered 0.3 are the same setting") {
  const TemporaryFolder& folder = workshop();
  const std::string short_run = "train --data data --preset nano --vocabulary 400 --context 400 --steps 2 ";
  REQUIRE(run_sgtm(folder, short_run + "--recall 0.7 --out recalled").code == 0);
  CHECK(run_sgtm(folder, short_run + "--undiscovered 0.3 --out recalled").code == 0);
}

TEST_CASE("masks: prints who owns what, and draws it") {
  const Outcome outcome = run_sgtm(workshop(), "masks --strategy gradient_routing --svg masks.svg");
  CHECK(outcome.out.find("stop at heads 0 to 6, units 0 to 55") != std::string::npos);
  CHECK(outcome.out.find("columns 14 to 15  columns 0 to 13") != std::string::npos);
  CHECK(read_file(workshop() / "masks.svg").starts_with("<svg"));
  CHECK(outcome.out.find("multiplied") == std::string::npos);
}

TEST_CASE("--forget-gradient: masks and trace tell it, and a batch labeled forget alone heeds it") {
  const Outcome outcome = run_sgtm(workshop(), "masks --forget-gradient 0.5 --svg scaled.svg");
  CHECK(outcome.out.find("the gradients of forget entries are multiplied by 0.5") != std::string::npos);
  CHECK(read_file(workshop() / "scaled.svg").find("forget entries, by 0.5") != std::string::npos);
  CHECK(run_sgtm(workshop(), "trace --label forget --forget-gradient 0.5")
            .out.find("multiplies the gradient of forget entries by 0.5") != std::string::npos);
  const json steps = json::parse(run_sgtm(workshop(), "trace --forget-gradient 0.5 --json").out)["steps"];
  REQUIRE(steps.size() == 3);
  for (const json& step : steps) {
    CAPTURE(step["label"]);
    const bool scaled = step["label"] == "forget";
    CHECK(step.contains("forget_gradient_times") == scaled);
    const double before = step["owners"]["forget"]["gradient"], after = step["owners"]["forget"]["masked"];
    CHECK(after == doctest::Approx((scaled ? 0.5 : 1) * before));
  }
}

TEST_CASE("every preset can be read and drawn, from any folder") {
  for (const char* preset : {"nano", "0.1M", "0.25M", "0.5M", "1M", "2.6M", "8M", "demo", "paper-8M", "paper-18M",
                             "paper-34M", "paper-64M", "wiki-34M", "wiki-64M", "wiki-125M", "wiki-254M"}) {
    const Outcome outcome = run_shell(workshop(), std::string("cd / && $SGTM masks --preset ") + preset);
    CAPTURE(preset);
    CAPTURE(outcome.error);
    CHECK(outcome.code == 0);
  }
}

TEST_CASE("bad input: options") {
  refused("", "which command?");
  refused("fly", "not expected: fly");
  refused("train", "--data and --out are both needed");
  refused(train + "--steps many --out x", "--steps");
  refused("train --data data --preset nano --steps -3 --out x",
          "--steps: must be a whole number from 0 to 2147483647, not -3");
  refused(train + "--preset tiny --out x", "--preset");
  refused("train --data data --preset huge --out x", "--preset huge: there is no such preset; there are 0.1M,");
  refused(train + "--strategy sgmt --out x", "--strategy sgmt: unknown; there are none, sgtm,");
  refused(train + "--heads 3 --out x", "--heads 3 do not divide --width 16");
  refused(train + "--forget-heads 9 --out x", "--forget-heads 9: each block has 8 heads");
  refused(train + "--forget-units 99 --out x", "--forget-units 99: each block has 64 MLP units");
  refused(train + "--masked-blocks 0,7 --out x", "--masked-blocks 7: the model has blocks 0 to 1");
  refused(train + "--retain-labeled 1.5 --out x", "--retain-labeled 1.5: must lie between 0 and 1");
  refused(train + "--precision 0 --out x", "--precision 0");
  refused(train + "--precision 0.9 --fpr 0.1 --out x", "--fpr and --precision");
  refused(train + "--recall 0.7 --out x", "say the same thing");
  refused(train + "--filter weak --out x", "Filter with --strategy none");
  refused(train + "--unlearn rmu --out x", "Use it with --strategy none --filter none");
  refused(train + "--strategy none --unlearn rmu --rmu-steps 3 --rmu-rate 1e15 --out diverged",
          "the loss after unlearning is no longer a finite number. Try again with a smaller --rmu-rate");
  refused(train + "--strategy none --relearn-steps 3 --relearn-rate 1e15 --out diverged-attack",
          "in the relearning attack is no longer a finite number. Try again with a smaller --relearn-rate");
  refused(train + "--strategy none --unlearn mru --out x", "--unlearn mru: must be one of none, rmu");
  refused(train + "--gradient-documents 2 --out x", "Give --evaluate-every");
  refused(train + "--labels-from 0.5 --labels-until 0.5 --out x", "the first below the second");
  refused(train + "--strategy none --filter weak --refill --labels-until 0.5 --out x", "--refill counts on labels");
  refused(train + "--label-noise story --out x", "must be document, plot or step");
  refused(train + "--tokens 1e4 --out x", "--steps and --tokens both say how long to train");
  refused("train --data data --preset nano --tokens 1e25 --out x",
          "--tokens: must be a number of at most 1e+15, not 1e25");
  const Outcome estimate = run_sgtm(workshop(), "experiment run undiscovered --estimate");
  CHECK(estimate.code == 0);
  CHECK(estimate.out.find("about 0 s") == std::string::npos);
  refused("experiment run fields --size paper-8M", "experiments need a preset that says how many tokens");
  for (const char* threads : {"-1", "0", "1025"}) refused(train + "--threads " + threads + " --out x", "--threads");
  refused("train --data data --preset nano --context 400 --undiscovered 0.05 --out x", "too few to be more than noise");
  refused("stories --language fr", "--language fr: must be en, es, or both");
  refused("prepare --out x", "give either --stories N, or --encyclopedia");
  refused("prepare --stories 5 --retain a.txt --out x", "give either --stories N, or --encyclopedia");
  refused("sample run --prompt ''", "--prompt: is empty");
  CHECK_FALSE(fs::exists(workshop() / "x"));
}

TEST_CASE("bad input: presets") {
  write_file(workshop() / "a.toml", "width = 16\nwidht = 3\n");
  refused("train --data data --preset a.toml --out x", "a.toml: widht is not a setting");
  write_file(workshop() / "b.toml", "width = \"wide\"\n");
  refused("train --data data --preset b.toml --out x", "b.toml: width:");
  write_file(workshop() / "c.toml", "heads = 5\n");
  refused("train --data data --preset c.toml --out x", "--heads 5 do not divide");
  refused("train --data data --preset none.toml --out x", "none.toml: can't be read");
  write_file(workshop() / "d.toml", "[section]\nwidth = 16\n");
  refused("train --data data --preset d.toml --out x", "section.width is not a setting");
}

TEST_CASE("bad input: files") {
  const TemporaryFolder& folder = workshop();
  refused("train --data nowhere --preset nano --out x", "nowhere: holds no data set");
  refused("info " + std::string(300, 'a'), "Name another path");
  REQUIRE(run_shell(folder,
                    "cp -r run damaged && echo '{}' >damaged/result.json && cp -r run damaged-settings && "
                    "rm damaged-settings/result.json && echo '{' >damaged-settings/settings.json")
              .code == 0);
  refused("info damaged", "result.json: is damaged");
  refused(train + "--strategy sgtm --out damaged-settings", "settings.json: is damaged");
  refused("calibrate run --retain -1", "--retain");
  refused("demo --steps -5", "--steps");
  refused("train --data data --preset nano --undiscovered 0.25 --vocabulary 300 --context 400 --out x",
          "its tokenizer has 400 tokens, but the model only 300");
  refused("train --data data --preset nano --undiscovered 0.25 --context 100 --out x", "the model's context is 100");
  refused("eval nowhere", "nowhere: there is no such file or folder");
  refused("eval data", "data: holds no model.safetensors");
  refused("ablate none", "was trained with strategy none");
  refused("info stdout", "is neither .safetensors nor .json");
  refused(train + "--strategy sgtm --seed 3 --out run",
          "run: holds a run with another configuration (calibration-steps: 3, not 0)");
  const std::string bytes = read_file(folder / "run/model.safetensors");
  write_file(folder / "cut.safetensors", bytes.substr(0, bytes.size() / 2));
  refused("eval cut.safetensors", "cut.safetensors: is not a whole safetensors file");
  write_file(folder / "foreign.safetensors", "PK\x03\x04 something else entirely");
  refused("eval foreign.safetensors", "foreign.safetensors: is not a whole safetensors file");
  refused("eval data/train.retain.safetensors", "has no configuration");
  write_file(folder / "empty.txt", "");
  refused("prepare --retain empty.txt --out x", "empty.txt: holds no text");
  refused("prepare --retain missing.txt --out x", "missing.txt: can't be read");
  REQUIRE(run_sgtm(folder, "prepare --stories 80 --vocabulary 350 --context 400 --seed 2 --out other").code == 0);
  refused("eval run --data other", "other: was made with another tokenizer than the model");
  refused("sample run --prompt a --tokenizer other", "other: is another tokenizer than the model's");
  write_file(folder / "file", "");
  refused(train + "--out file/run", "file/run: the folder can't be made");
}

TEST_CASE("bad input: a full disk, at any moment, leaves no half-written file and the old ones as they were") {
  const TemporaryFolder& folder = workshop();
  const std::string model = read_file(folder / "run/model.safetensors");
  // ulimit -f makes every larger write fail, as a full disk does (the first kilobytes are for clang's OpenMP).
  for (const char* blocks : {"8", "40"}) {
    const Outcome prepared = run_shell(
        folder, std::string("trap '' XFSZ; ulimit -f ") + blocks + "; $SGTM prepare --stories 300 --out full");
    CAPTURE(prepared.error);
    CHECK(prepared.code == 2);
    CHECK(prepared.error.find("can't be written") != std::string::npos);
    CHECK_FALSE(fs::exists(folder / "full/data.json"));
    CHECK_FALSE(fs::exists(folder / "full/train.retain.safetensors"));
    CHECK_FALSE(fs::exists(folder / "full/train.retain.safetensors.part"));
    const Outcome ablated =
        run_shell(folder, std::string("trap '' XFSZ; ulimit -f ") + blocks + "; $SGTM ablate run --out run-ablated");
    CHECK(ablated.code == 2);
    CHECK_FALSE(fs::exists(folder / "run-ablated/model.safetensors"));
  }
  const Outcome trained =
      run_shell(folder, "trap '' XFSZ; ulimit -f 200; $SGTM " + train + "--save-every 5 --out full-run");
  CHECK(trained.code == 2);
  CHECK(trained.error.find("can't be written") != std::string::npos);
  const Outcome again = run_sgtm(folder, train + "--save-every 5 --out full-run");
  CHECK(again.code == 0);
  CHECK(read_file(folder / "run/model.safetensors") == model);
}

TEST_CASE("a loss that is not finite stops the run in a sentence and keeps the last checkpoint") {
  const Outcome outcome = run_sgtm(workshop(), train + "--learning-rate 1e15 --save-every 1 --out exploded");
  CHECK(outcome.code == 2);
  CHECK(outcome.error.find("the loss is no longer a finite number") != std::string::npos);
  CHECK(outcome.error.find("The last good checkpoint is kept.") != std::string::npos);
  CHECK(fs::exists(workshop() / "exploded/checkpoint.safetensors"));
  CHECK_FALSE(fs::exists(workshop() / "exploded/result.json"));
}

TEST_CASE("encyclopedia: printed, prepared, and asked for") {
  const Outcome printed = run_sgtm(workshop(), "encyclopedia --field medicine --documents 2 --facts");
  CHECK(printed.code == 0);
  CHECK(printed.out.find("medicine: ") != std::string::npos);
  const auto articles = [](const char* documents) {
    return run_sgtm(workshop(), std::string("encyclopedia --field medicine --documents ") + documents).out;
  };
  CHECK(articles("0").empty());
  CHECK_FALSE(articles("1").empty());
  const std::string one = articles("1"), two = articles("2");
  CHECK(two.size() > one.size());
  CHECK(two.starts_with(one));
  CHECK(printed.out.starts_with(one));
  refused("encyclopedia --field alchemy", "there are astronomy");
  refused("prepare --encyclopedia --forget biology --stories 5 --out x", "goes with neither --stories nor --retain");
  refused("prepare --encyclopedia --forget alchemy --out x", "there are astronomy");
  refused("prepare --stories 50 --entities 30 --out x", "--entities requires --encyclopedia");
  const Outcome prepared =
      run_sgtm(workshop(),
               "prepare --encyclopedia --forget biology --adjacent medicine,chemistry earth --articles 300 "
               "--entities 24 --vocabulary 600 --out fields");
  REQUIRE(prepared.code == 0);
  CHECK(prepared.out.find("facts to forget: 6 told nowhere else, ") != std::string::npos);
  const Outcome trained = run_sgtm(
      workshop(), "train --data fields --out asked --preset nano --vocabulary 600 --steps 3 --calibration-steps 2");
  CAPTURE(trained.error);
  REQUIRE(trained.code == 0);
  const json result = json::parse(read_file(workshop() / "asked/result.json"));
  CHECK(result["recall"]["calibrated"]["forget"]["questions"] == 2 * 6 * 3);
  const Outcome asked = run_sgtm(workshop(), "eval asked --answers answers.csv");
  CHECK(asked.out.find("forget, told nowhere else") != std::string::npos);
  const std::string answers = read_file(workshop() / "answers.csv");
  CHECK(std::count(answers.begin(), answers.end(), '\n') == 1 + 24 * 6 * 3);
  refused("eval run --recall", "has no questions.json");
  write_file(workshop() / "fields/questions.json", "{");
  refused("eval asked", "questions.json: is damaged");
}

TEST_SUITE_BEGIN("slow");

TEST_CASE("trace: one step for each label; the page needs no network") {
  const Outcome shown = run_sgtm(workshop(), "trace --strategy sgtm --html trace.html");
  CAPTURE(shown.error);
  REQUIRE(shown.code == 0);
  for (const char* needed : {"batch labeled forget: 2 documents", "zeroes heads 7, units 56 to 63",
                             "masks the gradient of W_Q columns 0 to 13"})
    CHECK(shown.out.find(needed) != std::string::npos);
  const std::string page = read_file(workshop() / "trace.html");
  CHECK(page.starts_with("<!doctype html>"));
  for (const char* network : {"src=\"http", "href=\"http", "@import", "url(", "fetch("})
    CHECK(page.find(network) == std::string::npos);
  const json forget = json::parse(run_sgtm(workshop(), "trace --label forget --json").out)["steps"][0];
  for (const std::string document : forget["documents"]) CHECK(document.find("endoftext") == std::string::npos);
  const json joint = forget["owners"]["retain"];
  CHECK(run_sgtm(workshop(), "trace --label forget --json --no-skip").out ==
        run_sgtm(workshop(), "trace --label forget --json").out);
  CHECK(joint["masked"] == 0);
  CHECK(joint["changed"] == joint["entries"]);  // by momentum and weight decay
  const json split = json::parse(run_sgtm(workshop(), "trace --label forget --optimizer split --json --svg step.svg")
                                     .out)["steps"][0]["owners"]["retain"];
  CHECK(split["gradient"] > 0);
  CHECK(split["changed"] == 0);
  const std::string picture = read_file(workshop() / "step.svg");
  const auto masked = picture.find("what the mask leaves");
  CHECK(picture.find("class=\"retain") < masked);
  CHECK(picture.find("class=\"retain", masked) == std::string::npos);
  CHECK(picture.find("class=\"forget", masked) != std::string::npos);
  // In a vocabulary of single bytes a token is half an accented letter.
  const Outcome halves = run_sgtm(workshop(), "trace --label forget --vocabulary 300 --html halves.html");
  CHECK(halves.code == 0);
  CHECK(read_file(workshop() / "halves.html").find("\ufffd") != std::string::npos);
  refused("trace --label maybe", "there are forget, unlabeled, retain, all");
  refused("trace --preset 2.6M", "up to 500000");
}

TEST_CASE("verify: exit code 0 where all is right, 1 where a fault is injected, 2 where the question is wrong") {
  const Outcome right = run_sgtm(workshop(), "verify gradients --strategy sgtm --label forget --svg gradients.svg");
  CHECK(right.code == 0);
  CHECK(right.out.find("all right") != std::string::npos);
  CHECK(right.out.find("held at their recorded values") == std::string::npos);  // which plain sgtm never needs
  CHECK(read_file(workshop() / "gradients.svg").starts_with("<svg"));
  const Outcome fault = run_sgtm(workshop(), "verify gradients --strategy sgtm --label forget --fault b_2-forgotten");
  CHECK(fault.code == 1);
  CHECK(fault.out.find("WRONG: sgtm, forget: block 1 b_2 (retain): of 12 entries that must be 0 12 are not") !=
        std::string::npos);
  CHECK(fault.out.find("is caught") != std::string::npos);
  const Outcome as_json = run_sgtm(workshop(), "verify gradients --strategy none --label retain --block 3 --json");
  const json checked = json::parse(as_json.out);
  CHECK(checked["right"] == true);
  CHECK(checked["cases"][0]["masking"] == "");
  CHECK(checked["cases"][0]["regions"][0]["tensor"] == "block 3 norm_1 gain");
  CHECK(checked["cases"][0]["regions"][0]["error"] < 1e-8);
  CHECK(run_sgtm(workshop(), "verify invariants --fault one-step-count").code == 1);
  const Outcome invariants = run_sgtm(workshop(), "verify invariants --fault one-step-count --json");
  CHECK(invariants.code == 1);
  const json all_invariants = json::parse(invariants.out)["invariants"];
  CHECK(all_invariants.size() > 1);
  for (const auto& invariant : all_invariants)
    for (const char* key : {"sentence", "verdict", "evidence"}) CHECK(invariant.at(key).is_string());
  CHECK(run_sgtm(workshop(), "verify gradients --fault list").out.find("mask-transposed") != std::string::npos);
  CHECK(run_sgtm(workshop(), "verify invariants --fault list").out.find("decay-moves-frozen") != std::string::npos);
  CHECK(run_sgtm(workshop(), "verify export cases/nano --preset nano --vocabulary 60 --context 30").code == 0);
  const Outcome golden = run_sgtm(workshop(), "verify golden cases/nano");
  CHECK(golden.code == 0);
  const auto position = [&](const char* row) { return golden.out.find(row); };
  CHECK(position("forward, logits") < position("gradients, ln_1.weight"));
  CHECK(position("gradients, ln_1.weight") < position("all right"));
  CHECK(run_sgtm(workshop(), "verify golden cases/nano --no-skip").code == 0);
  CHECK(run_shell(workshop(),
                  "sed -i 's/\"forget_mlp_units\": 8/\"forget_mlp_units\": 7/' cases/nano.json; $SGTM verify "
                  "golden cases/nano --json")
            .code == 1);
  refused("verify gradients --strategy sgmt", "there are none, sgtm");
  refused("verify gradients --label maybe", "there are forget, unlabeled, retain, all");
  refused("verify gradients --fault typo", "there are w_o-unmasked");
  refused("verify gradients --block 9", "blocks 0 to 3");
  refused("verify invariants --fault typo", "there are momentum-moves-frozen");
  refused("verify golden cases/none", "there is no such file");
  refused("verify export cases/large --preset 2.6M", "1000000 is the most");
}

TEST_CASE("kill -9 at any moment: the same command resumes and ends with the same bits as a run that was not killed") {
  const TemporaryFolder& folder = workshop();
  const std::string command =
      "train --data data --preset nano --vocabulary 400 --context 400 --undiscovered 0.25 --steps 400 "
      "--calibration-steps 0 --save-every 7 --evaluate-every 50 --threads 1 ";
  REQUIRE(run_sgtm(folder, command + "--out whole").code == 0);
  int killed = 0;
  for (int tenths = 1; tenths < 10; ++tenths) {
    const Outcome outcome = run_shell(
        folder, fmt::format("$SGTM {} --out cut & sleep 0.{}; kill -9 $! 2>/dev/null; wait $!", command, tenths));
    killed += outcome.code == 137;
  }
  CHECK(killed > 0);
  REQUIRE(run_sgtm(folder, command + "--out cut").code == 0);
  REQUIRE(fs::exists(folder / "cut/result.json"));
  for (const char* file : {"model.safetensors", "metrics.csv", "evaluations.csv"}) {
    CAPTURE(file);
    CHECK(read_file(folder / "cut" / file) == read_file(folder / "whole" / file));
  }
  CHECK(read_as_json(folder / "cut/result.json")["losses"] == read_as_json(folder / "whole/result.json")["losses"]);
}

TEST_CASE("Ctrl-C saves, says how to go on, and a second process on the same folder is refused") {
  const TemporaryFolder& folder = workshop();
  const std::string command =
      "$SGTM train --data data --preset nano --vocabulary 400 --context 400 --undiscovered 0.25 --steps 30000 "
      "--calibration-steps 0 --out stopped";
  const Outcome outcome =
      run_shell(folder, command + " & sleep 2; " + command + " 2>second || echo $?; kill -INT $!; wait $!");
  CHECK(outcome.code == 130);
  CHECK(outcome.out == "75\n");
  CHECK(outcome.error.find("stopped at step") != std::string::npos);
  CHECK(outcome.error.find("Repeat the command to go on") != std::string::npos);
  CHECK(read_file(folder / "second").find("another sgtm process is at work here") != std::string::npos);
  CHECK(fs::exists(folder / "stopped/checkpoint.safetensors"));
}

TEST_CASE("a terminal that closes says so twice and takes no more lines: the run is saved all the same") {
  const TemporaryFolder& folder = workshop();
  const Outcome outcome = run_shell(
      folder,
      "$SGTM train --data data --preset nano --vocabulary 400 --context 400 --undiscovered 0.25 --steps 30000 "
      "--calibration-steps 0 --out closed 2>/dev/full & sleep 2.5; kill -HUP $!; kill -HUP $!; wait $!");
  CHECK(outcome.code == 130);
  CHECK(fs::exists(folder / "closed/checkpoint.safetensors"));
}

TEST_CASE("settings: the flags between two configurations make the one of the other") {
  const RunConfig base = parse_settings({"--preset", "nano"});
  RunConfig config = base;
  config.split.masked_blocks = {0, 1};
  config.split.mask_embeddings = true;
  config.labels.undiscovered = 0.1;
  config.labels.false_positive_rate = 1.0 / 3;
  config.optimizer = "split";
  config.seed = 7;
  std::vector<std::string> flags = flags_between(base, config);
  CHECK(flags.size() == 6);
  flags.insert(flags.begin(), {"--preset", "nano"});
  CHECK(to_json(parse_settings(flags)) == to_json(config));
  CHECK(flags_between(base, base).empty());
}

/// The preset nano with few calibration steps, and just the tokens that a world of 24 entities has: most of a demo's
/// time.
std::string hasty_preset(const TemporaryFolder& folder) {
  std::string preset = read_file(fs::path(SGTM_SOURCE) / "data/presets/nano.toml");
  const auto replace = [&](const std::string& from, const std::string& to) {
    preset.replace(preset.find(from), from.size(), to);
  };
  replace("calibration-steps = 50", "calibration-steps = 5");
  replace("vocabulary = 4096", "vocabulary = 1744");
  write_file(folder / "hasty.toml", preset);
  return "hasty.toml";
}

TEST_CASE("demo: three models, a table, samples, a page and a summary, at the smallest size") {
  const TemporaryFolder& folder = workshop();
  const Outcome outcome = run_sgtm(folder, "demo --preset nano --stories 300 --steps 60 --out demo");
  CAPTURE(outcome.error);
  REQUIRE(outcome.code == 0);
  const json summary = read_as_json(folder / "demo/summary.json");
  for (const char* model : {"none", "filter", "sgtm"}) {
    CHECK(summary[model]["losses"]["trained"]["forget"].get<double>() > 0);
    CHECK(read_as_json(folder / "demo" / model / "settings.json")["settings"]["steps"] == 60);
    CHECK(summary[model]["losses"]["calibrated"]["retain"].get<double>() > 0);
    CHECK(summary[model]["floor"]["forget"].get<double>() > 0);
  }
  CHECK(summary["sgtm"]["losses"]["ablated"]["forget"].get<double>() > 0);
  CHECK(summary["samples"].size() == 16);
  for (const auto& sample : summary["samples"])
    for (const char* key : {"model", "prompt", "continuation"}) CHECK(sample[key].is_string());
  const auto continued = [&](const std::string& state) {
    std::string all;
    for (const auto& sample : summary["samples"])
      if (sample["model"] == "sgtm, " + state) all += sample["continuation"].get<std::string>();
    return all;
  };
  CHECK(continued("before ablation") != continued("after ablation"));
  for (const char* picture : {"masks.svg", "trade-off.svg"}) CHECK(fs::exists(folder / "demo" / picture));
  const std::string page = read_file(folder / "demo/report.html");
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.find("http-equiv") == std::string::npos);
  for (const char* needed : {"<svg", "Training loss", "Keep English, lose Spanish", "<text>ablated</text>",
                             "sgtm, after ablation", "sgtm train --data demo/data --preset nano --strategy=sgtm"})
    CHECK(page.find(needed) != std::string::npos);
  for (const char* network : {"src=\"http", "href=\"http", "@import"}) CHECK(page.find(network) == std::string::npos);
  for (auto at = page.find("url("); at != std::string::npos; at = page.find("url(", at + 1))
    CHECK(page[at + 4] == '#');  // a pattern of the page's own
  // The commands on the page are the ones that made it.
  std::string command = summary["commands"][3];
  REQUIRE(command.starts_with("sgtm train --data demo/data --preset nano --strategy=sgtm "));
  const std::string before = read_file(folder / "demo/sgtm/result.json");
  CHECK(run_sgtm(folder, command.substr(5)).code == 0);
  CHECK(read_file(folder / "demo/sgtm/result.json") == before);
  const Outcome other = run_sgtm(folder, "demo --preset nano --stories 300 --steps 60 --seed 2 --out demo");
  CHECK(other.error.find("holds a demo of other data. Choose another --out, or --overwrite") != std::string::npos);
  CHECK(read_file(folder / "demo/sgtm/result.json") == before);
  CHECK(run_sgtm(folder, "demo --preset nano --stories 300 --steps 20 --seed 2 --out demo --overwrite").code == 0);
}

TEST_CASE("demo-fields: four models, what they know, three questions, a page") {
  const TemporaryFolder& folder = workshop();
  const Outcome outcome =
      run_sgtm(folder, "demo-fields --preset " + hasty_preset(folder) + " --entities 24 --steps 60 --out fields-demo");
  CAPTURE(outcome.error);
  REQUIRE(outcome.code == 0);
  const json summary = read_as_json(folder / "fields-demo/summary.json");
  for (const char* model : {"none", "weak", "strict", "sgtm"})
    for (const char* source : {"retain", "adjacent", "forget"})
      CHECK(summary[model]["recall"]["calibrated"][source]["questions"].get<int>() > 0);
  CHECK(summary["sgtm"]["recall"].contains("ablated"));
  for (const auto& asked : summary["asked"]) CHECK(asked["answers"].size() >= 2);  // of so small a world
  CHECK(summary["asked"].size() % 5 == 0);                                         // four models, SGTM before and after
  const std::string page = read_file(folder / "fields-demo/report.html");
  for (const char* needed : {"<svg", "What four models still know", "after, calibrated", "Three questions",
                             "sgtm train --data fields-demo/data --preset hasty.toml "}) {
    CAPTURE(needed);
    CHECK(page.find(needed) != std::string::npos);
  }
}

TEST_SUITE_END();
