#include "lab/bench/layer_speed.hpp"

#include <algorithm>
#include <array>

#include "lab/bench/timing.hpp"
#include "nn/embedding.hpp"
#include "nn/linear.hpp"
#include "train/adamw.hpp"

namespace sgtm {
namespace {

/// Query-key pairs in one head of one block.
double visible_pairs(const ModelConfig& config, Index block, const Batch& batch) {
  const Index window = config.attention_shape(block).window;
  double pairs = 0;
  for (Index d = 0; d < batch.documents(); ++d)
    for (Index i = 0; i < batch.document(d).size(); ++i)
      pairs += static_cast<double>(window == 0 ? i + 1 : std::min(i + 1, window));
  return pairs;
}

/// FLOPs of a linear layer's three products: y = x W, dx = dy W^T, dW = x^T dy.
double linear_flops(const Batch& batch, Index inputs, Index outputs) {
  return 3 * 2.0 * static_cast<double>(batch.size() * inputs * outputs);
}

double projection_flops(const ModelConfig& c, const Batch& batch) {
  return static_cast<double>(4 * c.blocks) * linear_flops(batch, c.width, c.width);
}

/// FLOPs of w = q k^T, out = w v and their four products backward. Recomputing the scores is not counted.
double score_flops(const ModelConfig& c, const Batch& batch) {
  double flops = 0;
  for (Index block = 0; block < c.blocks; ++block)
    flops += 6 * 2.0 * static_cast<double>(c.width) * visible_pairs(c, block, batch);
  return flops;
}

double mlp_flops(const ModelConfig& c, const Batch& batch) {
  return static_cast<double>(2 * c.blocks) * linear_flops(batch, c.width, c.mlp_width);
}

/// A training step's parts, each of which can be run by itself.
class Parts {
 public:
  Parts(const ModelConfig& config, const Batch& batch)
      : config_(config),
        batch_(batch),
        layout_(config),
        parameters_(initial_parameters<float>(config, layout_, 1)),
        gradient_(Flat<float>::Zero(layout_.size)),
        optimizer_({}, layout_.size),
        heads_(keep_all<float>(config.heads)),
        units_(keep_all<float>(config.mlp_width)),
        x_(Matrix<float>::Random(batch.size(), config.width)),
        y_(x_),
        dx_(x_),
        dpre_(batch.size(), config.mlp_width),
        loss_(Row<float>::Zero(batch.size())) {
    norm_.reshape(batch.size(), config.width);
    attention_.reshape(batch.size(), config.width, config.heads);
    scratch_.reshape(batch.size(), config.width);
    mlp_.reshape(batch.size(), config.mlp_width);
    find_targets(batch, targets_);
  }

