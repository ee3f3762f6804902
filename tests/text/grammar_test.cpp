#include "text/grammar.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/stories.hpp"

using namespace sgtm;

namespace {

constexpr const char* lexicon = R"(
[child] name
Agnes | Inés f
[thing] noun
apple | manzana f
harp | arpa fa
box, boxes | caja f
[color] adjective
red | rojo
orange | naranja, naranja, naranjas, naranjas
[go] verb
walk, walked, walking | caminar, caminó, caminaron, caminando
[time] word
today | hoy
)";

/// The one story (or the first) of a grammar with this plot.
Story tell(const std::string& plot, const std::string& rules = "") {
  const TemporaryFolder folder("grammar");
  write_file(folder / "lexicon.txt", lexicon);
  write_file(folder / "rules.txt", rules);
  write_file(folder / "plots/plot.txt", plot);
  return make_story(read_grammar(folder.path), 1, 0);
}

std::pair<std::string, std::string> sides(const std::string& roles, const std::string& english,
                                          const std::string& spanish, const std::string& rules = "") {
  const Story story = tell("plot p\n" + roles + "beat\n- " + english + "\n  " + spanish + "\n", rules);
  return {story.text[0], story.text[1]};
}
using Sides = std::pair<std::string, std::string>;

void refused(const std::string& plot, const char* why) {
  CHECK_THROWS_WITH_AS(tell(plot), doctest::Contains(why), Error);
}

}  // namespace

TEST_CASE("grammar: articles, agreement, contractions and capitals") {
  CHECK(sides("", "x. y! z? \"Oh.\" end", "x") == Sides{"X. y! z? \"Oh.\" end", "X"});
  CHECK(sides("h: child\n", "{h}'s <r>", "de {h} y {h} <r>", "rule r\n- end. | fin.\n") ==
        Sides{"Agnes's end.", "De Inés e Inés fin."});
  TemporaryFolder folder("single");
  const auto with = [&](const std::string& noun, const std::string& english, const std::string& spanish) {
    write_file(folder / "lexicon.txt", "[thing] noun\n" + noun +
                                           "\n[color] adjective\norange | rojo\n[go] verb\nwalk, walked, walking | "
                                           "caminar, caminó, caminaron, caminando\n");
    write_file(folder / "plots/plot.txt",
               "plot p\nt: thing\nc: color\ng: go\nbeat\n- " + english + "\n  " + spanish + "\n");
    const Story story = make_story(read_grammar(folder.path), 1, 0);
    return Sides{story.text[0], story.text[1]};
  };
  CHECK(with("apple | manzana f", "{a t} {a c t} {the t+}", "a {el t}, de {un t c}, {el t+ c}") ==
        Sides{"An apple an orange apple the apples", "A la manzana, de una manzana roja, las manzanas rojas"});
  CHECK(with("harp | arpa fa", "{a t}. {the t}", "a {el t} de {un t c} {el t+}. {el t}") ==
        Sides{"A harp. The harp", "Al arpa de un arpa roja las arpas. El arpa"});
  CHECK(with("box | pez m", "{t+} {t.he/she} {g:past}", "{t+} {t.él/ella} {g:pasts} {f.c} {m.c} {t.c}") ==
        Sides{"Boxes he walked", "Peces él caminaron roja rojo rojo"});
  CHECK(with("unicorn | oso m", "{a t} or {t}", "{t} o {t}") == Sides{"A unicorn or unicorn", "Oso u oso"});
  CHECK(with("hour, hours | hora f", "\"{a t}!\" said. {the t}", "«{el t}», dijo. ¿{el t}?") ==
        Sides{"\"An hour!\" said. The hour", "«La hora», dijo. ¿La hora?"});
}

TEST_CASE("grammar: rules are called with their roles bound") {
  CHECK(sides("h: child\n", "{h} <nice who=h>", "{h} <nice who=h>",
              "rule nice\n- is nice, {who}. | es amable, {who.él/ella}.\n") ==
        Sides{"Agnes is nice, Agnes.", "Inés es amable, ella."});
}

TEST_CASE("grammar: what can't be understood is told by file and line") {
  refused("plot p\nbeat\n- a\n", "an English text without its Spanish one");
  refused("plot p\nbeat\n- a\nbeat\n- b\n  c\n", "plot.txt, line 4: the English text above has no Spanish one");
  refused("plot p\nbeat\n- {x}\n  {x}\n", "a text uses the role x, which nothing declares");
  refused("plot p\nt: fruit\n", "plot.txt, line 2: the lexicon has no category fruit");
  refused("plot p\nbeat\n- <r>\n  b\n", "call different rules");
  refused("plot p\nbeat\n- <r>\n  <r>\n", "calls the rule r, which there is not");
  refused("plot p\nbeat\n- {a\n  b\n", "never closed");
  refused("plot p\nnonsense\n", "plot.txt, line 2: is neither a role");
  refused("plot p\n- a | b\n", "stand under a line beat or maybe");
  refused("plot p\nbeat\n", "a beat without alternatives");
  refused("plot p\ng: go\nbeat\n- {g}\n  {g:past}\n", "need a form");
  refused("plot p\ng: go\nbeat\n- {g:future}\n  {g:past}\n", "a form that verbs don't have");
  refused("plot p\nbeat\n- {x/y}\n  b\n", "nothing to agree with");
  const TemporaryFolder folder("lexicon");
  const auto bad_lexicon = [&](const std::string& text, const char* why) {
    write_file(folder / "lexicon.txt", text);
    CHECK_THROWS_WITH_AS(read_lexicon(folder / "lexicon.txt"), doctest::Contains(why), Error);
  };
  bad_lexicon("apple | manzana f\n", "line 1: stands before the first [category]");
  bad_lexicon("[t] thing\n", "line 1: a category reads [name] kind");
  bad_lexicon("[t] noun\napple, manzana f\n", "line 2: needs an English and a Spanish side");
  bad_lexicon("[t] noun\napple | manzana\n", "line 2: the Spanish side needs a gender");
  bad_lexicon("[t] word\na | b\n[t] noun\n", "line 3: there are two categories t");
  bad_lexicon("[t] noun\na, b, c | x m\n", "has 3 forms where 2 are needed");
}
