#include "text/grammar.hpp"

#include <doctest/doctest.h>

#include <tuple>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/stories.hpp"

using namespace sgtm;

namespace {

constexpr const char* lexicon = R"(
[child] name
Agnes | Inés f
[child-too] name
Bob | Beto m
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
[few] word
one | uno
[see] verb
see | ver
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

}  // namespace

TEST_CASE("grammar: articles, agreement, contractions and capitals") {
  CHECK(sides("", "x. y! z? \"Oh.\" end", "x") == Sides{"X. y! z? \"Oh.\" end", "X"});
  CHECK(sides("h: child\n", "{h}'s <r>", "de {h} y {h} <r>", "rule r\n- end. | fin.\n") ==
        Sides{"Agnes's end.", "De Inés e Inés fin."});
  TemporaryFolder folder("single");
  const auto with = [&](const std::string& noun, const std::string& english, const std::string& spanish,
                        const std::string& kind = "noun") {
    write_file(folder / "lexicon.txt", "[thing] " + kind + "\n" + noun +
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
  CHECK(
      with("bear | oso m", "{the t+}",
           "{el t c} {un t c} {el t+ c} {un t+} {el c t} {t.c} {g:base} {g:past} {g:ing}") ==
      Sides{"The bears", "El oso rojo un oso rojo los osos rojos unos osos el rojo oso rojo caminar caminó caminando"});
  CHECK(with("harp | arpa fa", "{g:base} {g:past} {g:pasts} {g:ing}", "{el c t} {un c t} {un t+} {un t+ c}") ==
        Sides{"Walk walked walked walking", "La roja arpa una roja arpa unas arpas unas arpas rojas"});
  CHECK(with("hour, hours | hora f", "\"{a t}!\" said. {the t}", "«{el t}», dijo. ¿{el t}?") ==
        Sides{"\"An hour!\" said. The hour", "«La hora», dijo. ¿La hora?"});
  CHECK(with("Agnes | Inés f", "{t}, {c}", "{t c}", "name") == Sides{"Agnes, orange", "Inés roja"});
}

TEST_CASE("grammar: rules are called with their roles bound") {
  CHECK(sides("h: child\n", "{h} <nice who=h>", "{h} <nice who=h>",
              "rule nice\n- is nice, {who}. | es amable, {who.él/ella}.\n") ==
        Sides{"Agnes is nice, Agnes.", "Inés es amable, ella."});
}

TEST_CASE("grammar: a rule's roles are its own, or bound, or those of the text that calls it, however deep") {
  const std::string rules =
      "rule outer\n- <inner who=whom> and {h} | <inner who=whom> con {h}\n"
      "rule inner\nh: time\n- {who} {h} | {who} {h}\n";
  CHECK(sides("h: child\nother: child-too\n", "<outer whom=other>, {h}", "<outer whom=other>, {h}", rules) ==
        Sides{"Bob today and Agnes, Agnes", "Beto hoy con Inés, Inés"});
}

TEST_CASE("lexicon: regular forms are made, given ones stay") {
  const TemporaryFolder folder("forms");
  write_file(folder / "lexicon.txt", R"(# the words
[being] noun
bus | autobús m, autobuses
fox|x | zorro m
waltz | vals m
match | cerilla f
dish | sofá m
baby | bebé m
day | día m
key | taxi m
toy | tribu f
guy | capó m
child, children | pez m
harp | arpa fa
nest | flor f

[person] name
Agnes | Inés f
[look] adjective
red | rojo
green | verde
happy | feliz
blue | azul
orange | naranja, naranja, naranjas, naranjas
[act] verb
walk, walked, walking | caminar, caminó, caminaron, caminando
be, was, were, being | ser, fue, fueron, siendo
see | ver
[time] word
  today   |   hoy
)");
  const auto words = read_lexicon(folder / "lexicon.txt");
  CHECK(words.size() == 5);
  using Forms = std::vector<std::string>;
  const auto check = [&](const char* category, std::size_t number, const Forms& english, const Forms& spanish) {
    const Lexeme& lexeme = words.at(category).lexemes.at(number);
    CHECK(lexeme.forms[0] == english);
    CHECK(lexeme.forms[1] == spanish);
  };
  check("being", 0, {"bus", "buses"}, {"autobús", "autobuses"});
  check("being", 1, {"fox|x", "fox|xes"}, {"zorro", "zorros"});
  check("being", 2, {"waltz", "waltzes"}, {"vals", "valses"});
  check("being", 3, {"match", "matches"}, {"cerilla", "cerillas"});
  check("being", 4, {"dish", "dishes"}, {"sofá", "sofás"});
  check("being", 5, {"baby", "babies"}, {"bebé", "bebés"});
  check("being", 6, {"day", "days"}, {"día", "días"});
  check("being", 7, {"key", "keys"}, {"taxi", "taxis"});
  check("being", 8, {"toy", "toys"}, {"tribu", "tribus"});
  check("being", 9, {"guy", "guys"}, {"capó", "capós"});
  check("being", 10, {"child", "children"}, {"pez", "peces"});
  check("being", 11, {"harp", "harps"}, {"arpa", "arpas"});
  check("being", 12, {"nest", "nests"}, {"flor", "flores"});
  check("person", 0, {"Agnes", "Agneses"}, {"Inés", "Inéses"});
  check("look", 0, {"red", "red", "red", "red"}, {"rojo", "roja", "rojos", "rojas"});
  check("look", 1, {"green", "green", "green", "green"}, {"verde", "verde", "verdes", "verdes"});
  check("look", 2, {"happy", "happy", "happy", "happy"}, {"feliz", "feliz", "felices", "felices"});
  check("look", 3, {"blue", "blue", "blue", "blue"}, {"azul", "azul", "azules", "azules"});
  check("look", 4, {"orange", "orange", "orange", "orange"}, {"naranja", "naranja", "naranjas", "naranjas"});
  check("act", 0, {"walk", "walked", "walked", "walking"}, {"caminar", "caminó", "caminaron", "caminando"});
  check("act", 1, {"be", "was", "were", "being"}, {"ser", "fue", "fueron", "siendo"});
  check("act", 2, {"see"}, {"ver"});
  check("time", 0, {"today"}, {"hoy"});
  CHECK(words.at("being").kind == LexemeKind::noun);
  CHECK(words.at("person").kind == LexemeKind::name);
  CHECK(words.at("look").kind == LexemeKind::adjective);
  CHECK(words.at("act").kind == LexemeKind::verb);
  CHECK(words.at("time").kind == LexemeKind::word);
  const auto gender = [&](std::size_t number, bool feminine, bool takes_el) {
    CHECK(words.at("being").lexemes[number].feminine == feminine);
    CHECK(words.at("being").lexemes[number].takes_el == takes_el);
  };
  gender(1, false, false), gender(3, true, false), gender(11, true, true);
}

TEST_CASE("lexicon: an English word has the article that its sound asks for") {
  for (const char* word :
       {"house", "zebra", "unicorn", "uniform", "ukulele", "useful thing", "one-eyed cat", "yard", "Anna"})
    CHECK(english_article(word) == "a");
  for (const char* word : {"apple", "egg", "ice", "owl", "umbrella", "ugly", "hour", "honest", "only", "uncle"})
    CHECK(english_article(word) == "an");
}

TEST_CASE("prose: Spanish contracts a el and de el, and y and o change before their own sound") {
  const auto joined = [](const std::string& before, const std::string& after, Language language = Language::spanish) {
    std::string text;
    Prose prose(language, text);
    prose.append(before);
    prose.append(after);
    return text;
  };
  const std::tuple<const char*, const char*, const char*> rows[] = {{"va a ", "el río", "va al río"},
                                                                    {"a ", "el río", "al río"},
                                                                    {"A ", "el río", "Al río"},
                                                                    {"sale de ", "el río", "sale del río"},
                                                                    {"de ", "el río", "del río"},
                                                                    {"De ", "el río", "Del río"},
                                                                    {"la ", "el río", "la el río"},
                                                                    {"desde ", "el río", "desde el río"},
                                                                    {"a ", "ella", "a ella"},
                                                                    {"va a", "el río", "va ael río"},
                                                                    {"a ", "la casa", "a la casa"},
                                                                    {"en ", "el río", "en el río"},
                                                                    {"x y ", "Inés", "x e Inés"},
                                                                    {"y ", "iba", "e iba"},
                                                                    {"y ", "hijo", "e hijo"},
                                                                    {"y ", "Hilda", "e Hilda"},
                                                                    {"y ", "hielo", "y hielo"},
                                                                    {"y ", "hiato", "y hiato"},
                                                                    {"y ", "Hielo", "y Hielo"},
                                                                    {"muy ", "iba", "muy iba"},
                                                                    {"y ", "otro", "y otro"},
                                                                    {"x o ", "otro", "x u otro"},
                                                                    {"o ", "Olga", "u Olga"},
                                                                    {"o ", "hora", "u hora"},
                                                                    {"lo ", "otro", "lo otro"},
                                                                    {"o ", "hijo", "o hijo"},
                                                                    {"o ", "uno", "o uno"}};
  for (const auto& [before, after, expected] : rows) {
    CHECK(joined(before, after) == expected);
    CHECK(joined(before, after, Language::english) == std::string(before) + after);
  }
}

TEST_CASE("prose: a sentence begins with a capital, behind marks that open it too") {
  const auto after = [](const std::string& before, const std::string& word) {
    std::string text = before;
    Prose(Language::english, text).append(word);
    return text.substr(before.size());
  };
  for (const char* ended : {"x. ", "x! ", "x? ", "x.\" ", "x. «", "x. ¿", "x. ¡", "x. «¿"})
    CHECK(after(ended, "az") == "Az");
  for (const char* open : {"", "x ", "x.", "x, ", "x: ", "x!\" ", "x?\" ", "x «", ". x "})
    CHECK(after(open, "az") == "az");
  const std::pair<const char*, const char*> words[] = {{"z", "Z"},   {"ál", "Ál"}, {"ñu", "Ñu"}, {"üx", "Üx"},
                                                       {"àl", "Àl"}, {"þ", "Þ"},   {"Áa", "Áa"}, {"ÿ", "ÿ"},
                                                       {"1a", "1a"}, {"Ba", "Ba"}};
  for (const auto& [word, capital] : words) CHECK(after("x. ", word) == capital);
  std::string text = "x, ";
  Prose prose(Language::spanish, text);
  prose.begin_sentence();
  for (const char* words_of : {"", "«", "¿", "¡", "\"", " ", "una", " casa", ""}) prose.append(words_of);
  prose.add_space();
  prose.append("y más");
  CHECK(text == "x, «¿¡\" Una casa y más");
}

TEST_CASE("grammar: what can't be understood is told by file and line") {
  const auto refused = [](const std::string& plot, const std::string& why, const std::string& rules = "") {
    CHECK_THROWS_WITH_AS(tell(plot, rules), doctest::Contains(why.c_str()), Error);
  };
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
  refused("plot p\nc: color\nbeat\n- {a c}\n  b\n", "nothing to agree with");
  refused("plot p\nt: thing\nbeat\n- {t:past}\n  b\n", "verbs, and only verbs, need a form");
  refused("plot p\nt: thing\nbeat\n- {the  t}\n  b\n", "plot.txt, line 5: {the  t} has an empty word");
  refused("plot p\nc: color\nbeat\n- {x.c}\n  b\n", "uses the role x, which nothing declares");
  refused("plot p\nbeat\n- <r who=x>\n  <r who=x>\n", "uses the role x, which nothing declares", "rule r\n- a | b\n");
  refused("plot p\nt: thing\nbeat\n- <r who=t> a\n  <r> b\n", "call different rules", "rule r\n- a | b\n");
  refused("plot p\nbeat\n- <r> <r>\n  <r>\n", "call different rules", "rule r\n- a | b\n");
  refused("plot p\nbeat\n- <r>\n  <r>\n", "rule r calls itself", "rule r\n- a <r> | b <r>\n");
  refused("plot p\nbeat\n- a | b\n", "line 4: there are two rules r", "rule r\n- a | b\nrule r\n- c | d\n");
  refused("beat\n- a | b\n", "plot.txt, line 1: stands before the first rule or plot");
  refused("plot p\nn: child like t\nt: thing\nbeat\n- a | b\n", "role n is like t, which is not declared before it");
  refused("plot p\nn: child as t\nbeat\n- a | b\n", "plot.txt, line 2: is neither a role");
  refused("plot p\nn child\nbeat\n- a | b\n", "plot.txt, line 2: is neither a role");
  refused("plot p\nbeat\n- a\nplot q\nbeat\n- b | c\n", "line 4: the English text above has no Spanish one");
  refused("plot p\nbeat\n- a\nmaybe\n- b | c\n", "line 4: the English text above has no Spanish one");
  refused("plot p\nbeat\n- a\n- b | c\n", "line 4: the English text above has no Spanish one");
  refused("plot p\nbeat\n- a\nrule r\n- b | c\n", "line 4: the English text above has no Spanish one");
  refused("plot p\nbeat\nbeat\n- b | c\n", "p has a beat without alternatives");
  refused("plot p\nbeat\n- {g:past}\n  {g}\n", "uses the role g");
  refused("# nothing\n", "plots: has no plots");
  refused("plot p\nx: few\ny: few\nbeat\n- {x} {y} | {x} {y}\n", "the category few has too few words for the role y");
  refused("plot p\ng: see\nbeat\n- {g:past} | {g:base}\n", "the verb see lacks the form past");
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
  bad_lexicon("[t] noun\na | x m, y, z\n", "has 3 forms where 2 are needed");
  bad_lexicon("[t] name\na, b, c | x m\n", "has 3 forms where 2 are needed");
  bad_lexicon("[t] adjective\na | x, y\n", "has 2 forms where 4 are needed");
  bad_lexicon("[t] verb\na, b | x, y, z, w\n", "has 2 forms where 4 are needed");
  bad_lexicon("[t] verb\na, b, c | x, y, z\n", "has 3 forms where 4 are needed");
  bad_lexicon("[t] word\na, b | x\n", "has 2 forms where 1 are needed");
  bad_lexicon("[t] word\na | , x\n", "line 2: one side is empty");
  bad_lexicon("[t] noun\na | b | c m\n", "line 2: needs an English and a Spanish side");
  bad_lexicon("[t] noun\na | manzana n\n", "line 2: the Spanish side needs a gender");
  bad_lexicon("[t noun\n", "line 1: a category reads [name] kind");
}
