// Every layer's backward pass against central differences in double, at every input and parameter.

#include <doctest/doctest.h>

#include "nn/attention.hpp"
#include "nn/embedding.hpp"
#include "nn/gelu.hpp"
#include "nn/layer_norm.hpp"
#include "nn/linear.hpp"
#include "nn/mlp.hpp"
#include "nn/output_loss.hpp"
#include "tests/support/differences.hpp"
#include "tests/support/layer_parts.hpp"

using namespace sgtm;
using M = Matrix<double>;

namespace {

constexpr double tolerance = 1e-9;

/// A weight for every output, so that each of them matters to the loss by another amount.
M weights_like(const M& m) {
  return some_numbers(m.rows(), m.cols(), 9);
}
double weighted_sum(const M& weights, const M& y) {
  return weights.cwiseProduct(y).sum();
}

Row<double> some_mask(Index size) {
  Row<double> mask = some_numbers(1, size, 4).row(0);
  mask[size / 2] = 0;
  return mask;
}

Batch three_documents() {
  Batch batch;
  batch.tokens = {3, 1, 4, 1, 5, 2, 6, 5, 3, 5, 0, 2, 7};
  batch.offsets = {0, 6, 8, 13};
  return batch;
}

}  // namespace

TEST_CASE("linear: backward is the derivative of forward, for the input, the weight and the bias") {
  M x = some_numbers(5, 4, 1), w = some_numbers(4, 7, 2), b = some_numbers(1, 7, 3), y(5, 7);
  const auto loss = [&] {
    linear_forward<double>(x, w, b.row(0), y);
    return weighted_sum(weights_like(y), y);
  };
  const M dy = weights_like(y);
  M dx(5, 4), dw = M::Zero(4, 7), db = M::Zero(1, 7);
  linear_backward_input<double>(dy, w, dx, Update::set);
  linear_backward_weight<double>(x, dy, dw);
  linear_backward_bias<double>(dy, db.row(0));
  CHECK(relative_error(dx, central_differences(x, loss)) < tolerance);
  CHECK(relative_error(dw, central_differences(w, loss)) < tolerance);
  CHECK(relative_error(db, central_differences(b, loss)) < tolerance);
}

TEST_CASE("layer norm: backward is the derivative of forward, for the input and both parameters") {
  M x = some_numbers(5, 8, 1), gain = some_numbers(1, 8, 2), bias = some_numbers(1, 8, 3), y(5, 8);
  SavedLayerNorm<double> saved;
  saved.reshape(5, 8);
  const auto loss = [&] {
    layer_norm_forward<double>(x, gain.row(0), bias.row(0), y, saved);
    return weighted_sum(weights_like(y), y);
  };
  loss();
  const M dy = weights_like(y);
  M dx = M::Zero(5, 8), dgain = M::Zero(1, 8), dbias = M::Zero(1, 8);
  add_layer_norm_backward_input<double>(dy, gain.row(0), saved, dx);
  layer_norm_backward_weight<double>(dy, saved, dgain.row(0), dbias.row(0));
  CHECK(relative_error(dx, central_differences(x, loss)) < tolerance);
  CHECK(relative_error(dgain, central_differences(gain, loss)) < tolerance);
  CHECK(relative_error(dbias, central_differences(bias, loss)) < tolerance);
}

TEST_CASE("layer norm: every token has mean 0 and variance 1 before gain and bias") {
  const M x = some_numbers(3, 32, 1), gain = M::Ones(1, 32), bias = M::Zero(1, 32);
  M y(3, 32);
  SavedLayerNorm<double> saved;
  saved.reshape(3, 32);
  layer_norm_forward<double>(x, gain.row(0), bias.row(0), y, saved);
  for (Index t = 0; t < 3; ++t) {
    CHECK(std::abs(y.row(t).mean()) < 1e-14);
    CHECK(y.row(t).squaredNorm() / 32 == doctest::Approx(1).epsilon(1e-4));
  }
}

