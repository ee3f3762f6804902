# Exit code 0 where the second file says what the first does: same words, numbers within 8 % or 0.02; "..." stands for any
# lines.
function number(word) { gsub(/[(),;:%]/, "", word); return word }
function is_number(word) { return number(word) ~ /^[-+]?[0-9]*\.?[0-9]+(e[-+]?[0-9]+)?$/ }
function same(a, b,   x, y, i, n, m, as, bs) {
  n = split(a, as); m = split(b, bs)
  if (n != m) return 0
  for (i = 1; i <= n; i++) {
    if (as[i] == bs[i]) continue
    if (!is_number(as[i]) || !is_number(bs[i])) return 0
    x = number(as[i]) + 0; y = number(bs[i]) + 0
    if ((x - y) ^ 2 > (0.02 + 0.08 * (x < 0 ? -x : x)) ^ 2) return 0
  }
  return 1
}
FNR == NR { expected[++rows] = $0; next }
{ got[++lines] = $0 }
END {
  g = 1
  for (e = 1; e <= rows; e++) {
    if (expected[e] == "...") {
      if (e == rows) exit 0
      while (g <= lines && !same(expected[e + 1], got[g])) g++
      continue
    }
    if (g > lines || !same(expected[e], got[g])) exit 1
    g++
  }
  exit g == lines + 1 ? 0 : 1
}
