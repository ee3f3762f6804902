#include <doctest/doctest.h>
#include <fmt/format.h>

#include "lab/analysis/analysis.hpp"
#include "lab/analysis/selection.hpp"
#include "lab/experiments/method_runs.hpp"
#include "tests/support/experiment_plans.hpp"
#include "tests/support/program.hpp"

using namespace sgtm;

namespace {

Sizing nano(int seeds) {
  return {"nano", seeds, false, preset};
}

/// A run that has finished with these losses.
Finished made_up(const std::string& method, double undiscovered, int seed, double forget, double tokens) {
  Finished run{method_run(nano(1), "nano", method, undiscovered, seed), {}};
  for (const char* state : model_states) run.result.losses[state] = {{"retain", 1.0 + seed}, {"forget", forget}};
  run.result.tokens["forget"][Label::unlabeled] = tokens;
  return run;
}

}  // namespace

TEST_CASE(
    "relearning: steps until the unfiltered model's loss, by straight lines; all of them where it is never reached") {
  std::vector<Finished> all{made_up("none", 0, 1, 2, 0), made_up("sgtm", 0.2, 1, 8, 10),
                            made_up("filter", 0.2, 1, 3, 10)};
  const auto curve = [](const std::vector<double>& losses) {
    std::vector<AttackLook> looks;
    for (const double loss : losses) {
      const auto before = static_cast<Index>(looks.size());
      looks.push_back({10 * before, 500.0 * static_cast<double>(before), loss});
    }
    return looks;
  };
  all[1].result.relearning = curve({8, 4, 2});
  all[2].result.relearning = curve({3, 2.5, 2.2});
  const Analysis analysis = experiment("relearning").analyse(all);
  const auto& sgtm = analysis.summary["nano"]["sgtm, 20 % missed"]["loss"];
  CHECK(analysis.summary["nano"]["sgtm, 20 % missed"]["near-loss"]["steps"]["mean"].get<double>() ==
        doctest::Approx(17.5));                                         // at 2 + 0.5
  CHECK(sgtm["steps"]["mean"].get<double>() == doctest::Approx(19.5));  // at 2 + 0.1 nats
  CHECK(sgtm["forget_tokens"]["mean"].get<double>() == doctest::Approx(19.5 * 50));
  const auto& filter = analysis.summary["nano"]["filter, 20 % missed"]["loss"];
  CHECK(filter["steps"]["mean"] == 20);
  CHECK(filter["reached"] == 0);
  const Figure& figure = analysis.figures.front().second;
  REQUIRE(figure.series.size() == 3);  // and no floor, where nobody knows it
  CHECK(figure.series[0].points == std::vector<std::pair<double, double>>{{10, 2.5}, {20, 2.2}});
  CHECK(figure.series[2].title == "goal");
  CHECK(figure.series[2].points.front().first == 10);
  CHECK(figure.series[2].points.back().first == 20);
  CHECK(is_empty(experiment("relearning").analyse({all[0]}).figures.front().second));
}

TEST_CASE("compute penalty: where the floor is known, the law is of what lies above it") {
  const auto run = [](const std::string& method, double undiscovered, double tokens, double share) {
    Finished made = made_up(method.starts_with("none") ? "none" : method, undiscovered, 1, 5, 0);
    made.plan.method = method;
    made.result.losses["calibrated"]["retain"] = 2 + 9 * std::pow(share * 6e3 * tokens, -0.1);
    made.result.tokens.clear();
    made.result.tokens["retain"][Label::unlabeled] = tokens;
    made.result.parameters = 1000;
    made.result.floor["retain"] = 2;
    return made;
  };
  std::vector<Finished> all{run("none", 0, 4e5, 1), run("none, 0.5 of the tokens", 0, 2e5, 1),
                            run("none, 0.25 of the tokens", 0, 1e5, 1), run("sgtm", 0.2, 4e5, 0.25)};
  const auto percent = [&] {
    const Analysis analysis = experiment("compute-penalty").analyse(all);
    return analysis.summary["penalties"][1]["percent"]["mean"].get<double>();
  };
  CHECK(percent() == doctest::Approx(75));
  all.push_back(run("none", 0, 4e6, 0.01));  // of a size that has but one budget: it does not bend the law
  all.back().plan.size = "other";
  CHECK(percent() == doctest::Approx(75));
}

