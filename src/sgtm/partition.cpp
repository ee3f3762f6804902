#include "sgtm/partition.hpp"

namespace sgtm {

Partition make_partition(const Layout& layout, const ModelConfig& config, const SplitConfig& split,
                         const Strategy& strategy) {
  check(split, config);
  Partition p;
  const auto whole = [&p](Owner owner, std::initializer_list<const Tensor*> tensors) {
    Ranges& ranges = owner == Owner::forget ? p.forget : owner == Owner::retain ? p.retain : p.joint;
    for (const Tensor* t : tensors) ranges.push_back({t, {0, t->rows}, {0, t->columns}});
  };
  // Forget heads and units are the last ones: columns of what they compute from, rows of what they feed.
  const auto split_columns = [&p](const Tensor& t, Index forget) {
    p.retain.push_back({&t, {0, t.rows}, {0, t.columns - forget}});
    p.forget.push_back({&t, {0, t.rows}, {t.columns - forget, t.columns}});
  };
  const auto split_rows = [&p](const Tensor& t, Index forget) {
    p.retain.push_back({&t, {0, t.rows - forget}, {0, t.columns}});
    p.forget.push_back({&t, {t.rows - forget, t.rows}, {0, t.columns}});
  };

  const bool masks_embeddings = strategy.splits && split.mask_embeddings;
  const Owner embeddings = masks_embeddings ? Owner::retain : Owner::joint;
  whole(embeddings, {&layout.embedding, &layout.position});
  const Index head_columns = split.forget_heads * config.head_width();
  for (Index i = 0; i < config.blocks; ++i) {
    const BlockLayout& b = layout.blocks[static_cast<std::size_t>(i)];
    const bool splits = strategy.splits && split.masks(i);
    whole(split.masks(i) ? embeddings : Owner::joint, {&b.norm_1_gain, &b.norm_1_bias, &b.norm_2_gain, &b.norm_2_bias});
    if (!splits || strategy.joint_attention) {
      whole(Owner::joint, {&b.w_q, &b.w_k, &b.w_v});
    } else {
      for (const Tensor* t : {&b.w_q, &b.w_k, &b.w_v}) split_columns(*t, head_columns);
    }
    if (!splits || strategy.joint_attention || strategy.joint_w_o) {
      whole(Owner::joint, {&b.w_o, &b.b_o});
    } else {
      split_rows(b.w_o, head_columns);
      whole(Owner::retain, {&b.b_o});
    }
    if (!splits) {
      whole(Owner::joint, {&b.w_1, &b.b_1});
    } else {
      split_columns(b.w_1, split.forget_units);
      split_columns(b.b_1, split.forget_units);
    }
    if (!splits || strategy.joint_w_2) {
      whole(Owner::joint, {&b.w_2, &b.b_2});
    } else {
      split_rows(b.w_2, split.forget_units);
      whole(Owner::retain, {&b.b_2});
    }
  }
  whole(Owner::joint, {&layout.norm_gain, &layout.norm_bias, &layout.output_bias});
  if (strategy.splits && split.mask_joint) {
    p.retain.insert(p.retain.end(), p.joint.begin(), p.joint.end());
    p.joint.clear();
  }
  return p;
}

void for_each_range(const Ranges& ranges, const std::function<void(Index, Index)>& visit) {
  for (const auto& [tensor, rows, columns] : ranges) {
    if (rows.size() == 0 || columns.size() == 0) continue;
    if (columns.size() == tensor->columns) {
      visit(tensor->offset + rows.begin * tensor->columns, rows.size() * tensor->columns);
    } else {
      for (Index r = rows.begin; r < rows.end; ++r)
        visit(tensor->offset + r * tensor->columns + columns.begin, columns.size());
    }
  }
}

Index size(const Ranges& ranges) {
  Index entries = 0;
  for (const TensorRange& range : ranges) entries += range.rows.size() * range.columns.size();
  return entries;
}

template <class Real>
void zero(Flat<Real>& flat, const Ranges& ranges) {
  for_each_range(ranges, [&flat](Index offset, Index size) { flat.segment(offset, size).setZero(); });
}

template <class Real>
void scale(Flat<Real>& flat, const Ranges& ranges, Real factor) {
  for_each_range(ranges, [&](Index offset, Index size) { flat.segment(offset, size) *= factor; });
}

template void scale(Flat<float>&, const Ranges&, float);
template void scale(Flat<double>&, const Ranges&, double);
template void zero(Flat<float>&, const Ranges&);
template void zero(Flat<double>&, const Ranges&);

}  // namespace sgtm
