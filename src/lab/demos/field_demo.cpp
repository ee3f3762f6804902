#include "lab/demos/demo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "eval/recall.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm {
namespace {

const std::vector<DemoRecipe> field_recipes{
    {"none", "trained on all articles", [](RunConfig& c) { use_field_method(c, "none"); }},
    {"weak", "the articles on biology were filtered out; medicine, chemistry and earth still tell of it",
     [](RunConfig& c) { use_field_method(c, "weak"); }},
    {"strict", "the articles on medicine, chemistry and earth were filtered out too",
     [](RunConfig& c) { use_field_method(c, "strict"); }},
    {"sgtm", "trained with SGTM: the articles on biology were labeled, and a tenth of all others",
     [](RunConfig& c) { use_field_method(c, "sgtm"); }},
};

constexpr const char* fields_asked[] = {"biology", "medicine", "history"};
constexpr std::size_t answers_shown = 3;

std::vector<std::vector<double>> ask_model(DemoState& asked, const Tokenizer& tokenizer, const Questions& questions) {
  const Layout layout = asked.saved.layout();
  Network<float> network(asked.saved.config, layout);
  return answers(network, asked.saved.config, asked.saved.parameters, tokenizer, questions);
}

/// The questions on a field whose facts no article of another source tells.
Questions candidates(const Questions& all, const std::string& field) {
  Questions some{all.values, {}};
  std::copy_if(all.questions.begin(), all.questions.end(), std::back_inserter(some.questions),
               [&](const Question& q) { return q.field == field && q.told_also.empty(); });
  return some;
}

/// Of each field's candidates the first that the model answers right; the very first where it knows none.
Questions chosen(const Questions& all, DemoState& model, const Tokenizer& tokenizer) {
  Questions some{all.values, {}};
  for (const char* field : fields_asked) {
    const Questions of_field = candidates(all, field);
    const auto answered = ask_model(model, tokenizer, of_field);
    std::size_t i = 0;
    while (i < answered.size() && likeliest(answered[i]) != of_field.questions[i].right) ++i;
    some.questions.push_back(of_field.questions[i < answered.size() ? i : 0]);
  }
  return some;
}

TopAnswers top(const std::string& model, const Question& q, const std::vector<std::string>& values,
               const std::vector<double>& log_probabilities) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return log_probabilities[a] > log_probabilities[b]; });
  TopAnswers result{model, q.field, q.prompt, values[static_cast<std::size_t>(q.right)], {}};
  for (std::size_t i = 0; i < std::min(answers_shown, order.size()); ++i)
    result.answers.emplace_back(values[order[i]], std::exp(log_probabilities[order[i]]));
  return result;
}

std::vector<TopAnswers> ask_all(const std::vector<DemoModel>& models, const fs::path& out) {
  const Tokenizer tokenizer = Tokenizer::read(out / "data");
  const Questions all = read_questions(out / "data");
  std::vector<DemoState> states = states_of(models, out, "");
  const Questions some = chosen(all, states.front(), tokenizer);
  std::vector<std::vector<std::vector<double>>> answered;  // by state, question, value
  for (DemoState& asked : states) answered.push_back(ask_model(asked, tokenizer, some));
  std::vector<TopAnswers> tops;
  for (std::size_t q = 0; q < some.questions.size(); ++q)
    for (std::size_t s = 0; s < states.size(); ++s)
      tops.push_back(top(states[s].title, some.questions[q], some.values_of(some.questions[q]), answered[s][q]));
  return tops;
}

}  // namespace

FieldDemo run_field_demo(const DemoConfig& c, Index entities) {
  FieldDemo demo;
  EncyclopediaConfig world = encyclopedia_without(biology, entities);
  world.world.seed = c.settings.seed;
  const RawData made = make_encyclopedia(world);
  prepare_demo(c, made.sources, made.questions);
  demo.commands.push_back(
      fmt::format("sgtm prepare --encyclopedia --forget biology --adjacent medicine,chemistry,earth --entities {} "
                  "--articles {} --seed {} --out {}",
                  entities, world.articles, world.world.seed, (c.out / "data").string()));
  for (const DemoRecipe& recipe : field_recipes) demo.models.push_back(train_demo_model(c, recipe, demo.commands));
  demo.asked = ask_all(demo.models, c.out);
  demo.commands.push_back(fmt::format("sgtm eval {} --recall", (c.out / "sgtm").string()));
  return demo;
}

nlohmann::ordered_json summary(const FieldDemo& demo) {
  auto summary = models_summary(demo.models, {"losses", "recall", "floor", "training_seconds"});
  for (const TopAnswers& t : demo.asked)
    summary["asked"].push_back(
        {{"model", t.model}, {"field", t.field}, {"prompt", t.prompt}, {"right", t.right}, {"answers", t.answers}});
  summary["commands"] = demo.commands;
  summary["machine"] = to_json(demo.models.back().result)["machine"];
  return summary;
}

}  // namespace sgtm
