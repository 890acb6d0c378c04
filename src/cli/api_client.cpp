#include "cli/api_client.h"

#include <httplib.h>

#include <nlohmann/json.hpp>

namespace daybook::cli {
namespace {

constexpr std::chrono::seconds kConnectTimeout{3};
constexpr std::chrono::seconds kAnswerTimeout{200};  // the server's own limits are below it

ErrorCode code_of(const std::string& code, int status) {
  if (code == "invalid") return ErrorCode::kInvalid;
  if (code == "not_found") return ErrorCode::kNotFound;
  if (code == "timed_out") return ErrorCode::kTimedOut;
  return status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kInvalid;
}

std::unexpected<Error> no_answer(const std::string& server, httplib::Error error) {
  return fail(ErrorCode::kUnavailable,
              "cannot reach Daybook's HTTP API at " + server + " (" + httplib::to_string(error) +
                  "); is it running? Start it with daybook up APP.yaml, or say where it is with "
                  "--server");
}

Result<Json> parse(const httplib::Result& result, const std::string& server) {
  if (!result) return no_answer(server, result.error());
  Json json = Json::parse(result->body, nullptr, false);
  if (json.is_discarded()) {
    return fail(ErrorCode::kInvalid, server + " answered something that is not JSON (status " +
                                         std::to_string(result->status) +
                                         "): is it Daybook's HTTP API?");
  }
  if (result->status < 400) return json;
  const Json error = json.value("error", Json::object());
  return fail(code_of(error.value("code", ""), result->status),
              error.value("message", "status " + std::to_string(result->status)));
}

// Calls `request` with a client of `server`.
template <class Request>
Result<Json> with_client(const std::string& server, Request request) {
  try {
    httplib::Client client(server);
    if (!client.is_valid()) {
      return fail(ErrorCode::kInvalid,
                  "\"" + server + "\" is not an address such as " + std::string(kDefaultServer));
    }
    client.set_connection_timeout(kConnectTimeout);
    client.set_read_timeout(kAnswerTimeout);
    return parse(request(client), server);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalid,
                "\"" + server + "\" cannot be used as a server: " + error.what());
  }
}

}  // namespace

Result<Json> ApiClient::get(const std::string& path, const QueryParameters& query) {
  httplib::Params parameters(query.begin(), query.end());
  return with_client(server_, [&](httplib::Client& client) {
    return client.Get(path.c_str(), parameters, httplib::Headers{});
  });
}

Result<Json> ApiClient::post(const std::string& path, const Json& body) {
  const std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return with_client(server_, [&](httplib::Client& client) {
    return client.Post(path.c_str(), text, "application/json");
  });
}

std::string path_step(std::string_view text) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string step;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      step += c;
    } else {
      step += '%';
      step += kHex[byte >> 4U];
      step += kHex[byte & 0xFU];
    }
  }
  return step;
}

}  // namespace daybook::cli
