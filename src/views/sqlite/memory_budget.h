// How much memory a query may take of SQLite. SQLite bounds each value, but a query may hold
// thousands of them, and what gathers rows into one text looks at the bound only at its end.
//
// While a budget lives, what its thread takes of SQLite counts, less what it gives back. Beyond the
// budget SQLite is told that there is no memory, which ends the statement that asked; nobody
// else's. SQLite may then have left out what it could do without, so what was read until then is
// not to be believed.
//
// SQLite takes its allocator before its first use, so it is installed before main(), for the whole
// process.
//
// Threads: the one that made it. A budget within another is part of that one.

#pragma once

#include <cstddef>

namespace daybook::views::sqlite {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes);
  ~MemoryBudget();
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // Whether SQLite was refused memory.
  bool is_exceeded() const;

 private:
  const bool is_outermost_;
};

}  // namespace daybook::views::sqlite
