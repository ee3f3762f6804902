# awk -v to=FOLDER -f pair.awk ENGLISH ITALIAN: the descriptions that stand in both of these Translation files, as
# FOLDER/descriptions.en.txt and FOLDER/descriptions.it.txt, the same packages in the same order. A document is the
# short and the long description. A package is left out where three quarters of its English text, by letters, stand in packages
# before it: families of packages share most of what they say.
function flush_stanza() {
  if (md5 != "" && text != "" && !((md5, file) in seen)) {
    seen[md5, file] = 1
    if (file == 1) english[md5] = text
    else if (md5 in english) both(english[md5], text)
  }
  md5 = ""; text = ""; own = 0
}

function both(en, it,   paragraphs, n, i, key, all, known) {
  n = split(en, paragraphs, "\n")
  for (i = 1; i <= n; ++i) {
    key = tolower(paragraphs[i])
    gsub(/[^a-z]/, "", key)
    all += length(key)
    if (key in told) known += length(key)
  }
  if (4 * known >= 3 * all) { ++dropped; return }
  for (i = 1; i <= n; ++i) {
    key = tolower(paragraphs[i])
    gsub(/[^a-z]/, "", key)
    told[key] = 1
  }
  ++pairs
  print en "\n<|endoftext|>" > (to "/descriptions.en.txt.part")
  print it "\n<|endoftext|>" > (to "/descriptions.it.txt.part")
}

FNR == 1 { flush_stanza(); ++file }
/^Package: / { flush_stanza() }
/^Description-md5: / { md5 = $2 }
/^Description-(en|it): / { sub(/^[^:]*: */, ""); text = $0; own = 1; fresh = 1; next }
own && /^ \.$/ { fresh = 1; next }
own && /^ / {
  # A line that is set off, as of a list, stays a line; others go on the one before.
  line = substr($0, 2)
  separate = fresh || line ~ /^ /
  sub(/^ +/, "", line)
  text = text (separate ? "\n" : " ") line
  fresh = 0
  next
}
{ own = 0 }
END {
  flush_stanza()
  printf "%d packages are described in both languages; %d more said little new and were left out\n", pairs, dropped
}
