# Writes the commands of a page's console blocks to folder/command.NNN and what they print to folder/expected.NNN; with
# -v fence=sh instead each sh block, whole, to folder/command.NNN.
/^```sh$/ && fence == "sh" { script = sprintf("%s/command.%03d", folder, ++count); next }
/^```console/ && fence != "sh" { inside = 1; next }
/^```/ { inside = 0; script = "" }
script { print > script }
inside && /^\$ / {
  n = sprintf("%03d", ++count)
  print substr($0, 3) > (folder "/command." n)
  printf "" > (folder "/expected." n)
  next
}
inside { print > (folder "/expected." n) }
