// The rule for expressions that are computed of one row alone, and are the same whenever they are
// computed again. Included by this room's sources only.

#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/engine.h"

namespace daybook::sql {

class RowExpression {
 public:
  // `has_windows`: window functions are computed within what belongs to one event, and may be used.
  RowExpression(Engine& engine, bool has_windows, std::vector<Error>& faults)
      : engine_(engine), has_windows_(has_windows), faults_(faults) {}

  // Adds to the faults what in the tree breaks the rule; `where` says what it is part of. unnest
  // and stars are for select lists.
  void check(const nlohmann::json& tree, const std::string& where, bool is_select_list);

 private:
  void refuse(std::string reason);
  void check_function(const nlohmann::json& tree, const std::string& where, bool is_select_list);
  Engine::FunctionClass classify(const std::string& name);

  Engine& engine_;
  const bool has_windows_;
  std::vector<Error>& faults_;
  std::map<std::string, Engine::FunctionClass> classes_;
};

}  // namespace daybook::sql
