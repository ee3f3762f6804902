#include <fmt/ranges.h>
#include <map>
#include <set>

#include "cli/commands.hpp"
#include "text/data_facts.hpp"
#include "text/prepare.hpp"
#include "text/raw_data.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

struct PrepareOptions {
  PrepareConfig config;
  std::vector<fs::path> retain, adjacent, forget;
  Index stories = 0;
  bool encyclopedia = false;
  EncyclopediaConfig world;
  std::string long_documents = "split";
  LabeledFiles labeled;
};

/// "medicine,chemistry earth" as an option's arguments: the fields' names.
std::vector<std::string> fields_named(const std::vector<fs::path>& arguments) {
  std::vector<std::string> fields;
  for (const fs::path& argument : arguments)
    for (const std::string& field : split(argument.string(), ","))
      if (!trim(field).empty()) fields.push_back(trim(field));
  return fields;
}

RawData encyclopedia_of(const PrepareOptions& o) {
  if (o.stories > 0 || !o.retain.empty() || !o.labeled.documents.empty())
    throw Error(
        "--encyclopedia: names its fields with --forget and --adjacent, and goes with neither --stories nor --retain "
        "nor --documents.");
  EncyclopediaConfig config = o.world;
  config.world.seed = o.config.seed;
  config.forget = fields_named(o.forget), config.adjacent = fields_named(o.adjacent);
  return make_encyclopedia(config);
}

/// Throws Error where a file is named twice, if by different paths: what is to be kept could not be forgotten.
void check_different(const PrepareOptions& o) {
  std::vector<fs::path> all;
  for (const auto& [source, files] : o.labeled.held_out) all.insert(all.end(), files.begin(), files.end());
  for (const auto& files : {o.retain, o.adjacent, o.forget, o.labeled.documents})
    all.insert(all.end(), files.begin(), files.end());
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      std::error_code missing;
      if (all[i] == all[j] || fs::equivalent(all[i], all[j], missing))
        throw Error(
            fmt::format("{}: is named twice, also as {}. Give every file once.", all[i].string(), all[j].string()));
    }
}

std::vector<SourceDocuments> sources_of(const PrepareOptions& o) {
  const bool has_files = !o.retain.empty() || !o.adjacent.empty() || !o.forget.empty();
  if (!o.labeled.documents.empty()) {
    if (has_files || o.stories > 0)
      throw Error(
          "--documents: holds all training documents, and goes without --stories, --retain, --adjacent and --forget. "
          "Name what is to be measured with --held-out-retain, --held-out-forget and --held-out-adjacent.");
    check_different(o);
    return labeled_documents(o.labeled);
  }
  if (o.stories < 0) throw Error(fmt::format("--stories {}: must be at least 2.", o.stories));
  if ((o.stories > 0) == has_files)
    throw Error(
        "give either --stories N, or --encyclopedia, or files with --retain and --forget, or labeled ones with "
        "--documents.");
  if (o.stories > 0)
    return {story_documents("retain", Language::english, o.config.seed, o.stories),
            story_documents("forget", Language::spanish, o.config.seed, o.stories)};
  if (o.retain.empty())
    throw Error(
        "--retain: name at least one file of text to keep. (Where --forget names a field, add --encyclopedia.)");
  check_different(o);
  std::vector<SourceDocuments> all;
  for (const auto& [name, files] :
       {std::pair{"retain", o.retain}, std::pair{"adjacent", o.adjacent}, std::pair{"forget", o.forget}})
    if (!files.empty()) all.push_back({name, names_of(files), documents_of(files, o.labeled.text)});
  return all;
}

/// The facts to forget by who else tells them: those reach the model through documents that no filter on them drops.
void print_facts(const Questions& questions) {
  std::map<std::string, std::set<int>> facts;
  for (const Question& q : questions.questions)
    if (q.source == "forget") facts[q.told_also].insert(q.fact);
  std::vector<std::string> parts;
  for (const auto& [teller, told] : facts) parts.push_back(fmt::format("{} {}", told.size(), told_where(teller)));
  if (!parts.empty()) print_out("  facts to forget: {}\n", fmt::join(parts, ", "));
}