TEST_CASE("compute penalty: runs on the law of the standard runs waste nothing, worse ones what the law says") {
  const auto run = [](const std::string& method, double undiscovered, double tokens, double loss) {
    Finished made = made_up(method.starts_with("none") ? "none" : method, undiscovered, 1, 5, 0);
    made.plan.method = method;
    made.result.losses["calibrated"]["retain"] = loss;
    made.result.tokens.clear();
    made.result.tokens["retain"][Label::unlabeled] = tokens;
    made.result.parameters = 1000;
    return made;
  };
  const auto law = [](double tokens) { return 9 * std::pow(6e3 * tokens, -0.1); };
  const Analysis analysis =
      experiment("compute-penalty")
          .analyse({run("none", 0, 4e5, law(4e5)), run("none, 0.5 of the tokens", 0, 2e5, law(2e5)),
                    run("none, 0.25 of the tokens", 0, 1e5, law(1e5)), run("filter", 0.2, 3e5, law(3e5)),
                    run("sgtm", 0.2, 4e5, law(1e5))});
  const auto& penalties = analysis.summary["penalties"];
  for (const std::size_t at : {0u, 1u})  // the standard runs' own, and the filter's
    CHECK(std::abs(penalties[at]["percent"]["mean"].get<double>()) < 1e-6);
  CHECK(penalties[2]["percent"]["mean"].get<double>() == doctest::Approx(75));
}

TEST_SUITE_BEGIN("slow");

TEST_CASE("an experiment from its command to its page; what is finished is not run again, what is damaged is") {
  const TemporaryFolder folder("experiment");
  const std::string sizing = " token-losses --quick --size nano --seeds 1";
  CHECK(run_sgtm(folder, "experiment report token-losses").error.find("no run has finished") != std::string::npos);
  const Outcome first = run_sgtm(folder, "experiment run" + sizing + " --results kept");
  CAPTURE(first.error);
  REQUIRE(first.code == 0);
  for (const char* file : {"index.html", "token-losses.csv", "token-losses.json", "token-losses-nano.svg"})
    CHECK(fs::exists(folder / "runs/report" / file));

  const Outcome lines = run_sgtm(folder, "experiment plan" + sizing);
  const std::string first_line = lines.out.substr(0, lines.out.find('\n'));
  const std::size_t from = first_line.find("--out ") + 6;
  const fs::path spoiled = folder / first_line.substr(from, first_line.find(' ', from) - from) / "result.json";
  const std::string good = read_file(spoiled), csv = read_file(folder / "runs/report/token-losses.csv");
  write_file(spoiled, good.substr(0, good.size() / 2));
  CHECK(run_sgtm(folder, "experiment report token-losses").error.find("is damaged") != std::string::npos);
  const auto before = run_shell(folder, "stat -c %y runs/*/model.safetensors | sort");
  const Outcome again = run_sgtm(folder, "experiment run" + sizing);
  CHECK(again.code == 0);
  CHECK(again.error.find("So it is removed") != std::string::npos);
  CHECK(read_file(folder / "runs/report/token-losses.csv") == csv);
  const auto after = run_shell(folder, "stat -c %y runs/*/model.safetensors | sort");
  CHECK(std::mismatch(before.out.begin(), before.out.end(), after.out.begin()).first != before.out.end());

  // Another engine finishes what is missing, in the same folders.
  fs::remove(spoiled);
  const std::string make =
      "PATH=\"$(dirname $SGTM):$PATH\" && $SGTM experiment plan" + sizing + " --format make | make -j2 -f -";
  CHECK(run_shell(folder, make).code == 0);
  CHECK(fs::exists(spoiled));
  CHECK(run_shell(folder, make).out.find("Nothing to be done") != std::string::npos);

  CHECK(run_sgtm(folder, "experiment plan" + sizing + " --results kept").error.find("all of it has finished") !=
        std::string::npos);

  // Another experiment's damaged result is no obstacle.
  write_file(spoiled, "{}");
  const Outcome other = run_sgtm(folder, "experiment run gradient-norms --quick --size nano --seeds 1");
  CHECK(other.code == 0);
  CHECK(other.error.find("token-losses is left off the page") != std::string::npos);

  // A damaged result does not take the kept copy with it.
  write_file(spoiled, good.substr(0, good.size() / 2));
  CHECK(run_sgtm(folder, "experiment run" + sizing + " --results kept").code == 0);
  CHECK(!fs::exists(spoiled));

  // Where the runs are gone, a plan is still all that stands on stdout, and the kept results say the same.
  fs::remove_all(folder / "runs");
  CHECK(run_sgtm(folder, "experiment plan" + sizing).out.find("/sgtm train --data") != std::string::npos);
  const Outcome kept = run_sgtm(folder, "experiment run" + sizing + " --results kept");
  CHECK(kept.code == 0);
  CHECK(!fs::exists(spoiled));
  CHECK(read_file(folder / "runs/report/token-losses.csv") == csv);
}

