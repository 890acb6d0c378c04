// The one error idiom. What can be expected to fail returns Result<T>; what cannot fail unless our
// own code is wrong is a DAYBOOK_CHECK (base/check.h). Exceptions stop at the library that throws
// them.
//
// An Error is classified where it is made, by what a caller could do about it; its message says
// what was attempted, on what, what was found, and what to do.

#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace daybook {

enum class ErrorCode : std::uint8_t {
  kInvalid,         // the caller's input is wrong; the same call fails again
  kNotFound,        // what was named does not exist
  kAlreadyExists,   // what was to be made exists
  kCorrupt,         // stored bytes are not what was written
  kIo,              // the operating system failed; what is stored is unknown until re-read
  kNoSpace,         // the disk or a stated limit is full
  kUnavailable,     // not now; retry with back-off
  kTimedOut,        // not in time; retry
  kCancelled,       // somebody asked to stop
  kOutcomeUnknown,  // it may have happened; find out before doing it again
  kFenced,          // somebody newer has taken over; stop
  kUnsupported,     // a known thing that is not offered
};

std::string_view to_string(ErrorCode code);

struct [[nodiscard]] Error {
  ErrorCode code;
  std::string message;

  // True if the same call may succeed later without anything being changed.
  bool retriable() const { return code == ErrorCode::kUnavailable || code == ErrorCode::kTimedOut; }
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

// Puts "context: " before the message, keeping the class of the error.
inline std::unexpected<Error> fail(Error error, std::string_view context) {
  error.message.insert(0, std::string(context) + ": ");
  return std::unexpected(std::move(error));
}

}  // namespace daybook

#define DAYBOOK_CONCAT_INNER(a, b) a##b
#define DAYBOOK_CONCAT(a, b) DAYBOOK_CONCAT_INNER(a, b)

// DAYBOOK_TRY(auto x, f());  ->  x is f()'s value, or the enclosing function returns f()'s error.
#define DAYBOOK_TRY(declaration, expression) \
  DAYBOOK_TRY_INNER(DAYBOOK_CONCAT(daybook_try_, __LINE__), declaration, expression)
#define DAYBOOK_TRY_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                              \
  if (!temporary) [[unlikely]]                                \
    return std::unexpected(std::move(temporary).error());     \
  declaration = std::move(*temporary)

// DAYBOOK_TRY_VOID(f());  ->  the enclosing function returns f()'s error, if it has one.
#define DAYBOOK_TRY_VOID(expression)                                      \
  do {                                                                    \
    if (auto daybook_status = (expression); !daybook_status) [[unlikely]] \
      return std::unexpected(std::move(daybook_status).error());          \
  } while (false)
