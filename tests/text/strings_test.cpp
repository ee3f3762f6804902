#include "text/strings.hpp"

#include <doctest/doctest.h>

using namespace sgtm;

using Parts = std::vector<std::string>;

TEST_CASE("strings: split gives what stands between separators, empty parts too") {
  CHECK(split("a, b,,c", ",") == Parts{"a", " b", "", "c"});
  CHECK(split("a--b-c--", "--") == Parts{"a", "b-c", ""});
  CHECK(split(" | x", " | ") == Parts{"", "x"});
  CHECK(split("none", ",") == Parts{"none"});
  CHECK(split("", ",") == Parts{""});
}

TEST_CASE("strings: trim takes every kind of white space off both ends, and nothing else") {
  for (const std::string space : {" ", "\t", "\r", "\n", " \t\r\n"}) {
    CHECK(trim(space + "a" + space + "b" + space) == "a" + space + "b");
    CHECK(trim(space) == "");
  }
  CHECK(trim("") == "");
  CHECK(trim("a") == "a");
  CHECK(trim("-a.") == "-a.");
}

TEST_CASE("strings: replace_all replaces every place once, from the left") {
  CHECK(replace_all("aXbXX", "X", "YZ") == "aYZbYZYZ");
  CHECK(replace_all("XaX", "X", "") == "a");
  CHECK(replace_all("aaaa", "aa", "b") == "bb");
  CHECK(replace_all("aaa", "aa", "b") == "ba");
  CHECK(replace_all("aba", "a", "aa") == "aabaa");  // what is put in is not searched again
  CHECK(replace_all("abc", "x", "y") == "abc");
}

TEST_CASE("strings: a CSV field is in quotes where it has a comma or a quote, and its quotes are doubled") {
  CHECK(csv_field("plain words; and 'such'") == "plain words; and 'such'");
  CHECK(csv_field("") == "");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"a\"") == "\"say \"\"a\"\"\"");
}

TEST_CASE("strings: a shell reads a quoted word as it is, and a word of plain characters needs no quotes") {
  const std::string plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=+,-";
  for (char c = ' '; c <= '~'; ++c) {
    const std::string word = std::string("a") + c + "b";
    CAPTURE(word);
    if (c == '\'')
      CHECK(shell_quoted(word) == "'a'\\''b'");
    else
      CHECK(shell_quoted(word) == (plain.find(c) == std::string::npos ? "'" + word + "'" : word));
  }
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("a\nb") == "'a\nb'");
}