TEST_CASE("a table that is stopped or killed goes on, beside another on the same folder, and past what is damaged") {
  const TemporaryFolder folder("tables");
  const std::string table = "experiment run token-losses --quick --size nano --seeds 1 --jobs 1 --runs ";
  const Outcome whole = run_sgtm(folder, table + "whole --results kept");
  CAPTURE(whole.error);
  REQUIRE(whole.code == 0);
  const std::string csv = read_file(folder / "whole/report/token-losses.csv");
  const auto stopped = [&](int finished, const char* how) {
    return run_shell(
        folder,
        fmt::format("$SGTM {}cut & until [ $(ls cut/*/result.json 2>/dev/null | wc -l) -ge {} ] || ! kill -0 $!; "
                    "do sleep 0.05; done; {} $!; wait $!",
                    table, finished, how));
  };
  const Outcome interrupted = stopped(1, "kill -INT");
  CHECK(interrupted.code == 130);
  CHECK(interrupted.error.find("Repeat the command to go on") != std::string::npos);
  CHECK(stopped(2, "kill -9").code == 137);
  CHECK(run_shell(folder, "ls cut/*/result.json | wc -l").out < "4\n");

  const Outcome both = run_shell(folder, "$SGTM " + table + "cut >one 2>&1 & $SGTM " + table + "cut && wait $!");
  const std::string one = read_file(folder / "one");
  CAPTURE(both.error);
  CAPTURE(one);
  CHECK(both.code == 0);
  CHECK(both.out.find("4 of 4 runs") != std::string::npos);
  CHECK(one.find("4 of 4 runs") != std::string::npos);
  CHECK(read_file(folder / "cut/report/token-losses.csv") == csv);

  run_shell(folder,
            "set -- cut/*/result.json; rm $1 $2; echo { >${1%result.json}settings.json; "
            "echo cut >${2%result.json}checkpoint.safetensors");
  const Outcome again = run_sgtm(folder, table + "cut");
  CHECK(again.code == 0);
  CHECK(again.error.find("is damaged. So it is removed") != std::string::npos);
  CHECK(read_file(folder / "cut/report/token-losses.csv") == csv);

  run_shell(folder,
            "set -- cut/*/result.json; rm -r ${1%/result.json} ${2%/result.json} ${3%/result.json}; "
            "echo >${1%/result.json}; mkdir -p ${2%result.json}metrics.csv");
  const Outcome in_the_way = run_sgtm(folder, table + "cut");
  CHECK(in_the_way.code == 2);
  CHECK(in_the_way.error.find("the folder can't be made") != std::string::npos);
  CHECK(in_the_way.error.find("undiscovered, seed 1 (cut/") !=
        std::string::npos);  // a run that began, and why it ended
  CHECK(in_the_way.error.find("metrics.csv: can't be written") != std::string::npos);
  CHECK(in_the_way.out.find("token-losses: 2 of 4 runs") != std::string::npos);
}

