# Exit code 0 where the second file says what the first does: same words, numbers within 15 % (whole ones 8) or two units of the
# last decimal that the first prints; "..." stands for any lines, but not for the "(it failed)" that run.sh adds.
function number(word) { gsub(/[(),;:%]/, "", word); return word }
function is_number(word) { return number(word) ~ /^[-+]?[0-9]*\.?[0-9]+(e[-+]?[0-9]+)?$/ }
# Whole numbers are counts and places, and a 0.0e+00 is no rounded one: neither gets anything beyond its 8 %.
function two_units(word,   parts, point) {
  split(number(word), parts, "e")
  point = index(parts[1], ".")
  if (!point || (parts[2] != "" && parts[1] + 0 == 0)) return 0
  return 2.001 * 10 ^ (parts[2] - (length(parts[1]) - point))  # the .001 is for this arithmetic's own rounding
}
function size(x) { return x < 0 ? -x : x }
function same(a, b,   x, y, i, n, m, as, bs) {
  n = split(a, as); m = split(b, bs)
  if (n != m) return 0
  for (i = 1; i <= n; i++) {
    if (as[i] == bs[i]) continue
    if (!is_number(as[i]) || !is_number(bs[i])) return 0
    x = number(as[i]) + 0; y = number(bs[i]) + 0
    if (size(x - y) > (as[i] ~ /\./ ? 0.15 : 0.08) * size(x) && size(x - y) > two_units(as[i])) return 0
  }
  return 1
}
FNR == NR { expected[++rows] = $0; next }
{ got[++lines] = $0 }
END {
  g = 1
  for (e = 1; e <= rows; e++) {
    if (expected[e] == "...") {
      if (e == rows) exit got[lines] ~ /\(it failed\)$/ ? 1 : 0
      while (g <= lines && !same(expected[e + 1], got[g])) g++
      continue
    }
    if (g > lines || !same(expected[e], got[g])) exit 1
    g++
  }
  exit g == lines + 1 ? 0 : 1
}
