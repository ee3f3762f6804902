#include "eval/sampling.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "core/error.hpp"
#include "core/random.hpp"
#include "model/decoder.hpp"
#include "text/pretokenizer.hpp"

namespace sgtm {
namespace {

/// A token by its logit: softmax(logits / temperature), of the k likeliest where top_k is given.
int draw(Row<float>& logits, const SamplingConfig& config, int end_token, Random& random) {
  logits[end_token] = -std::numeric_limits<float>::infinity();  // never trained, so never drawn
  Index likeliest = 0;
  const float largest = logits.maxCoeff(&likeliest);
  if (config.temperature == 0) return static_cast<int>(likeliest);
  float least = -std::numeric_limits<float>::infinity();
  if (config.top_k > 0 && config.top_k < logits.size()) {
    std::vector<float> sorted(logits.begin(), logits.end());
    std::nth_element(sorted.begin(), sorted.begin() + config.top_k - 1, sorted.end(), std::greater<>());
    least = sorted[static_cast<std::size_t>(config.top_k) - 1];
  }
  const Row<double> weights =
      (logits.array() < least).select(0.0, ((logits.array() - largest).cast<double>() / config.temperature).exp());
  double left = random.uniform() * weights.sum();
  for (Index i = 0; i < weights.size(); ++i)
    if ((left -= weights[i]) < 0) return static_cast<int>(i);
  return static_cast<int>(likeliest);
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

std::string sample(const ModelConfig& model, Flat<float>& parameters, const Tokenizer& tokenizer,
                   const std::string& prompt, const SamplingConfig& config) {
  check(config, prompt);
  Random random(config.seed, "sampling");
  const Layout layout(model);
  Decoder decoder(model, layout, parameters);
  std::vector<int> tokens = tokenizer.encode(prompt);
  const std::size_t prompt_tokens = tokens.size();
  std::size_t read = tokens.size() - std::min(tokens.size(), static_cast<std::size_t>(model.context));
  for (Index i = 0; i < config.tokens; ++i) {
    for (; read < tokens.size(); ++read) {
      if (decoder.tokens() == model.context) {  // begin again with the younger half of the text
        decoder.clear();
        read -= static_cast<std::size_t>(model.context / 2);
      }
      decoder.read(tokens[read]);
    }
    Row<float> logits = decoder.logits().head(tokenizer.size());
    tokens.push_back(draw(logits, config, tokenizer.end_token(), random));
  }
  std::string text = tokenizer.decode({tokens.begin() + static_cast<std::ptrdiff_t>(prompt_tokens), tokens.end()});
  // The last token may end within a character.
  if (const std::size_t bad = invalid_utf8_at(text); bad != std::string::npos && bad + 4 > text.size())
    text.resize(bad);
  return readable(text);  // a model of little training puts parts of characters side by side
}

}  // namespace sgtm
