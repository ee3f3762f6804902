# Turns diatheke's OSIS verses ("Genesis 1:1: <w ...>In</w> ...", one a line) into documents, one chapter each.

match($0, /[A-Z][A-Za-z ]* [0-9]+:[0-9]+: /) {  # what stands before the reference are titles, repeated for every verse
  reference = substr($0, RSTART, RLENGTH)
  sub(/:[0-9]+: $/, "", reference)
  if (reference != chapter && chapter != "") end_document()
  chapter = reference
  verse = substr($0, RSTART + RLENGTH)
  if (end = index(verse, "<chapter eID")) verse = substr(verse, 1, end - 1)  # the next book's title, the glossary
  text = text " " plain(verse)
}

END { end_document() }

function plain(verse) {
  gsub(/<note[^>]*>[^<]*<\/note>/, "", verse)
  gsub(/<\/w><w/, "</w> <w", verse)  # words that a dropped footnote stood between
  gsub(/<(l|lb|lg|p|div|milestone)( [^>]*)?\/?>/, " ", verse)
  gsub(/<[^>]*>/, "", verse)
  return verse
}

function end_document() {
  gsub(/[ \t]+/, " ", text)
  sub(/^ /, "", text)
  sub(/ $/, "", text)
  if (text != "") {
    print text
    print "<|endoftext|>"
  }
  text = ""
}