  std::vector<LayerTime> times(int runs) {
    const auto row = [&](const char* name, double flops, auto forward, auto backward) {
      return LayerTime{name, median_seconds(runs, forward), median_seconds(runs, backward), flops};
    };
    const auto blocks = [&](auto layer) {
      return [this, layer] {
        for (Index i = 0; i < config_.blocks; ++i) layer(i, layout_.blocks[static_cast<std::size_t>(i)]);
      };
    };
    const IndexRange heads{0, config_.heads}, units{0, config_.mlp_width};
    const auto position = layout_.position;
    std::vector<LayerTime> rows;
    rows.push_back(row(
        "embedding", 0,
        [&] {
          embedding_forward<float>(batch_, matrix(parameters_, layout_.embedding), matrix(parameters_, position), y_);
        },
        [&] {
          embedding_backward<float>(batch_, y_, matrix(gradient_, layout_.embedding), matrix(gradient_, position));
        }));
    rows.push_back(row(
        "layer norms", 0,
        [&] {
          for_norms([&](auto gain, auto bias, auto, auto) { layer_norm_forward<float>(x_, gain, bias, y_, norm_); });
        },
        [&] {
          for_norms([&](auto gain, auto, auto dgain, auto dbias) {
            add_layer_norm_backward_input<float>(y_, gain, norm_, dx_);
            layer_norm_backward_weight<float>(y_, norm_, dgain, dbias);
          });
        }));
    const auto weights = [&](const BlockLayout& b) { return std::array{b.w_q, b.w_k, b.w_v, b.w_o}; };
    rows.push_back(row("W_Q, W_K, W_V, W_O", projection_flops(config_, batch_),
                       blocks([&](Index, const BlockLayout& b) {
                         for (const Tensor& w : weights(b))
                           linear_forward<float>(x_, matrix(parameters_, w), y_, Update::set);
                       }),
                       blocks([&](Index, const BlockLayout& b) {
                         for (const Tensor& w : weights(b)) {
                           linear_backward_input<float>(y_, matrix(parameters_, w), dx_, Update::add);
                           linear_backward_weight<float>(x_, y_, matrix(gradient_, w));
                         }
                       })));
    rows.push_back(row(
        "attention without these", score_flops(config_, batch_), blocks([&](Index i, const BlockLayout& b) {
          attention_forward<float>(batch_, x_, config_.attention_shape(i), attention_view(parameters_, b), heads_, y_,
                                   attention_);
        }),
        blocks([&](Index i, const BlockLayout& b) {
          attention_backward<float>(batch_, y_, x_, config_.attention_shape(i), attention_view(parameters_, b), heads_,
                                    heads_, attention_, {heads, heads}, scratch_, dx_, attention_view(gradient_, b));
        })));
    LayerTime& scores = rows.back();
    scores.forward -= rows[rows.size() - 2].forward, scores.backward -= rows[rows.size() - 2].backward;
    rows.push_back(row("MLP", mlp_flops(config_, batch_), blocks([&](Index, const BlockLayout& b) {
                         mlp_forward<float>(x_, mlp_view(parameters_, b), units_, y_, mlp_);
                       }),
                       blocks([&](Index, const BlockLayout& b) {
                         mlp_backward<float>(y_, x_, mlp_view(parameters_, b), units_, units_, mlp_, {units, units},
                                             dpre_, dx_, mlp_view(gradient_, b));
                       })));
    rows.push_back(row(
        "output layer and loss", linear_flops(batch_, config_.width, config_.vocabulary), [] {},
        [&] {
          output_loss_.backward(x_, matrix(parameters_, layout_.embedding), sgtm::row(parameters_, layout_.output_bias),
                                targets_, 1, loss_, dx_, matrix(gradient_, layout_.embedding),
                                sgtm::row(gradient_, layout_.output_bias), true);
        }));
    rows.push_back(row(
        "AdamW", 0, [] {},
        [&] {
          gradient_.setZero();
          optimizer_.step(parameters_, gradient_, 0);
        }));
    return rows;
  }

 private:
  /// Calls work(gain, bias, their gradients) for every layer norm.
  template <class Work>
  void for_norms(Work work) {
    const auto norm = [&](const Tensor& gain, const Tensor& bias) {
      work(row(parameters_, gain), row(parameters_, bias), row(gradient_, gain), row(gradient_, bias));
    };
    for (const BlockLayout& b : layout_.blocks) norm(b.norm_1_gain, b.norm_1_bias), norm(b.norm_2_gain, b.norm_2_bias);
    norm(layout_.norm_gain, layout_.norm_bias);
  }

  const ModelConfig& config_;
  const Batch& batch_;
  Layout layout_;
  Flat<float> parameters_, gradient_;
  AdamW<float> optimizer_;
  UnitMask<float> heads_, units_;
  Matrix<float> x_, y_, dx_, dpre_;
  Row<float> loss_;
  SavedLayerNorm<float> norm_;
  SavedAttention<float> attention_;
  AttentionScratch<float> scratch_;
  SavedMlp<float> mlp_;
  OutputLoss<float> output_loss_;
  std::vector<int> targets_;
};

}  // namespace

std::vector<LayerTime> time_layers(const ModelConfig& config, const Batch& batch, int runs) {
  return Parts(config, batch).times(runs);
}

double step_flops(const ModelConfig& config, const Batch& batch) {
  return projection_flops(config, batch) + score_flops(config, batch) + mlp_flops(config, batch) +
         linear_flops(batch, config.width, config.vocabulary);
}

}  // namespace sgtm
