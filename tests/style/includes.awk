# core <- http <- {media, abr, cdn, analytics} <- tools, bench; tests may include everything.
# A library is included where the design says and nowhere else.
function complain(text) { print FILENAME ":" FNR ": " text }

function rank(folder) {
  if (folder == "core") return 1
  if (folder == "http") return 2
  if (folder ~ /^(media|abr|cdn|analytics)$/) return 3
  return 4
}

FNR == 1 { split(FILENAME, path, "/"); folder = path[1] }

/^ *# *include *"/ {
  target = $0
  sub(/^[^"]*"/, "", target); sub(/".*/, "", target)
  split(target, parts, "/")
  if (folder == "tests") next
  if (rank(parts[1]) > rank(folder)) complain(folder " must not include " target)
  if (rank(folder) == 3 && rank(parts[1]) == 3 && parts[1] != folder)
    complain("siblings do not include each other: " target)
}

/^ *# *include *</ {
  target = $0
  sub(/^[^<]*</, "", target); sub(/>.*/, "", target)
  ffmpeg = FILENAME ~ /^(media\/ffmpeg|tools\/worker|tests\/media\/ffmpeg|tests\/fuzz)\//
  if (target ~ /^lib(av|sw)/ && !ffmpeg) complain("only media/ffmpeg includes " target)
  if (target ~ /^liburing/ && FILENAME !~ /^(core|tests\/core)\//) complain("only core includes " target)
  if (target ~ /^(CLI|spdlog|toml\+\+)\//) {
    library = target; sub(/\/.*/, "", library)
    if (FILENAME !~ /\.cc$/) complain(library " costs seconds: include it in one .cc, never in a header")
    if (library in user && user[library] != FILENAME) complain(library " is already included by " user[library])
    user[library] = FILENAME
  }
  if (target ~ /^simdjson/ && FILENAME !~ /\.cc$/) complain("include " target " in a .cc, never in a header")
}
