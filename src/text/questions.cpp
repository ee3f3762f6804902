#include "text/questions.hpp"

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/json.hpp"
#include "text/article.hpp"

namespace sgtm {

using nlohmann::ordered_json;

Questions ask(const World& world, const std::vector<std::string>& titles) {
  Questions asked;
  int number = 0;
  for (std::size_t f = 0; f < world.fields.size(); ++f) {
    const Field& field = world.fields[f];
    for (std::size_t a = 0; a < field.attributes.size(); ++a)
      asked.values[field.name + " " + field.attributes[a].name] =
          world.values(static_cast<int>(f), static_cast<int>(a));
    for (const Entity& entity : world.entities[f]) {
      for (std::size_t a = 0; a < field.attributes.size(); ++a) {
        const Fact& fact = entity.facts[a];
        std::string told = fact.teller < 0 ? "" : titles[static_cast<std::size_t>(fact.teller)];
        if (told == titles[f]) told.clear();
        for (const std::string& question : field.attributes[a].questions)
          asked.questions.push_back({number, field.name, field.attributes[a].name, titles[f], told,
                                     filled(question, entity.name), fact.value});
        ++number;
      }
    }
  }
  return asked;
}

std::string told_where(const std::string& told_also) {
  return told_also.empty() ? "told nowhere else" : "told also in " + told_also;
}

Questions questions_on(const Questions& questions, const std::string& source) {
  Questions chosen = questions;
  std::erase_if(chosen.questions, [&](const Question& q) { return q.source != source; });
  return chosen;
}

std::string questions_text(const Questions& questions) {
  ordered_json list = ordered_json::array();
  for (const Question& q : questions.questions)
    list.push_back({q.fact, q.field, q.attribute, q.source, q.told_also, q.prompt, q.right});
  const ordered_json json{{"columns", {"fact", "field", "attribute", "source", "told_also", "prompt", "right"}},
                          {"questions", list},
                          {"values", questions.values}};
  return json.dump() + "\n";
}

std::string fingerprint(const Questions& questions) {
  return questions.questions.empty() ? "" : hash_of(questions_text(questions));
}

Questions read_questions(const fs::path& data_folder) {
  const fs::path path = data_folder / "questions.json";
  if (!fs::exists(path)) return {};
  try {
    const ordered_json json = read_json(path);
    Questions questions{json.at("values"), {}};
    for (const auto& q : json.at("questions")) {
      constexpr Index most = 1 << 30;
      questions.questions.push_back({static_cast<int>(whole(q.at(0), 0, most)), q.at(1), q.at(2), q.at(3), q.at(4),
                                     q.at(5), static_cast<int>(whole(q.at(6), 0, most))});
      const Question& read = questions.questions.back();
      static_cast<void>(questions.values_of(read).at(static_cast<std::size_t>(read.right)));  // throws where it is none
    }
    return questions;
  } catch (const std::exception&) {
    throw Error(fmt::format("{}: is damaged. Prepare the data again with sgtm prepare --encyclopedia --overwrite.",
                            path.string()));
  }
}

}  // namespace sgtm
