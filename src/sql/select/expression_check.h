// What the expressions of a fold may be. An expression over the rows of a batch must give the same
// for a row whenever it is computed; one over groups and aggregates may use nothing else; an
// aggregate must be one that can be kept up to date. Everything else is refused by name.
//
// Used while one SELECT is read; one thread. Included by this room's sources only.

#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/engine.h"
#include "sql/select/aggregate_call.h"

namespace daybook::sql {

class ExpressionCheck {
 public:
  // All outlive this. `columns` are the input's, empty if they are unknown.
  ExpressionCheck(Engine& engine, const std::vector<std::string>& columns,
                  std::vector<Error>& faults)
      : engine_(engine), columns_(columns), faults_(faults) {}

  void refuse(std::string reason) { faults_.push_back({ErrorCode::kInvalid, std::move(reason)}); }

  bool is_aggregate(const nlohmann::json& tree) { return sql::is_aggregate(engine_, tree); }
  bool contains_aggregate(const nlohmann::json& tree);

  // An expression over one row of the input: WHERE, GROUP BY, the argument of an aggregate.
  void check_row(const nlohmann::json& tree, const std::string& where);
  // An expression over groups (stripped) and aggregates: SELECT list, HAVING.
  void check_group(const nlohmann::json& tree, const std::vector<nlohmann::json>& groups,
                   const std::string& where);

 private:
  void check_aggregate(const nlohmann::json& tree);
  // False if what is below need not be looked at.
  bool check_node(const nlohmann::json& tree, const std::string& where);
  void check_function(const nlohmann::json& tree, const std::string& where);
  void check_column(const nlohmann::json& tree, const std::string& where);
  Engine::FunctionClass classify(const std::string& name);
  bool is_input_column(const std::string& name) const;

  Engine& engine_;
  const std::vector<std::string>& columns_;
  std::vector<Error>& faults_;
  std::map<std::string, Engine::FunctionClass> classes_;
};

}  // namespace daybook::sql
