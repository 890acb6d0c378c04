#include "views/sqlite/text_functions.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_set>

namespace daybook::views::sqlite {
namespace {

std::string_view bytes_of(sqlite3_value* value, bool as_blob) {
  const void* bytes =
      as_blob ? sqlite3_value_blob(value) : static_cast<const void*>(sqlite3_value_text(value));
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

bool any_null(int count, sqlite3_value** values) {
  return std::any_of(values, values + count,
                     [](sqlite3_value* value) { return sqlite3_value_type(value) == SQLITE_NULL; });
}

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// memmem() takes linear time, which std::string_view::find() does not.
std::size_t place_of(std::string_view in, std::string_view what, std::size_t from) {
  const void* found = ::memmem(in.data() + from, in.size() - from, what.data(), what.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - in.data());
}

void instr(sqlite3_context* context, int count, sqlite3_value** values) {
  if (any_null(count, values)) return;
  const bool as_blob =
      sqlite3_value_type(values[0]) == SQLITE_BLOB && sqlite3_value_type(values[1]) == SQLITE_BLOB;
  const auto in = bytes_of(values[0], as_blob);
  const auto what = bytes_of(values[1], as_blob);
  const auto at = what.empty() ? 0 : place_of(in, what, 0);
  if (at == std::string_view::npos) return sqlite3_result_int(context, 0);
  const auto skipped = in.substr(0, at);
  const auto before = as_blob ? static_cast<std::ptrdiff_t>(at)
                              : std::ranges::count_if(
                                    skipped, [](char byte) { return !continues_character(byte); });
  sqlite3_result_int64(context, before + 1);
}

void replace(sqlite3_context* context, int count, sqlite3_value** values) {
  if (any_null(count, values)) return;
  const auto in = bytes_of(values[0], false);
  const auto what = bytes_of(values[1], false);
  if (what.empty() || what.front() == '\0') return sqlite3_result_value(context, values[0]);
  const auto with = bytes_of(values[2], false);
  const auto limit = static_cast<std::size_t>(
      sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1));
  std::string out;
  std::size_t from = 0;
  while (true) {
    const auto at = place_of(in, what, from);
    out.append(in, from, at == std::string_view::npos ? at : at - from);
    if (at == std::string_view::npos) break;
    out.append(with);
    if (out.size() > limit) return sqlite3_result_error_toobig(context);
    from = at + what.size();
  }
  sqlite3_result_text64(context, out.data(), out.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

std::size_t first_character(std::string_view text) {
  std::size_t bytes = 1;
  while (bytes < text.size() && continues_character(text[bytes])) ++bytes;
  return bytes;
}

std::size_t last_character(std::string_view text) {
  std::size_t bytes = 1;
  while (bytes < text.size() && continues_character(text[text.size() - bytes])) ++bytes;
  return bytes;
}

template <bool kLeft, bool kRight>
void trim(sqlite3_context* context, int count, sqlite3_value** values) {
  if (any_null(count, values)) return;
  auto text = bytes_of(values[0], false);
  std::unordered_set<std::string_view> characters;
  auto left = count == 1 ? std::string_view(" ") : bytes_of(values[1], false);
  while (!left.empty()) {
    const auto bytes = first_character(left);
    characters.insert(left.substr(0, bytes));
    left.remove_prefix(bytes);
  }
  while (kLeft && !text.empty()) {
    const auto bytes = first_character(text);
    if (!characters.contains(text.substr(0, bytes))) break;
    text.remove_prefix(bytes);
  }
  while (kRight && !text.empty()) {
    const auto bytes = last_character(text);
    if (!characters.contains(text.substr(text.size() - bytes))) break;
    text.remove_suffix(bytes);
  }
  sqlite3_result_text64(context, text.data() == nullptr ? "" : text.data(), text.size(),
                        SQLITE_TRANSIENT, SQLITE_UTF8);
}

}  // namespace

Status add_text_functions(Database& database) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  auto* db = database.get();
  const auto put = [&](const char* name, int arguments, auto function) {
    return sqlite3_create_function(db, name, arguments, kFlags, nullptr, function, nullptr,
                                   nullptr) == SQLITE_OK;
  };
  bool added = put("instr", 2, instr) && put("replace", 3, replace);
  for (const int arguments : {1, 2}) {
    added = added && put("trim", arguments, trim<true, true>) &&
            put("ltrim", arguments, trim<true, false>) &&
            put("rtrim", arguments, trim<false, true>);
  }
  if (!added) return std::unexpected(last_error(db, "cannot add the functions on text"));
  return {};
}

}  // namespace daybook::views::sqlite
