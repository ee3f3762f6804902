# Writes the commands of a page's console blocks to folder/command.NNN and what they print to folder/expected.NNN.
/^```console/ { inside = 1; next }
/^```/ { inside = 0 }
inside && /^\$ / {
  n = sprintf("%03d", ++count)
  print substr($0, 3) > (folder "/command." n)
  printf "" > (folder "/expected." n)
  next
}
inside { print > (folder "/expected." n) }
