# Function 70 lines, header 150, source 400, test 600. Over a limit, split by noun.
# A function is a brace block that follows a parameter list outside any other function.
function finish_file() {
  if (file == "") return
  limit = file ~ /^(tests|bench)\// ? 600 : file ~ /\.h$/ ? 150 : 400
  if (lines > limit) print file ": " lines " lines, the limit is " limit
}

# Takes comments, strings and characters out of the line, so that braces and parentheses count.
function strip(line,   at, rest) {
  if (in_raw) {
    at = index(line, raw_end)
    if (!at) return ""
    line = substr(line, at + length(raw_end)); in_raw = 0
  }
  if (in_comment) {
    at = index(line, "*/")
    if (!at) return ""
    line = substr(line, at + 2); in_comment = 0
  }
  gsub(/\\\\/, "", line); gsub(/\\["']/, "", line)
  if (match(line, /R"[^(]*\(/)) {
    raw_end = ")" substr(line, RSTART + 2, RLENGTH - 3) "\""
    rest = substr(line, RSTART + RLENGTH)
    if (!index(rest, raw_end)) { line = substr(line, 1, RSTART - 1); in_raw = 1 }
    else line = substr(line, 1, RSTART - 1) substr(rest, index(rest, raw_end) + length(raw_end))
  }
  gsub(/"[^"]*"/, "", line); gsub(/'[^']'/, "", line); gsub(/\/\*.*\*\//, "", line)
  sub(/\/\/.*/, "", line)
  if (at = index(line, "/*")) { line = substr(line, 1, at - 1); in_comment = 1 }
  return line
}

function open_brace() {
  depth++
  if (!inside && head ~ /\(/ && head !~ /^ *(namespace|class|struct|union|enum|extern)[ {]/ &&
      head !~ /=[^()]*$/) {
    inside = depth; start = head_line; name = head
  }
  head = ""
}

function close_brace() {
  if (inside == depth) {
    if (FNR - start + 1 > 70) {
      sub(/^ +/, "", name)
      print file ":" start ": " FNR - start + 1 " lines in " substr(name, 1, 60)
    }
    inside = 0
  }
  depth--; head = ""
}

FNR == 1 { finish_file(); file = FILENAME; depth = inside = in_raw = in_comment = 0; head = "" }
{ lines = FNR }
/^ *#/ { next }
{
  text = strip($0)
  while (match(text, /[{};]/)) {
    before = substr(text, 1, RSTART - 1)
    if (head == "" && before ~ /[^ ]/) head_line = FNR
    head = head " " before
    mark = substr(text, RSTART, 1); text = substr(text, RSTART + 1)
    if (mark == "{") open_brace()
    else if (mark == "}") close_brace()
    else if (!inside) head = ""
  }
  if (text ~ /[^ ]/) {
    if (head == "") head_line = FNR
    sub(/^ *(public|private|protected) *: */, "", text)
    head = head " " text
  }
}
END { finish_file() }
