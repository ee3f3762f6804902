#pragma once

#include "nn/attention.hpp"
#include "nn/gelu.hpp"
#include "nn/mlp.hpp"
#include "nn/output_loss.hpp"

/// The three fast layers once more, as the equations say it: one document, one thread, no ranges, no blocks. To read
/// first, and to hold the fast ones against (tests/nn/plain_layers_test.cpp). Shapes as in the layers' own headers.
namespace sgtm::plain_layers {

using M = Matrix<double>;

/// f(entry) for every entry.
template <class F>
M each(const M& m, F f) {
  return m.unaryExpr([f](double entry) { return f(Lanes<double>::Constant(entry))[0]; });
}

/// (mask * gelu(x W_1 + b_1)) W_2 + b_2
inline M mlp(const M& x, const MlpView<double>& p, const Row<double>& mask) {
  const M pre = (x * p.w_1).rowwise() + p.b_1;
  const M act = each(pre, gelu<double>) * mask.asDiagonal();
  return (act * p.w_2).rowwise() + p.b_2;
}

/// dL/dx of the MLP, from dy = dL/dy. Adds the gradients of the parameters to `gradient`.
inline M mlp_backward(const M& dy, const M& x, const MlpView<double>& p, const Row<double>& mask,
                      const Row<double>& stop_gradient, MlpView<double> gradient) {
  const M pre = (x * p.w_1).rowwise() + p.b_1;
  const M act = each(pre, gelu<double>) * mask.asDiagonal();
  const M dact = dy * p.w_2.transpose();
  const M dpre = dact.cwiseProduct(each(pre, gelu_derivative<double>)) * mask.asDiagonal() * stop_gradient.asDiagonal();
  gradient.w_2 += act.transpose() * dy;
  gradient.b_2 += dy.colwise().sum();
  gradient.w_1 += x.transpose() * dpre;
  gradient.b_1 += dpre.colwise().sum();
  return dpre * p.w_1.transpose();
}

/// The attention weights of one head, query x key: the softmax of the scores over the keys that a query sees.
inline M attention_weights(const M& q, const M& k, const AttentionShape& shape) {
  M w = (q * k.transpose()) * (shape.scaled ? 1 / std::sqrt(static_cast<double>(q.cols())) : 1.0);
  for (Index i = 0; i < w.rows(); ++i) {
    for (Index j = 0; j < w.cols(); ++j)
      if (j > i || (shape.window > 0 && i - j >= shape.window)) w(i, j) = -std::numeric_limits<double>::infinity();
    w.row(i) = (w.row(i).array() - w.row(i).maxCoeff()).exp();
    w.row(i) /= w.row(i).sum();
  }
  return w;
}

/// (mask * heads(x)) W_O + b_O, for one document.
inline M attention(const M& x, const AttentionShape& shape, const AttentionView<double>& p, const Row<double>& mask) {
  const M q = x * p.w_q, k = x * p.w_k, v = x * p.w_v;
  M out(x.rows(), x.cols());
  const Index width = x.cols() / shape.heads;
  for (Index h = 0; h < shape.heads; ++h) {
    const auto head = [&](const M& m) { return m.middleCols(h * width, width); };
    out.middleCols(h * width, width) = mask[h] * attention_weights(head(q), head(k), shape) * head(v);
  }
  return (out * p.w_o).rowwise() + p.b_o;
}

/// dL/dx of the attention layer, from dy = dL/dy, for one document. Adds the gradients of the parameters.
inline M attention_backward(const M& dy, const M& x, const AttentionShape& shape, const AttentionView<double>& p,
                            const Row<double>& mask, const Row<double>& stop_gradient, AttentionView<double> gradient) {
  const M q = x * p.w_q, k = x * p.w_k, v = x * p.w_v, dmasked = dy * p.w_o.transpose();
  M masked(x.rows(), x.cols()), dq = masked, dk = masked, dv = masked;
  const Index width = x.cols() / shape.heads;
  const double scale = shape.scaled ? 1 / std::sqrt(static_cast<double>(width)) : 1.0;
  for (Index h = 0; h < shape.heads; ++h) {
    const auto head = [&](auto& m) { return m.middleCols(h * width, width); };
    const M w = attention_weights(head(q), head(k), shape);
    head(masked) = mask[h] * w * head(v);
    const M dout = stop_gradient[h] * mask[h] * head(dmasked);
    const M dw = dout * head(v).transpose();
    const Eigen::VectorXd mean = w.cwiseProduct(dw).rowwise().sum();
    const M ds = w.cwiseProduct(dw.colwise() - mean);
    head(dq) = scale * ds * head(k);
    head(dk) = scale * ds.transpose() * head(q);
    head(dv) = w.transpose() * dout;
  }
  gradient.w_o += masked.transpose() * dy;
  gradient.b_o += dy.colwise().sum();
  gradient.w_q += x.transpose() * dq;
  gradient.w_k += x.transpose() * dk;
  gradient.w_v += x.transpose() * dv;
  return dq * p.w_q.transpose() + dk * p.w_k.transpose() + dv * p.w_v.transpose();
}

/// The losses of the tokens that have a target (0 elsewhere), and dL/dlogits, L being their mean over n.
inline std::pair<Row<double>, M> output_loss(const M& x, const M& embedding, const Row<double>& bias,
                                             const std::vector<int>& targets, double n) {
  const M logits = (x * embedding.transpose()).rowwise() + bias;
  Row<double> loss = Row<double>::Zero(x.rows());
  M dlogits = M::Zero(logits.rows(), logits.cols());
  for (Index t = 0; t < x.rows(); ++t) {
    const int target = targets[static_cast<std::size_t>(t)];
    if (target == no_target) continue;
    const Row<double> p = logits.row(t).array().exp() / logits.row(t).array().exp().sum();
    loss[t] = -std::log(p[target]);
    dlogits.row(t) = p / n;
    dlogits(t, target) -= 1 / n;
  }
  return {loss, dlogits};
}

}  // namespace sgtm::plain_layers
