#include "cli/commands.hpp"
#include "eval/document_gradients.hpp"
#include "eval/losses.hpp"
#include "eval/recall.hpp"
#include "eval/statistics.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

/// Per source, means over its first held-out documents: the share of the squared gradient norm on forget parameters,
/// and the forget mask's derivative. Nothing is masked.
void absorption(SavedModel& model, Network<float>& network, const Dataset& data, Index documents, bool quiet,
                nlohmann::ordered_json& json) {
  const Strategy& strategy = strategy_named(model.strategy);
  if (!strategy.splits)
    throw Error(
        "--gradients looks at forget parameters, and this model has none. Give one of another --strategy than none.");
  const Layout layout = model.layout();
  const Partition partition = make_partition(layout, model.config, model.split, strategy);
  if (!quiet)
    print_out("\nforget parameters are {:.1f} % of all; of a document's squared gradient norm they get\n",
              100 * static_cast<double>(size(partition.forget)) / static_cast<double>(layout.parameters()));
  for (const auto& [source, file] : data.held_out()) {
    std::vector<double> shares, masks;
    for (const DocumentGradient& g :
         document_gradients(network, layout, partition, model.split, strategy, model.parameters, *file, documents))
      shares.push_back(g.absorbed_share()), masks.push_back(g.forget_mask);
    const Estimated share = estimate_mean(shares), mask = estimate_mean(masks);
    json["absorbed_share"][source] = share.mean;
    json["forget_gate"][source] = mask.mean;
    if (!quiet)
      print_out("{:9} {:.3f}{} (over {} documents); derivative of the loss by the forget mask {:.3f}\n", source,
                share.mean, share.count > 1 ? fmt::format(", standard deviation {:.3f}", share.deviation) : "",
                share.count, mask.mean);
  }
}

/// Every question with the answer that the model finds likeliest.
void write_answers(const fs::path& path, const Questions& questions, const std::vector<std::vector<double>>& answered) {
  std::string csv = "field,attribute,told_also,prompt,right answer,its log p,model's answer,its log p\n";
  for (std::size_t i = 0; i < answered.size(); ++i) {
    const Question& q = questions.questions[i];
    const auto right = static_cast<std::size_t>(q.right), best = static_cast<std::size_t>(likeliest(answered[i]));
    const auto& values = questions.values_of(q);
    csv += fmt::format("{},{},{},{},{},{:.4f},{},{:.4f}\n", q.field, q.attribute, q.told_also, csv_field(q.prompt),
                       csv_field(values[right]), answered[i][right], csv_field(values[best]), answered[i][best]);
  }
  write_file(path, csv);
}

/// The questions of a data set; none, unless they are needed, where it has none.
Questions questions_of(const Dataset& data, bool needed) {
  Questions questions = read_questions(data.path);
  if (needed && questions.questions.empty())
    throw Error(
        fmt::format("{}: has no questions.json, so there are no facts to ask for. Prepare data with sgtm prepare "
                    "--encyclopedia, or leave out --recall and --answers.",
                    data.path.string()));
  return questions;
}

}  // namespace

void add_eval(CLI::App& program) {
  struct Options {
    fs::path path, data, answers;
    Index gradients = 0;
    bool recall = false, json = false;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("eval", "a model's loss on held-out documents of every source");
  command->add_option("path", o->path, "run directory or .safetensors file")->required();
  command->add_option("--data", o->data, "data set (default: the one that the model was trained on)");
  command
      ->add_option("--gradients", o->gradients,
                   "held-out documents of every source, to tell how much of their gradients falls on forget parameters")
      ->check(at_least(0));
  command->add_flag(
      "--recall", o->recall,
      "refuse data without questions (where data have them, as the encyclopedia's do, they are asked anyway)");
  command->add_option("--answers", o->answers, "also write every question's answer into this CSV file")
      ->check(ends_with(".csv"));
  command->add_flag("--json", o->json, "print JSON");
  add_threads(*command);
  command->footer(
      "Examples:\n  sgtm eval runs/a/ablated\n  sgtm eval runs/a --gradients 50\n  sgtm eval runs/encyclopedia/sgtm "
      "--recall --answers answers.csv");
  command->callback([o] {
    SavedModel model = read_model(o->path);
    const Dataset data = data_for(model, o->path, o->data);
    const Questions questions = questions_of(data, o->recall || !o->answers.empty());
    const Layout layout = model.layout();
    Network<float> network(model.config, layout);
    nlohmann::ordered_json json{{"model", o->path.string()}, {"state", model.state}, {"data", data.path.string()}};
    for (const auto& [source, loss] : held_out_losses(network, model.config, model.parameters, data)) {
      const auto& floor = data.parts.at(name(source)).floor;
      json["losses"][name(source)] = loss;
      json["floor"][name(source)] = floor ? nlohmann::ordered_json(*floor) : nullptr;
      if (!o->json)
        print_out("{:9} {:.4f} nats per token{}\n", name(source), loss,
                  floor ? fmt::format(", {:.4f} above the floor", loss - *floor) : "");
    }
    if (!questions.questions.empty()) {
      const auto answered = answers(network, model.config, model.parameters, Tokenizer::read(data.path), questions);
      if (!o->answers.empty()) write_answers(o->answers, questions, answered);
      const std::vector<Recall> known = recall(questions, answered);
      json["recall"] = json_of(known);
      if (!o->json) print_out("\n{}", recall_table(known));
    }
    if (o->gradients > 0) absorption(model, network, data, o->gradients, o->json, json);
    if (o->json) print_json(json);
  });
}

}  // namespace sgtm
