#include "base/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <mutex>

#include "base/check.h"

namespace daybook {
namespace {

std::atomic<Severity> least_severity = Severity::kInfo;
std::mutex sink_mutex;

ReportSink& current_sink() {
  static ReportSink sink;
  return sink;
}

void write_to_standard_error(Severity severity, std::string_view room, std::string_view message) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::time_t seconds = ms / 1000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  const std::string line =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z {:7} {}: {}\n", utc.tm_year + 1900,
                  utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, ms % 1000,
                  to_string(severity), room, message);
  // Nobody is left to hear of a failure here.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "unknown";
}

void report(Severity severity, std::string_view room, std::string_view message) {
  if (severity < least_severity.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(sink_mutex);
  if (current_sink()) {
    current_sink()(severity, room, message);
  } else {
    write_to_standard_error(severity, room, message);
  }
}

void set_least_severity(Severity least) {
  least_severity = least;
}

ScopedReportSink::ScopedReportSink(ReportSink sink) {
  const std::lock_guard lock(sink_mutex);
  DAYBOOK_CHECK(!current_sink(), "only one report sink at a time");
  current_sink() = std::move(sink);
}

ScopedReportSink::~ScopedReportSink() {
  const std::lock_guard lock(sink_mutex);
  current_sink() = nullptr;
}

}  // namespace daybook
