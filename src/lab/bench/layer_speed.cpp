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

}  // namespace

std::vector<LayerTime> time_layers(const ModelConfig& config, const Batch& batch, int runs) {
  const Layout layout(config);
  Flat<float> parameters = initial_parameters<float>(config, layout, 1), gradient = Flat<float>::Zero(layout.size);
  AdamW<float> optimizer({}, layout.size);
  const UnitMask<float> all_heads = keep_all<float>(config.heads), all_units = keep_all<float>(config.mlp_width);
  const IndexRange heads{0, config.heads}, units{0, config.mlp_width};
  Matrix<float> x = Matrix<float>::Random(batch.size(), config.width), y = x, dx = x;
  Matrix<float> dpre(batch.size(), config.mlp_width);
  Row<float> loss = Row<float>::Zero(batch.size());
  SavedLayerNorm<float> saved_norm;
  SavedAttention<float> saved_attention;
  AttentionScratch<float> scratch;
  SavedMlp<float> saved_mlp;
  saved_norm.reshape(batch.size(), config.width);
  saved_attention.reshape(batch.size(), config.width, config.heads);
  scratch.reshape(batch.size(), config.width);
  saved_mlp.reshape(batch.size(), config.mlp_width);
  OutputLoss<float> output_loss;
  std::vector<int> targets;
  find_targets(batch, targets);

  std::vector<LayerTime> rows;
  const auto add = [&](const char* name, double flops, auto forward, auto backward) {
    rows.push_back({name, median_seconds(runs, forward), median_seconds(runs, backward), flops});
  };
  const auto blocks = [&](auto layer) {
    return [&layout, layer] {
      for (std::size_t i = 0; i < layout.blocks.size(); ++i) layer(static_cast<Index>(i), layout.blocks[i]);
    };
  };
  add(
      "embedding", 0,
      [&] {
        embedding_forward<float>(batch, matrix(parameters, layout.embedding), matrix(parameters, layout.position), y);
      },
      [&] {
        embedding_backward<float>(batch, y, matrix(gradient, layout.embedding), matrix(gradient, layout.position));
      });
  // Calls work(gain, bias, their gradients) for every layer norm.
  const auto for_norms = [&](auto work) {
    const auto norm = [&](const Tensor& gain, const Tensor& bias) {
      work(row(parameters, gain), row(parameters, bias), row(gradient, gain), row(gradient, bias));
    };
    for (const BlockLayout& b : layout.blocks) norm(b.norm_1_gain, b.norm_1_bias), norm(b.norm_2_gain, b.norm_2_bias);
    norm(layout.norm_gain, layout.norm_bias);
  };
  add(
      "layer norms", 0,
      [&] {
        for_norms([&](auto gain, auto bias, auto, auto) { layer_norm_forward<float>(x, gain, bias, y, saved_norm); });
      },
      [&] {
        for_norms([&](auto gain, auto, auto dgain, auto dbias) {
          add_layer_norm_backward_input<float>(y, gain, saved_norm, dx);
          layer_norm_backward_weight<float>(y, saved_norm, dgain, dbias);
        });
      });
  const auto weights = [](const BlockLayout& b) { return std::array{b.w_q, b.w_k, b.w_v, b.w_o}; };
  add("W_Q, W_K, W_V, W_O", projection_flops(config, batch), blocks([&](Index, const BlockLayout& b) {
        for (const Tensor& w : weights(b)) linear_forward<float>(x, matrix(parameters, w), y, Update::set);
      }),
      blocks([&](Index, const BlockLayout& b) {
        for (const Tensor& w : weights(b)) {
          linear_backward_input<float>(y, matrix(parameters, w), dx, Update::add);
          linear_backward_weight<float>(x, y, matrix(gradient, w));
        }
      }));
  const LayerTime projections = rows.back();
  add("attention without these", score_flops(config, batch), blocks([&](Index i, const BlockLayout& b) {
        attention_forward<float>(batch, x, config.attention_shape(i), attention_view(parameters, b), all_heads, y,
                                 saved_attention);
      }),
      blocks([&](Index i, const BlockLayout& b) {
        attention_backward<float>(batch, y, x, config.attention_shape(i), attention_view(parameters, b), all_heads,
                                  all_heads, saved_attention, {heads, heads}, scratch, dx, attention_view(gradient, b));
      }));
  rows.back().forward -= projections.forward, rows.back().backward -= projections.backward;
  add("MLP", mlp_flops(config, batch), blocks([&](Index, const BlockLayout& b) {
        mlp_forward<float>(x, mlp_view(parameters, b), all_units, y, saved_mlp);
      }),
      blocks([&](Index, const BlockLayout& b) {
        mlp_backward<float>(y, x, mlp_view(parameters, b), all_units, all_units, saved_mlp, {units, units}, dpre, dx,
                            mlp_view(gradient, b));
      }));
  add(
      "output layer and loss", linear_flops(batch, config.width, config.vocabulary), [] {},
      [&] {
        output_loss.backward(x, matrix(parameters, layout.embedding), row(parameters, layout.output_bias), targets, 1,
                             loss, dx, matrix(gradient, layout.embedding), row(gradient, layout.output_bias), true);
      });
  add(
      "AdamW", 0, [] {},
      [&] {
        gradient.setZero();
        optimizer.step(parameters, gradient, 0);
      });
  return rows;
}

double step_flops(const ModelConfig& config, const Batch& batch) {
  return projection_flops(config, batch) + score_flops(config, batch) + mlp_flops(config, batch) +
         linear_flops(batch, config.width, config.vocabulary);
}

}  // namespace sgtm
