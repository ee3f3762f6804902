
#include <map>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "core/random.hpp"
#include "eval/calibration.hpp"
#include "model/checkpoint.hpp"
#include "sgtm/ablation.hpp"
#include "sgtm/plan.hpp"
#include "train/masked_gradient.hpp"
#include "train/parameter_groups.hpp"
#include "verify/golden.hpp"
#include "verify/golden_case.hpp"
#include "verify/specimen.hpp"

namespace sgtm {
namespace {

using nlohmann::json;

constexpr Index most_parameters = 1'000'000;

class Export {
 public:
  Export(const fs::path& stem, const ModelConfig& config, const SplitConfig& split, std::uint64_t seed,
         const Flat<double>& parameters)
      : layout_(config), network_(config, layout_), random_(seed, "golden case") {
    case_.stem = stem;
    case_.config = config;
    case_.split = split;
    parameters_ = parameters.size() > 0 ? parameters : specimen_parameters(layout_, seed);
    case_.batch = random_batch();
  }

  void operator()() {
    case_.facts = description();
    const fs::path folder = fs::absolute(case_.stem).parent_path();
    check_place(folder, "golden case");
    make_folder(folder);
    write_parameters();
    write_forward();
    write_gradients();
    write_training();
    write_file(case_.stem.string() + ".json", case_.facts.dump(1) + "\n");
  }

 private:
  int end_token() const { return static_cast<int>(case_.config.vocabulary) - 1; }

  /// Documents of several lengths, one of them of two tokens.
  Batch random_batch() {
    Batch batch;
    const Index longest = std::min<Index>(case_.config.context, 24);
    for (const Index length : {longest, Index(2), std::max<Index>(2, longest / 2), std::max<Index>(2, longest - 3)}) {
      for (Index t = 0; t + 1 < length; ++t)
        batch.tokens.push_back(static_cast<int>(random_.below(static_cast<std::uint64_t>(end_token()))));
      batch.tokens.push_back(end_token());
      batch.offsets.push_back(batch.size());
    }
    return batch;
  }

  json description() {
    const ModelConfig& c = case_.config;
    json attention = json::array(), blocks = json::array();
    for (Index i = 0; i < c.blocks; ++i) {
      attention.push_back(c.attention_shape(i).window == 0 ? "global" : "local");
      if (case_.split.masks(i)) blocks.push_back(i);
    }
    json train{{"labels", json::array()}, {"tokens", json::array()}, {"learning_rate", 1e-2}, {"warmup", 3},
               {"total_steps", 12},       {"betas", {0.9, 0.95}},    {"eps", 1e-8},           {"weight_decay", 0.1}};
    for (int step = 0; step < 12; ++step) {
      train["labels"].push_back(name(labels[random_.below(3)]));
      train["tokens"].push_back(random_batch().tokens);
    }
    return {{"case", case_.stem.filename().string()},
            {"vocab_size", c.vocabulary},
            {"context", c.context},
            {"hidden_size", c.width},
            {"num_layers", c.blocks},
            {"num_heads", c.heads},
            {"intermediate_size", c.mlp_width},
            {"window_size", c.window},
            {"scaled_scores", c.scaled_scores},
            {"attention", attention},
            {"forget_heads", case_.split.forget_heads},
            {"forget_mlp_units", case_.split.forget_units},
            {"masked_blocks", blocks},
            {"end_token", end_token()},
            {"tokens", case_.batch.tokens},
            {"document_offsets", case_.batch.offsets},
            {"train", train},
            {"results", json::object()},
            {"gradient_alias", json::object()}};
  }

  SafetensorsWriter writer(const char* part, std::size_t tensors) const {
    return SafetensorsWriter(case_.path(part), 4096 + 256 * tensors);
  }
  static void add(SafetensorsWriter& writer, const std::string& name, const Matrix<double>& m) {
    writer.add(name, std::vector<double>(m.data(), m.data() + m.size()), {m.rows(), m.cols()});
  }

  void write_parameters() {
    SafetensorsWriter file = writer("params", stored_tensors(layout_).size());
    write_tensors(file, layout_, parameters_);
    file.commit({});
  }

  void write_forward() {
    const Batch& batch = case_.batch;
    network_.keep_hidden(true);
    network_.forward(parameters_, batch, network_.keep_all().forward);
    network_.keep_hidden(false);
    SafetensorsWriter file = writer("forward", network_.hidden().size() + 2);
    for (std::size_t i = 0; i < network_.hidden().size(); ++i)
      add(file, fmt::format("hidden.{}", i), network_.hidden()[i]);
    Matrix<double> logits(batch.size(), case_.config.vocabulary);
    network_.logits(parameters_, 0, logits);
    add(file, "logits", logits);
    const RowMap<double> losses = network_.token_losses(parameters_);
    case_.facts["results"]["loss"] = losses.sum() / static_cast<double>(predicted_tokens(batch));
    std::vector<int> targets;
    find_targets(batch, targets);
    std::vector<double> token_loss(losses.data(), losses.data() + losses.size());
    for (std::size_t t = 0; t < token_loss.size(); ++t)
      if (targets[t] == no_target) token_loss[t] = std::numeric_limits<double>::quiet_NaN();
    file.add("token_loss", token_loss, {batch.size()});
    file.commit({});
  }

