// What a kind of view does with events: the port between the common part of a view (its versions,
// its file, its position, its task) and the kind's own. A Fold keeps its rows in the version's
// SQLite file, which is opened, written and committed for it, so that rows and position are always
// those of the same events. What a kind keeps in files beside it is named in it, and counts from
// the moment when it is: written and durable before the transaction, shown to others after it.
//
// The columns that users read are those of a table or SQL view in the file that is named as the
// view. Names that begin with daybook_ are the kind's own.
//
// Owner: the version's work. One thread, the task's.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "flow/work.h"
#include "sql/cell.h"
#include "sql/input.h"
#include "views/answer.h"
#include "views/event_place.h"
#include "views/sqlite/database.h"

namespace daybook::views {

// Told that the event at `place` counts in the rows of `key`, whose cells are in the order of
// ViewPlan::key() and of the types that Fold::columns() says.
using TakeTouch = std::function<Status(const std::vector<sql::Cell>& key, const EventPlace& place)>;

class Fold {
 public:
  virtual ~Fold() = default;

  // What the rows depend on, as text: a version whose stored one differs must be built anew.
  virtual const std::string& fingerprint() const = 0;
  // What users read, in order; the key's columns are marked.
  virtual std::vector<ResultColumn> columns() const = 0;

  // Whether compute() needs the events' headers; else they are not filled in.
  virtual bool reads_headers() const { return false; }

  // Before the first compute(): from now on it finds out which keys each event touches, which costs
  // time. kUnsupported: the kind has no rows by key.
  virtual Status trace() {
    return fail(ErrorCode::kUnsupported, "views of this kind have no rows by key");
  }
  // What the last compute() found, once, before apply(): the events of each key in their order; an
  // event that touches a key twice may come twice.
  virtual Status for_each_touch(const TakeTouch&) { return {}; }

  // Whether a key has one row at most; else it may have many (the cells of a wide row).
  virtual bool has_one_row_per_key() const { return true; }

  // Makes the kind's tables in an empty file, inside the transaction that makes the file.
  virtual Status create(sqlite::Database& database) = 0;
  // Once, before the first compute(): `database` has the tables, and outlives this.
  virtual Status open(sqlite::Database& database) = 0;

  // Computes over a batch without writing. The events outlive the next apply(). Events that cannot
  // be applied are reported and have no effect.
  virtual Result<std::vector<flow::Rejection>> compute(std::span<const sql::InputEvent> events) = 0;

  // What the last compute() gave is to be applied, together with what is kept already.
  virtual Status keep() { return {}; }
  // Whether what is kept is better written together with what comes. `is_quiet`: nothing comes now.
  virtual bool may_wait(bool is_quiet) const {
    (void)is_quiet;
    return false;
  }
  // Whether there is something to write that has not come from compute().
  virtual bool has_own_work() const { return false; }

  // Whether something is kept outside of the database, so that each apply() has a transaction of
  // its own. Else several batches may be applied, one after the other, in one.
  virtual bool writes_files() const { return false; }
  // Before the transaction: makes durable what is kept outside of the database.
  virtual Status write_files() { return {}; }
  // Writes what is kept, inside the caller's transaction, and returns by how many rows the view
  // grew. After an error the transaction is rolled back and the Fold thrown away.
  virtual Result<std::int64_t> apply() = 0;
  // After the transaction: shows outside of the database what it says. Repeated by open().
  virtual Status show_files() { return {}; }
};

}  // namespace daybook::views
