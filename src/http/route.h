// One operation of the HTTP API: where it is, what it takes, and what it does. The list of routes
// (http/api.h) is what is served and what /openapi.json describes, so that they cannot differ.
//
// Nothing here knows the HTTP library.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::http {

enum class Method : std::uint8_t { kGet, kPost };

struct Request {
  std::map<std::string, std::string> path;        // by the names in Route::path, decoded
  std::multimap<std::string, std::string> query;  // decoded
  std::string body;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

struct Parameter {
  enum class In : std::uint8_t { kPath, kQuery, kBody };
  std::string_view name;
  In in = In::kQuery;
  std::string_view type;  // JSON's: string, integer
  std::string_view meaning;
  bool required = false;
};

struct Route {
  Method method = Method::kGet;
  std::string path;  // "/views/{view}/rows/{key}": a {name} is one step, without slashes
  std::string summary;
  std::vector<Parameter> parameters;
  bool waits = false;  // may run for seconds: counted against kMaxWaitingRequests
  std::function<Response(const Request&)> handle;
};

// {"error": {"code": "not_found", "message": "..."}} with the status that fits the code.
Response error_response(const Error& error);
Response json_response(std::string body);

}  // namespace daybook::http
