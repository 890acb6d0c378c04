// What the commands print: for people, aligned tables, with colour on a terminal only; for
// programs, JSON. Answers go to standard output, everything else to standard error.
//
// A reader that has gone away (`daybook consume t | head -1`) ends the output quietly: write()
// answers false, and the command stops.

#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::cli {

// True if standard output is a terminal and NO_COLOR is not set.
bool colours_wanted();

std::string bold(std::string_view text);
std::string dim(std::string_view text);
std::string red(std::string_view text);

// To standard output. False if nobody reads it any more.
bool write(std::string_view text);
bool write_line(std::string_view text);
// Makes what was written visible now.
bool flush_output();

// "daybook: message" to standard error, on one line; answers kFailed or, if somebody asked to
// stop, kInterrupted.
int print_failure(const Error& error);
int print_failure(std::string_view message);

enum class Align : std::uint8_t { kLeft, kRight };

struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
};

// Columns padded to their widest cell, counted in code points; two spaces between them. Control
// characters in cells are shown as '.': data must not steer the terminal.
std::string table(const std::vector<TableColumn>& columns,
                  const std::vector<std::vector<std::string>>& rows);

// `1 event`, `2 events`.
std::string counted(std::int64_t count, std::string_view noun);

}  // namespace daybook::cli