TEST_CASE("the encyclopedia's experiments share runs, and tell what was recalled") {
  const TemporaryFolder folder("fields");
  const Outcome outcome =
      run_sgtm(folder, "experiment run fields fields-tradeoff fields-relearning --quick --size nano --seeds 1");
  CAPTURE(outcome.error);
  REQUIRE(outcome.code == 0);
  for (const char* file : {"fields-biology-nano.svg", "fields-tradeoff-nano-retain-forget.svg",
                           "fields-relearning-recall-nano.svg", "fields-relearning-loss-nano.svg"})
    CHECK(fs::exists(folder / "runs/report" / file));
  CHECK(read_file(folder / "runs/report/fields.csv").find("calibrated_forget_recall") != std::string::npos);
  CHECK(read_file(folder / "runs/report/fields.md").starts_with("# fields (the paper's figure 9, left)\n"));
  CHECK(outcome.out.find("fields: 4 of 4 runs") != std::string::npos);
  CHECK(outcome.out.find("fields-relearning: 7 of 7 runs") != std::string::npos);
  CHECK(run_shell(folder, "ls runs/*/result.json | wc -l").out == "7\n");
}

TEST_CASE("a report tells all sizes and experiments that were asked for, on one page") {
  const TemporaryFolder folder("reports");
  const std::string quick = " --quick --size nano --seeds ";
  CHECK(run_sgtm(folder, "experiment run gradient-norms" + quick + "2").code == 0);
  CHECK(run_sgtm(folder, "experiment run token-losses" + quick + "1").code == 0);
  CHECK(run_sgtm(folder, "experiment run gradient-norms" + quick + "1").out.find("2 of 2 runs") != std::string::npos);
  const std::string page = read_file(folder / "runs/report/index.html");
  CHECK(page.find("<h2 id=\"gradient-norms\">") != std::string::npos);
  CHECK(page.find("<h2 id=\"token-losses\">") != std::string::npos);
  {
    const FolderLock another(folder / "runs/report");
    const Outcome waiting = run_shell(folder,
                                      "$SGTM experiment report 2>errors & until grep -q 'waiting for it' errors || "
                                      "! kill -0 $!; do sleep 0.05; done; kill -9 $!; wait $!");
    CHECK(waiting.code == 137);
  }
  write_file(folder / "runs/experiments.json", "{");
  CHECK(run_sgtm(folder, "experiment report").error.find("experiments.json: is damaged") != std::string::npos);
}

TEST_CASE("a folder's name may hold what a shell would read otherwise; only make can't") {
  const TemporaryFolder folder("odd-names");
  const std::string options = " gradient-norms --quick --size nano --seeds 1 --runs \"o'brien's runs\"";
  const Outcome outcome = run_sgtm(folder, "experiment run" + options);
  CAPTURE(outcome.error);
  CHECK(outcome.code == 0);
  CHECK(run_sgtm(folder, "experiment plan --format make" + options).error.find("Rename it") != std::string::npos);
}

TEST_CASE("experiment: what a user may get wrong") {
  const TemporaryFolder folder("experiment-errors");
  const auto says = [&](const std::string& arguments, const std::string& why) {
    const Outcome outcome = run_sgtm(folder, "experiment " + arguments);
    CAPTURE(outcome.error);
    CHECK(outcome.code == 2);
    CHECK(outcome.error.find(why) != std::string::npos);
  };
  says("run leak", "there are undiscovered, leakage, scaling");
  says("report leak", "there are undiscovered, leakage, scaling");
  says("run leakage --size 3M", "there are 0.1M, 0.25M, 0.5M");
  says("run leakage --jobs 0", "--jobs");
  says("run leakage --seeds 0", "--seeds");
  says("run leakage --estimate --jobs 2", "--jobs");
  says("", "subcommand");
  write_file(folder / "plain.toml", "tokens = 1000\ncalibration-steps = 0\n");
  says("run leakage --size plain.toml", "experiments compare calibrated losses");
}

TEST_CASE("experiment: what there is, and how long it takes") {
  const TemporaryFolder folder("experiment-list");
  const Outcome list = run_sgtm(folder, "experiment list --quick --size nano");
  CHECK(list.code == 0);
  for (const Experiment& e : experiments()) CHECK(list.out.find(fmt::format("\n{} ", e.name)) != std::string::npos);
  const Outcome estimate =
      run_sgtm(folder, "experiment run leakage absorption --quick --size nano --seeds 1 --estimate");
  CHECK(estimate.out.starts_with("leakage, absorption: "));
  CHECK(estimate.out.find(" runs, about ") != std::string::npos);
  CHECK(!fs::exists(folder / "runs"));
}

TEST_SUITE_END();
