#include "core/config_reload.h"

#include "core/config_keys.h"

namespace millrace::core {
namespace {

template <class Rule>
bool is_same(const Rule& rule, Config& a, Config& b) {
  return rule.field(a) == rule.field(b);
}
bool is_same(const ChoiceRule& rule, Config& a, Config& b) {
  return rule.index_in(a) == rule.index_in(b);
}

template <class Rule>
void copy(const Rule& rule, Config& from, Config& to) {
  rule.field(to) = rule.field(from);
}
void copy(const ChoiceRule& rule, Config& from, Config& to) {
  rule.choose(to, rule.index_in(from));
}

void add_name(std::string& list, std::string_view name) {
  if (!list.empty()) list += ',';
  list += name;
}

}  // namespace

ConfigChange take_reloadable_keys(Config& running, Config wanted) {
  ConfigChange change;
  for (const ConfigKey& key : config_keys()) {
    std::visit(
        [&](const auto& rule) {
          if (is_same(rule, running, wanted)) return;
          if (key.reload == Reload::kBySignal) {
            copy(rule, wanted, running);
            add_name(change.applied, key.path);
          } else {
            add_name(change.needs_restart, key.path);
          }
        },
        key.rule);
  }
  return change;
}

}  // namespace millrace::core
