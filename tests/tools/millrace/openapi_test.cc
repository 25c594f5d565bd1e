// The OpenAPI file and the route table say the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tools/millrace/routes.h"

namespace millrace {
namespace {

using RouteNames = std::set<std::string>;

std::vector<std::string> lines_of_the_file() {
  std::ifstream file(MR_OPENAPI);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// "GET /videos/{id}" for each method (indented by four) of each path (by two) below `paths:`.
RouteNames described() {
  RouteNames names;
  bool in_paths = false;
  std::string path;
  for (const std::string& line : lines_of_the_file()) {
    if (!line.empty() && line.front() != ' ') in_paths = line == "paths:";
    if (!in_paths || !line.ends_with(':')) continue;
    const size_t indent = line.find_first_not_of(' ');
    std::string key = line.substr(indent, line.size() - indent - 1);
    if (indent == 2) path = key;
    if (indent != 4 || key == "parameters") continue;
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::toupper(c); });
    names.insert(key + " " + path);
  }
  return names;
}

/// The pattern without the types of its parameters: "{first:uint}" is "{first}" to a client.
std::string as_template(std::string_view pattern) {
  std::string text;
  bool in_type = false;
  for (const char c : pattern) {
    if (c == ':') in_type = true;
    if (c == '}') in_type = false;
    if (!in_type) text += c;
  }
  return text;
}

RouteNames routed() {
  RouteNames names;
  for (const RouteRow& row : route_table())
    names.insert(std::string(http::to_string(row.method)) + " " + as_template(row.pattern));
  return names;
}

TEST(OpenApi, DescribesEveryRouteAndNoOther) {
  const RouteNames in_file = described();
  const RouteNames in_table = routed();
  ASSERT_FALSE(in_file.empty()) << MR_OPENAPI;
  for (const std::string& name : in_table) {
    EXPECT_TRUE(in_file.contains(name)) << name << " is not described";
  }
  for (const std::string& name : in_file) {
    EXPECT_TRUE(in_table.contains(name)) << name << " does not exist";
  }
}

TEST(OpenApi, NamesEachOperationOnce) {
  std::set<std::string> ids;
  for (const std::string& line : lines_of_the_file()) {
    const size_t at = line.find("operationId: ");
    if (at == std::string::npos) continue;
    EXPECT_TRUE(ids.insert(line.substr(at + 13)).second) << line;
  }
  EXPECT_EQ(ids.size(), described().size());
}

TEST(OpenApi, PointsOnlyAtWhatItDefines) {
  std::set<std::string> defined;
  std::string section;
  std::string group;
  const std::vector<std::string> lines = lines_of_the_file();
  for (const std::string& line : lines) {
    const size_t indent = line.find_first_not_of(' ');
    if (indent == std::string::npos) continue;
    const std::string key = line.substr(indent, line.find(':') - indent);
    if (indent == 0) section = key;
    if (section == "components" && indent == 2) group = key;
    if (section == "components" && indent == 4) defined.insert("#/components/" + group + "/" + key);
  }
  for (const std::string& line : lines) {
    for (size_t at = line.find("'#/"); at != std::string::npos; at = line.find("'#/", at + 1)) {
      const std::string target = line.substr(at + 1, line.find('\'', at + 1) - at - 1);
      EXPECT_TRUE(defined.contains(target)) << target;
    }
  }
}

}  // namespace
}  // namespace millrace