/// How many training documents carry each label, by source.
void print_labels(const DataFacts& facts) {
  if (!facts.labels) return;
  print_out("  {:9} {:>11} {:>11} {:>11}\n", "labeled", "forget", "unlabeled", "retain");
  for (const auto& [name, s] : facts.sources)
    if (s.labels)
      print_out("  {:9} {:>11} {:>11} {:>11}\n", name, (*s.labels)[Label::forget], (*s.labels)[Label::unlabeled],
                (*s.labels)[Label::retain]);
  if (facts.labels->precision)
    print_out("  precision {:.3f}, recall {:.3f}\n", *facts.labels->precision, facts.labels->recall.value_or(0));
}

/// Tells where a data set lies outside what was tried (docs/expect.md): what is known here may not hold there.
void warn_of_untried(const DataFacts& facts) {
  constexpr Index few_documents = 1000, few_labeled = 100;
  constexpr double much_shared = 0.52;
  Index labeled = 0;
  for (const auto& [name, s] : facts.sources) {
    if (s.documents > 0 && s.documents < few_documents)
      say("{}: {} documents; with fewer than {} nothing was tried. Expect noise.", name, s.documents, few_documents);
    if (s.labels) labeled += (*s.labels)[Label::forget];
  }
  if (facts.labels && labeled < few_labeled)
    say("{} documents are labeled forget; with fewer than {} nothing was tried. Label more.", labeled, few_labeled);
  if (!facts.shared_tokens) return;
  if (const auto shared = facts.shared_tokens->find("retain and forget");
      shared != facts.shared_tokens->end() && shared->second.value_or(0) > much_shared)
    say("retain and forget share {:.0f} % of their tokens; with more than {:.0f} % nothing was tried. What is kept "
        "may suffer.",
        100 * *shared->second, 100 * much_shared);
}

void print_summary(const fs::path& folder) {
  const DataFacts facts = read_facts(folder);
  print_out("{}: {} tokens in the vocabulary, documents of up to {} tokens\n", folder.string(), facts.vocabulary,
            facts.context);
  for (const auto& [name, s] : facts.sources) {
    print_out("  {:9} {:>9} documents {:>11} tokens to train on, {} and {} held out", name, s.documents, s.tokens,
              s.held_out_documents, s.held_out_tokens);
    if (s.floor) print_out(", floor {:.4f} nats per token", *s.floor);
    print_out("\n");
  }
  print_labels(facts);
  if (facts.shared_tokens)
    for (const auto& [pair, share] : *facts.shared_tokens)
      if (share) print_out("  {} share {:.1f} % of their tokens\n", pair, 100 * *share);
  print_facts(read_questions(folder));
  warn_of_untried(facts);
}

}  // namespace

