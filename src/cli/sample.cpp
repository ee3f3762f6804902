#include "cli/commands.hpp"
#include "eval/sampling.hpp"

namespace sgtm {

void add_sample(CLI::App& program) {
  struct Options {
    fs::path path, tokenizer;
    std::string prompt;
    SamplingConfig sampling;
    bool json = false;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("sample", "let a model continue a text");
  command->add_option("path", o->path, "run directory or .safetensors file")->required();
  command->add_option("--prompt", o->prompt, "how the text begins")->required();
  command->option_defaults()->always_capture_default();
  command->add_option("--tokens", o->sampling.tokens, "tokens to write");
  command->add_option("--temperature", o->sampling.temperature, "0: always the likeliest token; higher: more varied");
  command->add_option("--top-k", o->sampling.top_k, "draw from the k likeliest tokens only; 0: from all");
  command->add_option("--seed", o->sampling.seed, "of the draws");
  command->add_option("--tokenizer", o->tokenizer, "folder with vocab.json and merges.txt (default: beside the model)");
  command->add_flag("--json", o->json, "print JSON");
  add_threads(*command);
  command->footer("Example: sgtm sample runs/a --prompt \"Once upon a time\" --temperature 0.8 --top-k 20");
  command->callback([o] {
    SavedModel model = read_model(o->path);
    const Tokenizer tokenizer = tokenizer_for(model, o->path, o->tokenizer);
    const std::string text = sample(model.config, model.parameters, tokenizer, o->prompt, o->sampling);
    if (o->json)
      print_json({{"prompt", o->prompt}, {"continuation", text}, {"seed", o->sampling.seed}});
    else
      print_out("{}{}\n", o->prompt, text);
  });
}

}  // namespace sgtm