TEST_CASE("gelu: known values, and its derivative") {
  Lanes<double> x;
  for (Index i = 0; i < 16; ++i) x[i] = 0.7 * static_cast<double>(i) - 5;
  CHECK(gelu<double>(Lanes<double>::Zero())[0] == 0);
  CHECK(gelu<double>(Lanes<double>::Ones())[0] == doctest::Approx(0.8411919906));  // PyTorch, approximate="tanh"
  CHECK(gelu<double>(Lanes<double>::Constant(-2))[0] == doctest::Approx(-0.0454023));
  constexpr double h = 1e-5;
  const Lanes<double> difference = (gelu<double>(x + h) - gelu<double>(x - h)) / (2 * h);
  CHECK((gelu_derivative(x) - difference).abs().maxCoeff() < 1e-9);
}

TEST_CASE("embedding: backward is the derivative of forward, for tokens that occur again too") {
  const Batch batch = three_documents();
  M embedding = some_numbers(8, 4, 1), position = some_numbers(6, 4, 2), y(13, 4);
  const auto loss = [&] {
    embedding_forward<double>(batch, embedding, position, y);
    return weighted_sum(weights_like(y), y);
  };
  M dembedding = M::Zero(8, 4), dposition = M::Zero(6, 4);
  embedding_backward<double>(batch, weights_like(y), dembedding, dposition);
  CHECK(relative_error(dembedding, central_differences(embedding, loss)) < tolerance);
  CHECK(relative_error(dposition, central_differences(position, loss)) < tolerance);
}

TEST_CASE("mlp: backward is the derivative of forward, activation masks of any size") {
  M x = some_numbers(5, 4, 1), w_1 = some_numbers(4, 6, 2), b_1 = some_numbers(1, 6, 3), w_2 = some_numbers(6, 4, 4),
    b_2 = some_numbers(1, 4, 5);
  M factors = some_mask(6);
  UnitMask<double> mask = mask_of(factors, true);
  const UnitMask<double> pass = keep_all<double>(6);
  SavedMlp<double> saved;
  saved.reshape(5, 6);
  M y(5, 4);
  const MlpView<double> p{map(w_1), row_map(b_1), map(w_2), row_map(b_2)};
  const auto loss = [&] {
    y.setConstant(0.5);
    mlp_forward<double>(x, p, mask, y, saved);
    return weighted_sum(weights_like(y), y);
  };
  loss();
  M dx(5, 4), dpre(5, 6), dw_1 = M::Zero(4, 6), db_1 = M::Zero(1, 6), dw_2 = M::Zero(6, 4), db_2 = M::Zero(1, 4);
  mlp_backward<double>(weights_like(y), x, p, mask, pass, saved, {{0, 6}, {0, 6}}, dpre, dx,
                       {map(dw_1), row_map(db_1), map(dw_2), row_map(db_2)});
  CHECK(relative_error(dx, central_differences(x, loss)) < tolerance);
  CHECK(relative_error(dw_1, central_differences(w_1, loss)) < tolerance);
  CHECK(relative_error(db_1, central_differences(b_1, loss)) < tolerance);
  CHECK(relative_error(dw_2, central_differences(w_2, loss)) < tolerance);
  CHECK(relative_error(db_2, central_differences(b_2, loss)) < tolerance);

  M dact(5, 6), dmask = M::Zero(1, 6);
  mlp_backward_mask<double>(weights_like(y), p, mask, saved, dact, row_map(dmask));
  M by_mask = central_differences(factors, [&] {
    mask = mask_of(factors, true);
    return loss();
  });
  by_mask(0, 3) = 0;  // of a unit that is not computed it is not asked
  CHECK(relative_error(dmask, by_mask) < tolerance);
}

