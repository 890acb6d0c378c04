// What the program tells the person who runs it, apart from answers: one line per fact, to standard
// error, with time, severity and the room that speaks. Not for tracing: a healthy process is quiet.
//
// Threads: any. A line is written whole.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace daybook {

enum class Severity : std::uint8_t {
  kInfo,     // something worth knowing happened
  kWarning,  // something is off, and was dealt with
  kError,    // something does not work until somebody acts
};

std::string_view to_string(Severity severity);

void report(Severity severity, std::string_view room, std::string_view message);

// Lines below `least` are dropped. At start everything is reported.
void set_least_severity(Severity least);

using ReportSink = std::function<void(Severity, std::string_view room, std::string_view message)>;

// While it lives, lines go to `sink` (called by one thread at a time) and not to standard error.
// For tests, one at a time.
class ScopedReportSink {
 public:
  explicit ScopedReportSink(ReportSink sink);
  ~ScopedReportSink();
  ScopedReportSink(const ScopedReportSink&) = delete;
  ScopedReportSink& operator=(const ScopedReportSink&) = delete;
};

}  // namespace daybook
