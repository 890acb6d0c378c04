// The kinds of views. Each is one folder below views/kinds/, found by the build: its
// <kind>_kind.cpp defines `const ViewKind& <kind>_kind()` in namespace daybook::views, and the list
// of them is generated, so that a new kind is one new folder and nothing else.
//
// A kind reads its own options (base/options.h) into a ViewPlan, offline: that is what `validate`
// does. Once the topic's columns are known the plan makes the Fold (views/fold.h) that keeps the
// rows, and the questions that can be asked of them.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "views/fold.h"
#include "views/outside_rows.h"
#include "views/question.h"
#include "views/view_spec.h"

namespace daybook::views {

// What a view of some kind is, as declared. Immutable; any thread.
class ViewPlan {
 public:
  virtual ~ViewPlan() = default;
  virtual std::string_view kind() const = 0;
  // The columns that rows are looked up by, in order.
  virtual const std::vector<std::string>& key() const = 0;
  virtual const std::vector<Question>& questions() const = 0;
  // Whether the fold must know the topic's columns; else it does with none where events have none.
  virtual bool needs_columns() const { return true; }
  // Whether there is one row at most of each key, which processors may look up.
  virtual bool has_row_per_key() const { return false; }

  // The options that made it, as a JSON object of the shape that they have in the application file;
  // a mapping of scalars is an array of [name, value]. Read again by ViewKind::plan().
  virtual std::string definition() const = 0;

  // Every fault that can be found offline, whether the columns are declared or not.
  virtual std::vector<Error> check(const ViewSpec& spec) const = 0;
  // kInvalid with every fault, if the columns do not fit. On the task's thread.
  virtual Result<std::unique_ptr<Fold>> make_fold(const ViewSpec& spec,
                                                  const client::Schema& schema) const = 0;
};

class ViewKind {
 public:
  virtual ~ViewKind() = default;
  virtual std::string_view name() const = 0;  // the key in the application file: "table"
  // Null if anything was wrong; then every fault was reported to `options`. What check() finds is
  // reported, too, unless the spec has no topic, which is a fault already.
  virtual std::unique_ptr<ViewPlan> plan(const ViewSpec& spec, Options& options) const = 0;
  // Null: the rows of its versions are in their databases. `path` is the database's.
  virtual std::unique_ptr<OutsideRows> outside_rows(const std::string& path,
                                                    const ViewFileInfo& info) const {
    (void)path, (void)info;
    return nullptr;
  }
};

std::span<const ViewKind* const> view_kinds();  // ordered by name

// All of check_names(spec) and plan.check(spec), each naming the view.
std::vector<Error> check(const ViewSpec& spec, const ViewPlan& plan);

// What users will read, if the columns of the topic are declared and nothing is wrong.
std::optional<std::vector<ResultColumn>> declared_columns(const ViewSpec& spec,
                                                          const ViewPlan& plan);

// One kInvalid of all of them, a line each.
Error joined(const std::vector<Error>& faults);

// The last step of a ViewKind::plan(): the plan, if check() finds nothing, else its faults at the
// place of `option`.
std::unique_ptr<ViewPlan> checked(std::unique_ptr<ViewPlan> plan, const ViewSpec& spec,
                                  Options& options, std::string_view option);

}  // namespace daybook::views
