#include "eval/sampling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "core/random.hpp"
#include "text/pretokenizer.hpp"

namespace sgtm {
namespace {

int draw(const Row<float>& logits, const SamplingConfig& config, int end_token, Random& random) {
  std::vector<int> order(static_cast<std::size_t>(logits.size()));
  std::iota(order.begin(), order.end(), 0);
  std::erase(order, end_token);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return logits[a] > logits[b]; });
  if (config.temperature == 0) return order[0];
  if (config.top_k > 0) order.resize(std::min(order.size(), static_cast<std::size_t>(config.top_k)));
  std::vector<double> weights;
  for (const int token : order) weights.push_back(std::exp((logits[token] - logits[order[0]]) / config.temperature));
  double left = random.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::size_t i = 0; i < order.size(); ++i)
    if ((left -= weights[i]) < 0) return order[i];
  return order.back();
}

void check(const SamplingConfig& c, const std::string& prompt) {
  if (prompt.empty()) throw Error("--prompt: is empty; the model needs a word to begin with.");
  if (const std::size_t bad = invalid_utf8_at(prompt); bad != std::string::npos)
    throw Error(fmt::format("--prompt: byte {} is not valid UTF-8.", bad));
  if (c.tokens < 1 || c.tokens > 100000)
    throw Error(fmt::format("--tokens {}: must lie between 1 and 100000.", c.tokens));
  if (!(c.temperature >= 0)) throw Error(fmt::format("--temperature {}: must be at least 0.", c.temperature));
  if (c.top_k < 0) throw Error(fmt::format("--top-k {}: must be at least 1, or 0 for all tokens.", c.top_k));
}

}  // namespace

std::string sample(Network<float>& network, const ModelConfig& model, Flat<float>& parameters,
                   const Tokenizer& tokenizer, const std::string& prompt, const SamplingConfig& config) {
  check(config, prompt);
  Random random(config.seed, "sampling");
  std::vector<int> tokens = tokenizer.encode(prompt);
  const std::size_t prompt_tokens = tokens.size();
  Row<float> logits(model.vocabulary);
  Batch batch;
  for (Index i = 0; i < config.tokens; ++i) {
    const auto seen = std::min(tokens.size(), static_cast<std::size_t>(model.context));
    batch.clear();
    batch.tokens.assign(tokens.end() - static_cast<std::ptrdiff_t>(seen), tokens.end());
    batch.offsets.push_back(batch.size());
    network.forward(parameters, batch, network.open_gates().forward);
    network.logits(parameters, batch.size() - 1, logits);
    tokens.push_back(draw(logits.head(tokenizer.size()), config, tokenizer.end_token(), random));
  }
  std::string text = tokenizer.decode({tokens.begin() + static_cast<std::ptrdiff_t>(prompt_tokens), tokens.end()});
  // The last token may end within a character.
  if (const std::size_t bad = invalid_utf8_at(text); bad != std::string::npos && bad + 4 > text.size())
    text.resize(bad);
  return text;
}

}  // namespace sgtm
