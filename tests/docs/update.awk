# Prints a page with the output in its console blocks replaced by folder/got.NNN; output with "..." is left as it is.
function flush(   line, kept) {
  if (!pending) return
  if (elided) printf "%s", old
  else while ((getline line < (folder "/got." n)) > 0) print line
  pending = 0; old = ""; elided = 0
}
/^```console/ { inside = 1; print; next }
/^```/ { flush(); inside = 0; print; next }
inside && /^\$ / { flush(); n = sprintf("%03d", ++count); pending = 1; print; next }
inside { old = old $0 "\n"; if ($0 == "...") elided = 1; next }
{ print }
