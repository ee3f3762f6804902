#include "eval/document_gradients.hpp"

#include <doctest/doctest.h>

#include "tests/support/small_network.hpp"

using namespace sgtm;

namespace {

/// A split that differs from head to unit.
SplitConfig uneven_split(const std::vector<Index>& masked_blocks) {
  SplitConfig split;
  split.forget_heads = 2;
  split.forget_units = 5;
  split.masked_blocks = masked_blocks;
  return split;
}

/// The gradient of one document's mean loss, nothing masked.
Flat<float> gradient_of(SmallNetwork& m, const TokenFile& file, Index document) {
  Batch batch;
  file.append(document, 400, batch.tokens);
  batch.offsets.push_back(batch.size());
  Flat<float> gradient = Flat<float>::Zero(m.layout.size);
  m.network.forward(m.parameters, batch, m.network.keep_all().forward);
  m.network.backward(m.parameters, batch, m.network.keep_all(), m.network.all_gradients(), predicted_tokens(batch),
                     gradient);
  return gradient;
}

/// Squared entries of a region, range by range.
double squares_in(Flat<float>& gradient, const Ranges& region) {
  double sum = 0;
  for (const auto& [tensor, rows, columns] : region)
    sum += matrix(gradient, *tensor)
               .block(rows.begin, columns.begin, rows.size(), columns.size())
               .cast<double>()
               .squaredNorm();
  return sum;
}

/// Sum of W dL/dW over a tensor's last rows: the derivative by one factor on what feeds them.
double by_last_rows(SmallNetwork& m, Flat<float>& gradient, const Tensor& tensor, Index rows) {
  return matrix(m.parameters, tensor)
      .bottomRows(rows)
      .cwiseProduct(matrix(gradient, tensor).bottomRows(rows))
      .cast<double>()
      .sum();
}

void check_gradients(const char* strategy, Index forget_heads, const std::vector<Index>& masked_blocks) {
  SmallNetwork m;
  const SplitConfig split = uneven_split(masked_blocks);
  const Partition partition = make_partition(m.layout, m.config, split, strategy_named(strategy));
  const TokenFile& file = *adjacent_data().data.parts.at("forget").held_out;
  const auto found =
      document_gradients(m.network, m.layout, partition, split, strategy_named(strategy), m.parameters, file, 3);
  REQUIRE(found.size() == 3);
  for (Index d = 0; d < 3; ++d) {
    Flat<float> gradient = gradient_of(m, file, d);
    const DocumentGradient& of = found[static_cast<std::size_t>(d)];
    const double forget = squares_in(gradient, partition.forget), retain = squares_in(gradient, partition.retain),
                 joint = squares_in(gradient, partition.joint);
    CHECK(of.squared_norms[Owner::forget] == doctest::Approx(forget).epsilon(1e-4));
    CHECK(of.squared_norms[Owner::retain] == doctest::Approx(retain).epsilon(1e-4));
    CHECK(of.squared_norms[Owner::joint] == doctest::Approx(joint).epsilon(1e-4));
    CHECK(of.absorbed_share() == doctest::Approx(forget / (forget + retain + joint)).epsilon(1e-4));
    double mask = 0;
    for (const Index block : masked_blocks) {
      const BlockLayout& tensors = m.layout.blocks[static_cast<std::size_t>(block)];
      mask += by_last_rows(m, gradient, tensors.w_o, forget_heads * m.config.head_width()) +
              by_last_rows(m, gradient, tensors.w_2, 5);
    }
    CHECK(of.forget_mask == doctest::Approx(mask).epsilon(1e-4));
  }
}

}  // namespace

TEST_CASE("document gradients: norms by owner, and the forget mask of the split blocks, document by document") {
  check_gradients("sgtm", 2, {1});
  check_gradients("sgtm", 2, {0, 1});
}

TEST_CASE("document gradients: where attention is joint no head is forget") {
  check_gradients("sgtm_joint_attention", 0, {0});
}

TEST_CASE("document gradients: of the first documents, as many as asked for and there are") {
  SmallNetwork m;
  const SplitConfig split = uneven_split({1});
  const Partition partition = make_partition(m.layout, m.config, split, strategy_named("sgtm"));
  const TokenFile& file = *adjacent_data().data.parts.at("adjacent").held_out;
  const auto of = [&](Index documents) {
    return static_cast<Index>(
        document_gradients(m.network, m.layout, partition, split, strategy_named("sgtm"), m.parameters, file, documents)
            .size());
  };
  REQUIRE(file.documents() > 1);
  CHECK(of(0) == 0);
  CHECK(of(1) == 1);
  CHECK(of(1000) == file.documents());
}

TEST_CASE("document gradients: the absorbed share is the forget part of the whole") {
  CHECK(DocumentGradient{{1, 2, 5}, 0}.absorbed_share() == doctest::Approx(0.125));
}
