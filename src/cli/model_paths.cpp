#include "cli/commands.hpp"
#include "model/model_files.hpp"
#include "text/tokenizer_files.hpp"
#include "train/loader.hpp"

namespace sgtm {

Dataset data_for(const SavedModel& model, const fs::path& path, const fs::path& chosen) {
  if (chosen.empty() && model.data.empty())
    throw Error("the model does not say which data it was trained on. Give --data.");
  Dataset data = read_dataset(chosen.empty() ? fs::path(model.data) : chosen);
  const std::string tokenizer = tokenizer_of(model, model_file(path).parent_path());
  if (!tokenizer.empty() && data.tokenizer_fingerprint != tokenizer)
    throw Error(fmt::format(
        "{}: was made with another tokenizer than the model. Prepare it again with --tokenizer and the model's folder.",
        data.path.string()));
  check_fits(data, 0, model.config);
  if (!model.data_digest.empty() && model.data_digest != data.digest) {
    if (chosen.empty())
      throw Error(
          fmt::format("{}: is no longer the data set that the model was trained on. Name the one to use with --data.",
                      data.path.string()));
    say("{}: is another data set than the model was trained on.", data.path.string());
  }
  return data;
}

Tokenizer tokenizer_for(const SavedModel& model, const fs::path& path, const fs::path& chosen) {
  const fs::path folder = chosen.empty() ? model_file(path).parent_path() : chosen;
  if (!has_tokenizer(folder))
    throw Error(fmt::format(
        "{}: there is no vocab.json or tokenizer.json beside the model. Give --tokenizer and a folder with vocab.json "
        "and merges.txt.",
        folder.string()));
  Tokenizer tokenizer = Tokenizer::read(folder);
  if (!model.tokenizer.empty() && fmt::format("{:016x}", tokenizer.fingerprint()) != model.tokenizer)
    throw Error(
        fmt::format("{}: is another tokenizer than the model's. Give --tokenizer and the folder of its data set.",
                    folder.string()));
  if (tokenizer.size() > model.config.vocabulary)
    throw Error(fmt::format("{}: has {} tokens, but the model only {}. Give --tokenizer and the right folder.",
                            folder.string(), tokenizer.size(), model.config.vocabulary));
  return tokenizer;
}

fs::path output_for(const fs::path& path, const std::string& name, const fs::path& chosen, bool overwrite) {
  fs::path out = !chosen.empty()          ? chosen
                 : fs::is_directory(path) ? path / name
                                          : path.parent_path() / (path.stem().string() + "." + name);
  if (fs::exists(out) && fs::equivalent(out, fs::absolute(model_file(path)).parent_path()))
    throw Error(fmt::format("{}: is the input itself, which is never changed. Choose another --out.", out.string()));
  check_place(out, "model");
  if (fs::exists(out / "model.safetensors") && !overwrite)
    throw Error(fmt::format("{}: holds a model already. Choose another --out, or --overwrite.", out.string()));
  return out;
}

void write_derived(const fs::path& folder, const SavedModel& model, const fs::path& path) {
  FolderWriter out(folder);
  write_model(out.staging(), model);
  const fs::path beside = model_file(path).parent_path();
  if (has_tokenizer(beside)) Tokenizer::read(beside).write(out.staging());
  out.commit({"vocab.json", "merges.txt", "tokenizer.json", "model.safetensors.index.json"});
}

}  // namespace sgtm