TEST_CASE("attention: backward is the derivative of forward, for global and local, scaled and unscaled, masked heads") {
  const Batch batch = three_documents();
  for (const Index window : {0, 3})
    for (const bool scaled : {false, true}) {
      CAPTURE(window);
      CAPTURE(scaled);
      const AttentionShape shape{2, window, scaled};
      M x = 0.7 * some_numbers(13, 6, 1), w_q = 0.5 * some_numbers(6, 6, 2), w_k = 0.5 * some_numbers(6, 6, 3),
        w_v = some_numbers(6, 6, 4), w_o = some_numbers(6, 6, 5), b_o = some_numbers(1, 6, 6), y(13, 6);
      M factors(1, 2);
      factors << 0.7, -1.2;
      UnitMask<double> mask = mask_of(factors, true);
      const UnitMask<double> pass = keep_all<double>(2);
      SavedAttention<double> saved;
      saved.reshape(13, 6, 2);
      AttentionScratch<double> scratch;
      scratch.reshape(13, 6);
      const AttentionView<double> p{map(w_q), map(w_k), map(w_v), map(w_o), row_map(b_o)};
      const auto loss = [&] {
        y.setZero();
        attention_forward<double>(batch, x, shape, p, mask, y, saved);
        return weighted_sum(weights_like(y), y);
      };
      loss();
      M dx(13, 6), dq = M::Zero(6, 6), dk = dq, dv = dq, d_o = dq, db = M::Zero(1, 6);
      attention_backward<double>(batch, weights_like(y), x, shape, p, mask, pass, saved, {{0, 2}, {0, 2}}, scratch, dx,
                                 {map(dq), map(dk), map(dv), map(d_o), row_map(db)});
      CHECK(relative_error(dx, central_differences(x, loss)) < tolerance);
      CHECK(relative_error(dq, central_differences(w_q, loss)) < tolerance);
      CHECK(relative_error(dk, central_differences(w_k, loss)) < tolerance);
      CHECK(relative_error(dv, central_differences(w_v, loss)) < tolerance);
      CHECK(relative_error(d_o, central_differences(w_o, loss)) < tolerance);
      CHECK(relative_error(db, central_differences(b_o, loss)) < tolerance);

      M dmask = M::Zero(1, 2);
      attention_backward_mask<double>(weights_like(y), shape, p, mask, saved, scratch, row_map(dmask));
      CHECK(relative_error(dmask, central_differences(factors, [&] {
                             mask = mask_of(factors, true);
                             return loss();
                           })) < tolerance);
    }
}

TEST_CASE("attention: documents longer than a block of queries, by its definition") {
  Batch batch;
  batch.tokens.assign(110, 0);
  batch.offsets = {0, 75, 110};
  const Index tokens = 110, width = 6, heads = 2, head_width = 3;
  M x = some_numbers(tokens, width, 1), q = some_numbers(width, width, 2), k = some_numbers(width, width, 3),
    v = some_numbers(width, width, 4), o = M::Identity(width, width), b = M::Zero(1, width);
  const AttentionView<double> p{map(q), map(k), map(v), map(o), row_map(b)};
  for (const Index window : {0, 2, 20, 40})
    for (const bool scaled : {false, true}) {
      CAPTURE(window);
      CAPTURE(scaled);
      SavedAttention<double> saved;
      saved.reshape(tokens, width, heads);
      M y = M::Zero(tokens, width);
      attention_forward<double>(batch, x, {heads, window, scaled}, p, keep_all<double>(heads), y, saved);
      const M xq = x * q / (scaled ? std::sqrt(3.0) : 1), xk = x * k, xv = x * v;
      M expected = M::Zero(tokens, width);
      for (Index d = 0; d < 2; ++d)
        for (Index h = 0; h < width; h += head_width)
          for (Index i = batch.document(d).begin; i < batch.document(d).end; ++i) {
            const Index first =
                window == 0 ? batch.document(d).begin : std::max(batch.document(d).begin, i - window + 1);
            const Index seen = i + 1 - first;
            Row<double> w = xq.block(i, h, 1, head_width) * xk.block(first, h, seen, head_width).transpose();
            w = (w.array() - w.maxCoeff()).exp();
            expected.block(i, h, 1, head_width) = w / w.sum() * xv.block(first, h, seen, head_width);
          }
      CHECK(relative_error(y, expected) < 1e-12);
      AttentionScratch<double> scratch;
      scratch.reshape(tokens, width);
      M dx(tokens, width), dq = M::Zero(width, width), dk = dq, dv = dq, d_o = dq, db = b;
      const auto loss = [&] {
        y.setZero();
        attention_forward<double>(batch, x, {heads, window, scaled}, p, keep_all<double>(heads), y, saved);
        return weighted_sum(weights_like(y), y);
      };
      loss();
      attention_backward<double>(batch, weights_like(y), x, {heads, window, scaled}, p, keep_all<double>(heads),
                                 keep_all<double>(heads), saved, {{0, 2}, {0, 2}}, scratch, dx,
                                 {map(dq), map(dk), map(dv), map(d_o), row_map(db)});
      CHECK(relative_error(dq, central_differences(q, loss)) < 1e-7);  // scores of several hundred: curvature
      CHECK(relative_error(dk, central_differences(k, loss)) < 1e-7);
      CHECK(relative_error(dv, central_differences(v, loss)) < tolerance);
    }
}