void add_prepare(CLI::App& program) {
  const auto o = std::make_shared<PrepareOptions>();
  CLI::App* command =
      program.add_subcommand("prepare", "make a data set from generated stories, made-up articles or your files");
  command->add_option("--stories", o->stories,
                      "this many generated stories in each language: English to retain, Spanish to forget");
  CLI::Option* encyclopedia = command->add_flag("--encyclopedia", o->encyclopedia,
                                                "made-up articles; --forget and --adjacent name fields, as in --forget "
                                                "biology --adjacent medicine,chemistry,earth");
  add_world(*command, o->world.world);
  command->add_option("--articles", o->world.articles, "of the encyclopedia: how many are written")
      ->capture_default_str();
  for (const char* of_world : {"--entities", "--entanglement", "--articles"})
    command->get_option(of_world)->needs(encyclopedia);
  command->add_option("--retain", o->retain,
                      "files of text to keep, or - for standard input: plain text in which <|endoftext|> ends a "
                      "document, or JSON lines with a \"text\" field");
  command->add_option("--forget", o->forget, "files of text to be forgotten; with --encyclopedia, fields");
  command->add_option("--adjacent", o->adjacent,
                      "files of text that is close to what is to be forgotten; with --encyclopedia, fields");
  CLI::Option* documents = command->add_option(
      "--documents", o->labeled.documents,
      "files of training documents that somebody has labeled: JSON lines with a \"label\" of forget, retain or "
      "unlabeled, or a \"score\" (see --forget-above), or any text with --labels");
  std::vector<CLI::Option*> of_documents;
  for (const Source source : {Source::retain, Source::forget, Source::adjacent})
    of_documents.push_back(
        command->add_option(fmt::format("--held-out-{}", name(source)), o->labeled.held_out[source],
                            fmt::format("files of {} text to measure on, with --documents", name(source))));
  GivenLabelOptions& given_labels = o->labeled.given_labels;
  of_documents.push_back(command->add_option(
      "--labels", given_labels.labels,
      "CSV file of id,label or id,score: a document of plain text has its number as id, counted from 1"));
  of_documents.push_back(command->add_option("--forget-above", given_labels.forget_above,
                                             "documents of a higher score, from 0 to 1, are labeled forget"));
  of_documents.push_back(command->add_option("--retain-below", given_labels.retain_below,
                                             "documents of a lower score are labeled retain"));
  command->option_defaults()->always_capture_default();
  for (const auto& [option, field, what] :
       {std::tuple{"--label-field", &given_labels.label_field, "with the label"},
        std::tuple{"--score-field", &given_labels.score_field, "with the score"},
        std::tuple{"--source-field", &given_labels.source_field, "with the source, where it is known"},
        std::tuple{"--id-field", &given_labels.id_field, "with the id, for --labels"}})
    of_documents.push_back(command->add_option(option, *field, fmt::format("field of JSON lines {}", what)));
  for (CLI::Option* option : of_documents) option->needs(documents);
  command->add_option("--out", o->config.out, "folder to write");
  command->add_option("--vocabulary", o->config.vocabulary, "tokens of the tokenizer that is learned from the data");
  command->add_option("--tokenizer", o->config.tokenizer,
                      "folder with a vocab.json and merges.txt to use instead (GPT-2's format)");
  command->add_option("--context", o->config.context, "longest document in tokens, its end token included");
  command->add_option("--long-documents", o->long_documents, "split at white space, or cut as the paper does");
  command->add_flag("--skip-bad", o->labeled.text.skip_bad, "leave out JSON lines that hold no text");
  command->add_flag("--keep-line-ends", o->labeled.text.keep_line_ends, "leave CRLF line ends as they are");
  command->add_option("--held-out", o->config.held_out, "share of documents kept for evaluation");
  command->add_option("--seed", o->config.seed,
                      "of the stories, or of the world and its articles, and of what is held out");
  command->add_flag("--overwrite", o->config.overwrite, "replace a data set that is there");
  add_threads(*command);
  command->footer(
      "Examples:\n  sgtm prepare --stories 2000 --out data/small\n  sgtm prepare --retain english.txt --forget "
      "spanish.txt --out data/mine --context 512\n  sgtm prepare --encyclopedia --forget biology --adjacent "
      "medicine,chemistry,earth --out data/fields");
  command->callback([o] {
    if (o->long_documents != "split" && o->long_documents != "cut")
      throw Error(fmt::format("--long-documents {}: must be split or cut.", o->long_documents));
    o->config.cut_long = o->long_documents == "cut";
    const RawData made = o->encyclopedia ? encyclopedia_of(*o) : RawData{sources_of(*o), {}};
    prepare(o->config, made.sources, made.questions);
    print_summary(o->config.out);
  });
}

}  // namespace sgtm
