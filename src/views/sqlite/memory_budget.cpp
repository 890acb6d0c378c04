#include "views/sqlite/memory_budget.h"

#include <sqlite3.h>

#include <cstdint>

#include "base/check.h"

namespace daybook::views::sqlite {
namespace {

struct Account {
  bool is_open = false;
  bool is_exceeded = false;
  std::int64_t left_bytes = 0;
};

thread_local Account account;
sqlite3_mem_methods original;

bool may_take(int bytes) {
  if (!account.is_open || bytes <= account.left_bytes) return true;
  account.is_exceeded = true;
  return false;
}

void* take(int bytes) {
  if (!may_take(bytes)) return nullptr;
  void* const taken = original.xMalloc(bytes);
  if (taken != nullptr) account.left_bytes -= original.xSize(taken);
  return taken;
}

void give_back(void* memory) {
  if (memory != nullptr) account.left_bytes += original.xSize(memory);
  original.xFree(memory);
}

void* resize(void* memory, int bytes) {
  const int before = original.xSize(memory);
  if (!may_take(bytes - before)) return nullptr;
  void* const resized = original.xRealloc(memory, bytes);
  if (resized != nullptr) account.left_bytes -= original.xSize(resized) - before;
  return resized;
}

// Before any other use of SQLite.
[[maybe_unused]] const bool is_installed = [] {
  DAYBOOK_CHECK(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &original) == SQLITE_OK,
                "SQLite has an allocator");
  auto counting = original;
  counting.xMalloc = take;
  counting.xFree = give_back;
  counting.xRealloc = resize;
  DAYBOOK_CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &counting) == SQLITE_OK,
                "SQLite was used before main()");
  return true;
}();

}  // namespace

MemoryBudget::MemoryBudget(std::size_t bytes) : is_outermost_(!account.is_open) {
  if (is_outermost_) account = {true, false, static_cast<std::int64_t>(bytes)};
}

MemoryBudget::~MemoryBudget() {
  if (is_outermost_) account.is_open = false;
}

bool MemoryBudget::is_exceeded() const {
  return account.is_exceeded;
}

}  // namespace daybook::views::sqlite
