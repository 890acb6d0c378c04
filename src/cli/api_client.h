// The commands' side of the HTTP API.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace daybook::cli {

using Json = nlohmann::ordered_json;
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

inline constexpr const char* kDefaultServer = "http://127.0.0.1:8080";

class ApiClient {
 public:
  // `server` as in http://127.0.0.1:8080.
  explicit ApiClient(std::string server) : server_(std::move(server)) {}

  // The answer's JSON. An error that the server answered comes back as it made it; kUnavailable,
  // with what to do, if nobody answers.
  Result<Json> get(const std::string& path, const QueryParameters& query);
  Result<Json> post(const std::string& path, const Json& body);

 private:
  std::string server_;
};

// One step of a path: what is not a letter, digit or one of -._~ becomes %XX.
std::string path_step(std::string_view text);

}  // namespace daybook::cli
