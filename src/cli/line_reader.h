// Lines of standard input, until it ends or somebody interrupts: a read that waits for a terminal
// or a pipe does not hide Ctrl-C.

#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"

namespace daybook::cli {

inline constexpr std::size_t kMaxLineBytes = 16 << 20;

class LineReader {
 public:
  LineReader(int descriptor, std::stop_token stop) : descriptor_(descriptor), stop_(stop) {}

  // The next line without its end; the last one need not have one. Nothing at the end of the
  // input. kCancelled when interrupted; kInvalid for a line longer than kMaxLineBytes.
  Result<std::optional<std::string>> next();

 private:
  Status fill();

  int descriptor_;
  std::stop_token stop_;
  std::string buffer_;
  std::size_t taken_ = 0;  // of buffer_
  bool ended_ = false;
};

}  // namespace daybook::cli