TEST_CASE(
    "attention: a token sees itself and what came before in its own document, and locally no further than the window") {
  const Batch batch = three_documents();
  for (const Index window : {0, 3}) {
    const AttentionShape shape{1, window, false};
    M w = M::Identity(4, 4), b = M::Zero(1, 4);
    const AttentionView<double> p{map(w), map(w), map(w), map(w), row_map(b)};
    SavedAttention<double> saved;
    saved.reshape(13, 4, 1);
    const auto output = [&](const M& x) {
      M y = M::Zero(13, 4);
      attention_forward<double>(batch, x, shape, p, keep_all<double>(1), y, saved);
      return y;
    };
    const M x = some_numbers(13, 4, 1), y = output(x);
    for (Index j = 0; j < 13; ++j) {
      M changed = x;
      changed.row(j) *= 1.1;
      const M z = output(changed);
      for (Index i = 0; i < 13; ++i) {
        const bool same_document = (i < 6) == (j < 6) && (i < 8) == (j < 8);
        const bool sees = same_document && j <= i && (window == 0 || i - j < window);
        CAPTURE(window);
        CAPTURE(i);
        CAPTURE(j);
        CHECK((z.row(i) != y.row(i)) == sees);
      }
    }
  }
}

TEST_CASE("output loss: backward is the derivative of the mean loss; forward and the bias alone agree with it") {
  M x = some_numbers(6, 4, 1), embedding = some_numbers(9, 4, 2), bias = some_numbers(1, 9, 3), losses = M::Zero(1, 6);
  const std::vector<int> targets{3, no_target, 8, 0, no_target, 3};
  OutputLoss<double> layer;
  const auto loss = [&] {
    losses.setZero();
    layer.forward(x, embedding, bias.row(0), targets, losses.row(0));
    return losses.sum() / 4;
  };
  M dx(6, 4), dembedding = M::Zero(9, 4), dbias = M::Zero(1, 9), again = M::Zero(1, 6), bias_alone = M::Zero(1, 9);
  layer.backward(x, embedding, bias.row(0), targets, 4, again.row(0), dx, dembedding, dbias.row(0), true);
  CHECK(relative_error(dx, central_differences(x, loss)) < tolerance);
  CHECK(relative_error(dembedding, central_differences(embedding, loss)) < tolerance);
  CHECK(relative_error(dbias, central_differences(bias, loss)) < tolerance);
  loss();
  CHECK(again == losses);
  again.setZero();
  layer.backward_bias(x, embedding, bias.row(0), targets, 4, again.row(0), bias_alone.row(0));
  CHECK(bias_alone == dbias);
  CHECK(again == losses);
  // The loss itself, by its definition.
  const Row<double> logits = x.row(0) * embedding.transpose() + bias.row(0);
  CHECK(losses(0, 0) == doctest::Approx(std::log(logits.array().exp().sum()) - logits[3]));
}
