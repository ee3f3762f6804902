// The fast layers against the plain ones: the same numbers, with and without leaving out what masks zero.

#include "nn/plain_layers.hpp"

#include <doctest/doctest.h>

#include "tests/support/differences.hpp"
#include "tests/support/layer_parts.hpp"

using namespace sgtm;
using M = Matrix<double>;

namespace {

constexpr double rounding = 1e-12;

}  // namespace

TEST_CASE("plain layers: the fast MLP computes the same, forward and backward") {
  const Index tokens = 300, width = 5, units = 20;  // more tokens than one thread takes at once
  M x = some_numbers(tokens, width, 1), w_1 = some_numbers(width, units, 2), b_1 = some_numbers(1, units, 3),
    w_2 = some_numbers(units, width, 4), b_2 = some_numbers(1, width, 5), dy = some_numbers(tokens, width, 6);
  M factors = some_numbers(1, units, 7), stop = some_numbers(1, units, 8);
  factors.middleCols(3, 4).setZero(), stop.middleCols(5, 6).setZero();
  const MlpView<double> p{map(w_1), row_map(b_1), map(w_2), row_map(b_2)};
  M dw_1 = M::Zero(width, units), db_1 = M::Zero(1, units), dw_2 = M::Zero(units, width), db_2 = M::Zero(1, width);
  const M dx = plain_layers::mlp_backward(dy, x, p, factors.row(0), stop.row(0),
                                          {map(dw_1), row_map(db_1), map(dw_2), row_map(db_2)});
  for (const bool skip : {false, true}) {
    CAPTURE(skip);
    const UnitMask<double> mask = mask_of(factors, skip), stop_gradient = mask_of(stop, skip);
    SavedMlp<double> saved;
    saved.reshape(tokens, units);
    M y = M::Zero(tokens, width), dpre(tokens, units), dinput(tokens, width);
    M w1 = M::Zero(width, units), b1 = M::Zero(1, units), w2 = M::Zero(units, width), b2 = M::Zero(1, width);
    mlp_forward<double>(x, p, mask, y, saved);
    mlp_backward<double>(dy, x, p, mask, stop_gradient, saved, {{0, units}, {0, units}}, dpre, dinput,
                         {map(w1), row_map(b1), map(w2), row_map(b2)});
    CHECK(relative_error(y, plain_layers::mlp(x, p, factors.row(0))) < rounding);
    CHECK(relative_error(dinput, dx) < rounding);
    CHECK(relative_error(w1, dw_1) < rounding);
    CHECK(relative_error(b1, db_1) < rounding);
    CHECK(relative_error(w2, dw_2) < rounding);
    CHECK(relative_error(b2, db_2) < rounding);
  }
}

TEST_CASE("plain layers: the fast attention computes the same, forward and backward") {
  const Index tokens = 75, width = 12, heads = 4;  // more tokens than a block of queries has
  M x = some_numbers(tokens, width, 1), w_q = 0.3 * some_numbers(width, width, 2),
    w_k = 0.3 * some_numbers(width, width, 3), w_v = some_numbers(width, width, 4), w_o = some_numbers(width, width, 5),
    b_o = some_numbers(1, width, 6), dy = some_numbers(tokens, width, 7), factors(1, heads), stop(1, heads);
  factors << 0.7, 0, -1.2, 1;
  stop << 1, 1, 0.5, 0;
  Batch batch;
  batch.tokens.assign(static_cast<std::size_t>(tokens), 0);
  batch.offsets = {0, tokens};
  const AttentionView<double> p{map(w_q), map(w_k), map(w_v), map(w_o), row_map(b_o)};
  for (const AttentionShape& shape : {AttentionShape{heads, 0, false}, {heads, 20, false}, {heads, 3, true}})
    for (const bool skip : {false, true}) {
      CAPTURE(shape.window);
      CAPTURE(skip);
      M dq = M::Zero(width, width), dk = dq, dv = dq, d_o = dq, db = M::Zero(1, width);
      const M dx = plain_layers::attention_backward(dy, x, shape, p, factors.row(0), stop.row(0),
                                                    {map(dq), map(dk), map(dv), map(d_o), row_map(db)});
      const UnitMask<double> mask = mask_of(factors, skip), stop_gradient = mask_of(stop, skip);
      SavedAttention<double> saved;
      saved.reshape(tokens, width, heads);
      AttentionScratch<double> scratch;
      scratch.reshape(tokens, width);
      M y = M::Zero(tokens, width), dinput(tokens, width), q = M::Zero(width, width), k = q, v = q, o = q,
        b = M::Zero(1, width);
      attention_forward<double>(batch, x, shape, p, mask, y, saved);
      attention_backward<double>(batch, dy, x, shape, p, mask, stop_gradient, saved, {{0, heads}, {0, heads}}, scratch,
                                 dinput, {map(q), map(k), map(v), map(o), row_map(b)});
      CHECK(relative_error(y, plain_layers::attention(x, shape, p, factors.row(0))) < rounding);
      CHECK(relative_error(dinput, dx) < rounding);
      CHECK(relative_error(q, dq) < rounding);
      CHECK(relative_error(k, dk) < rounding);
      CHECK(relative_error(v, dv) < rounding);
      CHECK(relative_error(o, d_o) < rounding);
      CHECK(relative_error(b, db) < rounding);
    }
}

TEST_CASE("plain layers: the fast output layer computes the same, over many tiles and sweeps") {
  const Index tokens = 300, vocabulary = 1100, width = 4;
  const M x = some_numbers(tokens, width, 1), embedding = some_numbers(vocabulary, width, 2),
          bias = some_numbers(1, vocabulary, 3);
  std::vector<int> targets;
  for (Index t = 0; t < tokens; ++t) targets.push_back(t % 9 == 4 ? no_target : static_cast<int>(t * 37 % vocabulary));
  const auto [loss, dlogits] = plain_layers::output_loss(x, embedding, bias.row(0), targets, 17);
  OutputLoss<double> layer;
  M losses = M::Zero(1, tokens), dx(tokens, width), dembedding = M::Zero(vocabulary, width),
    dbias = M::Zero(1, vocabulary);
  layer.backward(x, embedding, bias.row(0), targets, 17, losses.row(0), dx, dembedding, dbias.row(0), true);
  CHECK(relative_error(losses, loss) < 1e-13);
  CHECK(relative_error(dx, dlogits * embedding) < rounding);
  CHECK(relative_error(dembedding, dlogits.transpose() * x) < rounding);
  CHECK(relative_error(dbias, dlogits.colwise().sum()) < rounding);
}
