#include "text/article.hpp"

#include <cmath>
#include <numeric>

#include "core/random.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

/// Writes one article, and sums the logarithms of its choices' probabilities.
class Author {
 public:
  Author(const World& world, std::uint64_t seed, std::uint64_t number)
      : world_(world), random_(seed, "article", number) {}

  Article write(const std::vector<int>& fields) {
    std::size_t all = 0;
    for (const int f : fields) all += entities(f).size();
    std::size_t first = choose(all), at = 0;
    for (; first >= entities(fields[at]).size(); ++at) first -= entities(fields[at]).size();
    std::size_t second = choose(entities(fields[at]).size() - 1);
    if (second >= first) ++second;
    about(fields[at], first);
    about(fields[at], second);
    return std::move(article_);
  }

 private:
  enum class Call { name, any };  // an entity by its name, or as "it" too

  const std::vector<Entity>& entities(int field) const { return world_.entities[static_cast<std::size_t>(field)]; }
  const Field& field(int number) const { return world_.fields[static_cast<std::size_t>(number)]; }

  std::size_t choose(std::size_t options) {
    article_.log_probability -= std::log(static_cast<double>(options));
    return random_.below(options);
  }
  const std::string& one_of(const std::vector<std::string>& options) { return options[choose(options.size())]; }

  /// An opening and the entity's facts, all but at most one.
  void about(int f, std::size_t number) {
    const int entity = static_cast<int>(number);
    if (!article_.text.empty()) article_.text += ' ';
    article_.text += filled(one_of(field(f).openings), world_.entity(f, entity).name);
    std::vector<int> left(field(f).attributes.size());
    std::iota(left.begin(), left.end(), 0);
    bool strayed = false;  // the last sentence told of another entity, whom "it" would mean
    const std::size_t left_out = choose(2);
    while (left.size() > left_out) {
      const auto at = static_cast<std::ptrdiff_t>(choose(left.size()));
      const int attribute = left[static_cast<std::size_t>(at)];
      left.erase(left.begin() + at);
      tell({f, entity, attribute}, strayed ? Call::name : Call::any);
      strayed = tell_linked(f, entity, attribute);
    }
  }

  /// One fact in one of its wordings.
  void tell(const FactPlace& fact, Call call) {
    std::string text = one_of(world_.attribute(fact.field, fact.attribute).wordings);
    const std::string& name = world_.entity(fact.field, fact.entity).name;
    const std::vector<std::string>& pronouns = field(fact.field).pronouns;
    if (text.find("{It}") != std::string::npos) {
      const std::size_t subject = call == Call::any ? choose(pronouns.size() + 1) : 0;
      text = replace_all(text, "{It}", subject == 0 ? name : pronouns[subject - 1]);
    }
    if (text.find("{it}") != std::string::npos) {  // within a sentence: the name, or "this organism"
      std::string last = pronouns.back();
      last[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(last[0])));
      text = replace_all(text, "{it}", call == Call::any && choose(2) == 1 ? last : name);
    }
    article_.text += ' ';
    article_.text += filled(text, name, world_.value(fact.field, fact.entity, fact.attribute));
    article_.told.push_back(fact);
  }

  /// Where the value of this fact is an entity of another field: a fact about that, if this field tells one. True if
  /// so.
  bool tell_linked(int f, int entity, int attribute) {
    const Attribute& a = world_.attribute(f, attribute);
    if (a.link.empty()) return false;
    const int other = world_.field(a.link);
    const int linked = world_.entity(f, entity).facts[static_cast<std::size_t>(attribute)].value;
    const std::vector<Fact>& facts = world_.entity(other, linked).facts;
    std::vector<int> told;
    for (std::size_t i = 0; i < facts.size(); ++i)
      if (facts[i].teller == f) told.push_back(static_cast<int>(i));
    if (!told.empty()) tell({other, linked, told[choose(told.size())]}, Call::name);
    return !told.empty();
  }

  const World& world_;
  Random random_;
  Article article_{"", {}, 0};
};

}  // namespace

Article make_article(const World& world, const std::vector<int>& fields, std::uint64_t seed, std::uint64_t number) {
  return Author(world, seed, number).write(fields);
}

std::map<std::string, double> first_words(const World& world, const std::vector<int>& fields) {
  double all = 0;
  for (const int f : fields) all += static_cast<double>(world.entities[static_cast<std::size_t>(f)].size());
  std::map<std::string, double> words;
  for (const int f : fields) {
    const auto& openings = world.fields[static_cast<std::size_t>(f)].openings;
    for (const Entity& entity : world.entities[static_cast<std::size_t>(f)])
      for (const std::string& opening : openings) {
        const std::string text = filled(opening, entity.name);
        words[text.substr(0, text.find(' '))] += 1 / (all * static_cast<double>(openings.size()));
      }
  }
  return words;
}

std::string filled(const std::string& text, const std::string& name, const std::string& value) {
  return replace_all(replace_all(text, "{name}", name), "{value}", value);
}

}  // namespace sgtm
