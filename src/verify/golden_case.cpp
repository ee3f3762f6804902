#include "verify/golden_case.hpp"

#include "core/error.hpp"
#include "core/json.hpp"

namespace sgtm {
namespace {

using nlohmann::json;

ModelConfig read_config(const json& facts) {
  ModelConfig c;
  const auto size = [&](const char* key) { return whole(facts.at(key), 1, most_of_a_size); };
  c.vocabulary = size("vocab_size");
  c.context = size("context");
  c.width = size("hidden_size");
  c.blocks = size("num_layers");
  c.heads = size("num_heads");
  c.mlp_width = size("intermediate_size");
  c.window = size("window_size");
  c.scaled_scores = facts.value("scaled_scores", false);
  c.attention.clear();
  for (const json& kind : facts.at("attention")) c.attention += kind == "local" ? 'l' : 'g';
  check(c);
  return c;
}

SplitConfig read_split(const json& facts, const ModelConfig& config) {
  SplitConfig split;
  split.forget_heads = whole(facts.at("forget_heads"), 0, most_of_a_size);
  split.forget_units = whole(facts.at("forget_mlp_units"), 0, most_of_a_size);
  for (const json& block : facts.at("masked_blocks")) split.masked_blocks.push_back(whole(block, 0, config.blocks - 1));
  check(split, config);
  return split;
}

void check_batch(const Batch& batch, const ModelConfig& config) {
  if (batch.offsets.size() < 2 || batch.offsets.front() != 0 || batch.offsets.back() != batch.size())
    throw Error("document_offsets do not run from 0 to the number of tokens");
  for (Index d = 0; d < batch.documents(); ++d)
    if (const Index length = batch.document(d).size(); length < 2 || length > config.context)
      throw Error(fmt::format("document {} has {} tokens, not 2 to {}", d, length, config.context));
  for (const int token : batch.tokens)
    if (token < 0 || token >= config.vocabulary)
      throw Error(fmt::format("token {} lies outside of the vocabulary of {}", token, config.vocabulary));
}

}  // namespace

GoldenCase GoldenCase::read(const fs::path& stem) {
  GoldenCase c;
  c.stem = stem;
  const std::string file = stem.string() + ".json";
  if (!fs::exists(file))
    throw Error(
        fmt::format("{}: there is no such file. A case is named without its ending, as in tests/golden/tiny.", file));
  c.facts = parse_json<json>(read_file(file), file);
  try {
    c.config = read_config(c.facts);
    c.split = read_split(c.facts, c.config);
    c.batch.offsets.clear();
    for (const json& offset : c.facts.at("document_offsets"))
      c.batch.offsets.push_back(whole(offset, 0, Index(1) << 40));
    c.batch = c.with_tokens(c.facts.at("tokens"));
    if (c.facts.at("train").at("labels").size() != c.facts["train"].at("tokens").size())
      throw Error("train has not as many labels as batches");
  } catch (const json::exception& e) {
    throw Error(fmt::format("{}: is not the description of a golden case, or cut ({}).", file, e.what()));
  } catch (const std::out_of_range& e) {
    throw Error(fmt::format("{}: is not the description of a golden case ({}).", file, e.what()));
  } catch (const Error& e) {
    throw Error(fmt::format("{}: contradicts itself: {}", file, e.what()));
  }
  return c;
}

Batch GoldenCase::with_tokens(const json& tokens) const {
  Batch other{tokens.get<std::vector<int>>(), batch.offsets};
  check_batch(other, config);
  return other;
}

Schedule GoldenCase::schedule() const {
  const json& train = facts.at("train");
  return {train.at("learning_rate"), train.at("warmup"), train.at("total_steps")};
}

AdamWConfig GoldenCase::adamw() const {
  const json& train = facts.at("train");
  return {train.at("betas").at(0), train.at("betas").at(1), train.at("eps"), train.at("weight_decay")};
}

}  // namespace sgtm
