// What the program's end means to a script.

#pragma once

namespace daybook::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kInterrupted = 130;

}  // namespace daybook::cli
