# awk -v to=FOLDER -f sections.awk .../en/PAGE... .../de/PAGE...: the sections of manual pages as plain text, as
# FOLDER/manuals.en.txt and FOLDER/manuals.de.txt. A paragraph is left out where it stands in the other language too
# (code), or earlier in its own (licences), and a section that has not a hundred letters left.
FNR == 1 { end_section(); language = FILENAME ~ /\/en\/[^\/]*$/ ? "en" : "de"; table = 0 }
/^[.']\\"/ || /^[.']TH/ || /^[.']so/ { next }  # comments, the title, a page that is another
/^\.TS/ { table = 1 }
/^\.TE/ { table = 0; next }
table { next }
/^\.S[HS]/ { if (/^\.SH/) end_section(); else end_paragraph(); next }
/^\.(PP|P|LP|TP|TQ|IP|HP|RS|RE|EX|EE|nf|fi|sp|br)([ \t]|$)/ || /^[ \t]*$/ { end_paragraph(); next }
/^\.(B|I|BR|RB|BI|IB|IR|RI|SM|SB)[ \t]/ { joined = $1 ~ /^\.[BIRS][BIR]$/; sub(/^\.[A-Z]+[ \t]+/, ""); add(arguments($0, joined)); next }
/^\.(UR|MT)[ \t]/ { add($2); next }
/^[.']/ { next }  # all other requests
{ add($0) }
END { end_section(); write("en", "de"); write("de", "en") }

# A macro's arguments: those of two fonts stand side by side, those of one font apart.
function arguments(line, joined,   result, word) {
  while (match(line, /^("([^"]|"")*"?|[^ \t]+)[ \t]*/)) {
    word = substr(line, 1, RLENGTH)
    line = substr(line, RLENGTH + 1)
    sub(/[ \t]+$/, "", word)
    gsub(/^"|"$/, "", word)
    result = result (result == "" || joined ? "" : " ") word
  }
  return result
}

function add(line) {
  gsub(/\\".*$|\\f\[[^\]]*\]|\\f\(..|\\f.|\\s[-+]?[0-9]|\\[&\/,|^c%:]|\\m\[[^\]]*\]/, "", line)
  gsub(/\\\(aq|\\\[aq\]|\\\(cq|\\\[cq\]/, "'", line)
  gsub(/\\\(dq|\\\[dq\]|\\\([lr]q|\\\[[lr]q\]|\\\*\([lr]q/, "\"", line)
  gsub(/\\\(e[mn]|\\\[e[mn]\]|\\-/, "-", line)
  gsub(/\\~|\\ |\\0/, " ", line)
  gsub(/\\e|\\\(rs|\\\[rs\]/, "\001", line)
  gsub(/\\\(..|\\\[[^\]]*\]|\\\*\(..|\\\*\[[^\]]*\]|\\\*?[\001-\177]/, "", line)
  gsub(/\001/, "\\", line)
  gsub(/[ \t]+/, " ", line)
  paragraph = paragraph (paragraph == "" ? "" : " ") line
}

function end_paragraph() {
  sub(/^ /, "", paragraph)
  if (paragraph != "" && !((language, key(paragraph)) in told)) {
    told[language, key(paragraph)] = 1
    section = section (section == "" ? "" : "\n") paragraph
  }
  paragraph = ""
}

function end_section() {
  end_paragraph()
  if (section != "") sections[language, ++number[language]] = section
  section = ""
}

function key(text) {
  gsub(/[^A-Za-z\200-\377]/, "", text)
  return text
}

function write(language, other,   i, n, j, paragraphs, text) {
  for (i = 1; i <= number[language]; ++i) {
    n = split(sections[language, i], paragraphs, "\n")
    text = ""
    for (j = 1; j <= n; ++j)
      if (!((other, key(paragraphs[j])) in told)) text = text (text == "" ? "" : "\n") paragraphs[j]
    if (length(key(text)) >= 100) print text "\n<|endoftext|>" > (to "/manuals." language ".txt.part")
  }
}
