#include "http/route.h"

#include <nlohmann/json.hpp>

#include "http/json.h"

namespace daybook::http {
namespace {

struct Meaning {
  int status;
  const char* code;
};

Meaning meaning_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return {400, "invalid"};
    case ErrorCode::kNotFound:
      return {404, "not_found"};
    case ErrorCode::kAlreadyExists:
      return {409, "already_exists"};
    case ErrorCode::kNoSpace:
      return {507, "no_space"};
    case ErrorCode::kUnavailable:
      return {503, "unavailable"};
    case ErrorCode::kTimedOut:
      return {504, "timed_out"};
    case ErrorCode::kCancelled:
      return {503, "cancelled"};
    case ErrorCode::kUnsupported:
      return {501, "unsupported"};
    case ErrorCode::kCorrupt:
      return {500, "corrupt"};
    case ErrorCode::kIo:
      return {500, "io"};
    case ErrorCode::kOutcomeUnknown:
      return {500, "outcome_unknown"};
    case ErrorCode::kFenced:
      return {500, "fenced"};
  }
  return {500, "unknown"};
}

}  // namespace

Response error_response(const Error& error) {
  const Meaning meaning = meaning_of(error.code);
  const Json body = {{"error", {{"code", meaning.code}, {"message", error.message}}}};
  Response response = json_response(to_text(body));
  response.status = meaning.status;
  return response;
}

Response json_response(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

}  // namespace daybook::http
