#include "cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "cli/exit_code.h"

namespace daybook::cli {
namespace {

std::string in_colour(std::string_view text, const char* code) {
  if (!colours_wanted()) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_code_point));
}

std::string printable(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '.';
  }
  return clean;
}

}  // namespace

bool colours_wanted() {
  static const bool wanted = [] {
    const char* no_color = std::getenv("NO_COLOR");
    return ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
  }();
  return wanted;
}

std::string bold(std::string_view text) {
  return in_colour(text, "1");
}
std::string dim(std::string_view text) {
  return in_colour(text, "2");
}
std::string red(std::string_view text) {
  return in_colour(text, "31");
}

bool write(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
}

bool write_line(std::string_view text) {
  return write(text) && write("\n");
}

bool flush_output() {
  return std::fflush(stdout) == 0;
}

int print_failure(const Error& error) {
  print_failure(error.message);
  return error.code == ErrorCode::kCancelled ? kInterrupted : kFailed;
}

int print_failure(std::string_view message) {
  std::fflush(stdout);
  std::string line(message);
  std::ranges::replace(line, '\n', ' ');
  std::fprintf(stderr, "daybook: %s\n", line.c_str());
  return kFailed;
}

std::string table(const std::vector<TableColumn>& columns,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> cells;
  cells.reserve(rows.size());
  std::vector<std::size_t> widths;
  for (const TableColumn& column : columns) widths.push_back(width_of(column.title));
  for (const auto& row : rows) {
    auto& line = cells.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      line.push_back(printable(i < row.size() ? row[i] : ""));
      widths[i] = std::max(widths[i], width_of(line.back()));
    }
  }
  const auto padded = [&](const std::string& cell, std::size_t i) {
    const std::string padding(widths[i] - width_of(cell), ' ');
    if (columns[i].align == Align::kRight) return padding + cell;
    return i + 1 == columns.size() ? cell : cell + padding;
  };
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "" : "  ") + bold(padded(columns[i].title, i));
  }
  text += '\n';
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) text += (i == 0 ? "" : "  ") + padded(line[i], i);
    text += '\n';
  }
  return text;
}

std::string counted(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace daybook::cli