  void write_gradients() {
    const std::size_t tensors = stored_tensors(layout_).size();
    SafetensorsWriter file = writer("gradients", tensors * 3 * std::size(strategies));
    for (const Strategy& strategy : strategies)
      for (const bool mask_embeddings : {false, true}) {
        if (mask_embeddings && std::string(strategy.name) != "sgtm") continue;
        SplitConfig split = case_.split;
        split.mask_embeddings = mask_embeddings;
        const Partition partition = make_partition(layout_, case_.config, split, strategy);
        const std::string prefix = strategy.name + std::string(mask_embeddings ? "+mask_embeddings/" : "/");
        for (const Label label : labels) {
          if (mask_embeddings && label != Label::forget) continue;
          Flat<double> gradient;
          const auto masks = plan<double>(strategy, label, partition, case_.config, split);
          const std::string key = prefix + name(label);
          case_.facts["results"][key]["loss"] =
              masked_gradient<double>(network_, parameters_, {&case_.batch, 1}, masks, gradient);
          write_unless_known(file, key, gradient);
        }
        if (mask_embeddings || !strategy.splits) continue;
        Flat<double> ablated = parameters_;
        ablate(ablated, partition);
        case_.facts["results"][prefix + "ablated"]["loss"] = network_.mean_loss(ablated, case_.batch);
      }
    file.commit({});
  }

  /// Equal tensors are stored once; gradient_alias points from the others to it.
  void write_unless_known(SafetensorsWriter& file, const std::string& key, const Flat<double>& gradient) {
    for (const StoredTensor& stored : stored_tensors(layout_)) {
      const Tensor& t = *stored.tensor;
      Matrix<double> m = Eigen::Map<const Matrix<double>>(gradient.data() + t.offset, t.rows, t.columns);
      if (stored.transpose) m = Matrix<double>(m.transpose());
      const std::string tensor = key + "/" + stored.name;
      auto& known = written_[stored.name];
      const auto same = std::find_if(known.begin(), known.end(), [&](const auto& other) { return other.second == m; });
      if (same != known.end()) {
        case_.facts["gradient_alias"][tensor] = same->first;
        continue;
      }
      file.add(tensor, std::vector<double>(m.data(), m.data() + m.size()), stored.shape());
      known.emplace_back(tensor, std::move(m));
    }
  }

  void write_training() {
    const std::pair<const char*, const char*> runs[] = {
        {"sgtm", "joint"}, {"sgtm", "split"}, {"gradient_routing", "joint"}, {"sgtm_joint_projection", "joint"}};
    SafetensorsWriter file = writer("train", std::size(runs) * stored_tensors(layout_).size() + 2);
    for (const auto& [strategy, optimizer] : runs) {
      const std::string key = fmt::format("{}/{}", strategy, optimizer);
      write_tensors(file, layout_, train(strategy_named(strategy), optimizer, key), key + "/");
    }
    write_calibration(file);
    file.commit({});
  }

  Flat<double> train(const Strategy& strategy, const std::string& coupling, const std::string& key) {
    const Partition partition = make_partition(layout_, case_.config, case_.split, strategy);
    AdamW<double> optimizer(case_.adamw(), layout_.size, parameter_groups(coupling, layout_.size, partition));
    Flat<double> parameters = parameters_, gradient;
    const json& steps = case_.facts["train"];
    json& result = case_.facts["results"]["train/" + key];
    for (std::size_t step = 0; step < steps["labels"].size(); ++step) {
      const Label label = label_named(steps["labels"][step].get<std::string>());
      const auto masks = plan<double>(strategy, label, partition, case_.config, case_.split);
      const Batch batch = case_.with_tokens(steps["tokens"][step]);
      result["loss"].push_back(masked_gradient<double>(network_, parameters, {&batch, 1}, masks, gradient));
      result["lr"].push_back(case_.schedule().rate(static_cast<Index>(step)));
      optimizer.step(parameters, gradient, groups_that_step(coupling, masks.trainable), result["lr"].back());
    }
    return parameters;
  }

  void write_calibration(SafetensorsWriter& file) {
    json facts{{"steps", 8}, {"lr", {1e-2, 1e-3}}, {"alpha", 100}};
    for (int step = 0; step < 8; ++step) {
      facts["forget_tokens"].push_back(random_batch().tokens);
      facts["retain_tokens"].push_back(random_batch().tokens);
    }
    Flat<double> parameters = parameters_;
    ablate(parameters, make_partition(layout_, case_.config, case_.split, strategy_named("sgtm")));
    const auto bias = [&] {
      const auto values = row(parameters, layout_.output_bias);
      return std::vector<double>(values.data(), values.data() + values.size());
    };
    file.add("calibration/bias_before", bias(), {case_.config.vocabulary});
    const CalibrationConfig config{.steps = 8, .weights = {{Source::forget, 1}, {Source::retain, 100}}};
    facts["losses"] = train_output_bias<double>(network_, layout_, parameters, config, [&](Source source, Index step) {
      return case_.with_tokens(
          facts[source == Source::forget ? "forget_tokens" : "retain_tokens"][static_cast<std::size_t>(step)]);
    });
    file.add("calibration/bias_after", bias(), {case_.config.vocabulary});
    case_.facts["results"]["calibration"] = facts;
  }

  GoldenCase case_;
  Layout layout_;
  Network<double> network_;
  Random random_;
  Flat<double> parameters_;
  std::map<std::string, std::vector<std::pair<std::string, Matrix<double>>>> written_;
};

}  // namespace

void export_golden(const fs::path& stem, const ModelConfig& config, const SplitConfig& split, std::uint64_t seed,
                   const Flat<double>& parameters) {
  check(config);
  check(split, config);
  const Layout layout(config);
  if (layout.parameters() > most_parameters)
    throw Error(
        fmt::format("the model has {} parameters; a case holds every gradient of every strategy, so that {} is "
                    "the most. Choose a smaller --preset.",
                    layout.parameters(), most_parameters));
  Export(stem, config, split, seed, parameters)();
}

}  // namespace sgtm
