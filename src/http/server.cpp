#include "http/server.h"

#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <semaphore>
#include <thread>

#include "http/api.h"
#include "http/bounded_server.h"
#include "http/limits.h"
#include "http/origin_check.h"
#include "http/route.h"

namespace daybook::http {
namespace {

constexpr int kForbidden = 403;

// httplib's own pool queues without a bound. This one makes the accepting thread wait, so that
// further connections stay in the kernel's queue.
class WorkerPool final : public httplib::TaskQueue {
 public:
  WorkerPool() {
    for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { work(); });
  }

  void enqueue(std::function<void()> job) override {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return jobs_.size() < kMaxQueuedConnections || ending_; });
    jobs_.push_back(std::move(job));
    waiting_.notify_one();
  }

  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    waiting_.notify_all();
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void work() {
    while (true) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex_);
        waiting_.wait(lock, [this] { return !jobs_.empty() || ending_; });
        if (jobs_.empty()) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      room_.notify_one();
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable waiting_;
  std::condition_variable room_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

struct Address {
  std::string host;
  int port = 0;
};

Result<Address> parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Address address;
  bool good = colon != std::string::npos && colon > 0;
  if (good) {
    address.host = text.substr(0, colon);
    if (address.host.front() == '[' && address.host.back() == ']') {
      address.host = address.host.substr(1, address.host.size() - 2);
    }
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    good = error == std::errc{} && rest == end && address.port >= 0 && address.port <= 65535 &&
           !address.host.empty();
  }
  if (good) return address;
  return fail(ErrorCode::kInvalid,
              "the HTTP address must be HOST:PORT, such as 127.0.0.1:8080, "
              "not \"" +
                  text + "\"");
}

// "/views/{view}" as httplib wants it, and the names in the order of the groups.
struct Pattern {
  std::string regex;
  std::vector<std::string> names;
};

Pattern pattern_of(const std::string& path) {
  Pattern pattern;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '.') {
      pattern.regex += "\\.";
    } else if (path[i] == '{') {
      const std::size_t end = path.find('}', i);
      pattern.names.push_back(path.substr(i + 1, end - i - 1));
      pattern.regex += "([^/]+)";
      i = end;
    } else {
      pattern.regex += path[i];
    }
  }
  return pattern;
}

void put(const Response& from, httplib::Response& to) {
  to.status = from.status;
  to.set_content(from.body, from.content_type);
}

// What httplib refuses by itself, in the API's form.
void explain_refusal(const httplib::Request& request, httplib::Response& response) {
  if (!response.body.empty()) return;
  const int status = response.status;
  std::string message = "the request was refused";
  ErrorCode code = ErrorCode::kInvalid;
  if (status == 404) {
    code = ErrorCode::kNotFound;
    message = "there is no " + request.method + " " + request.path.substr(0, 200) +
              "; /openapi.json lists what there is";
  } else if (status == 414) {
    message = "the address is too long";
  } else if (status == 400) {
    message = "the request is not HTTP that this server understands";
  }
  put(error_response({code, message}), response);
  response.status = status;
}

// What BoundedServer and OriginCheck refuse, likewise.
void explain_head(int status, std::string_view why, httplib::Response& response) {
  put(error_response({ErrorCode::kInvalid, std::string(why)}), response);
  response.status = status;
}

class HttplibServer final : public Server {
  using WaitingRoom = std::counting_semaphore<kMaxWaitingRequests>;

 public:
  explicit HttplibServer(const app::Running& running) : routes_(make_routes(running)) {
    server_.new_task_queue = [] { return new WorkerPool(); };
    server_.set_payload_max_length(kMaxBodyBytes);
    server_.set_keep_alive_timeout(kKeepAlive.count());
    server_.set_tcp_nodelay(true);
    // httplib's default, SO_REUSEPORT, lets two processes share a port without noticing.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    server_.set_error_handler(httplib::Server::Handler(explain_refusal));
    server_.set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
          put(error_response({ErrorCode::kIo, "the request could not be handled"}), response);
        });
    for (const Route& route : routes_) add(route);
  }

  ~HttplibServer() override { stop(); }

  Status listen(const std::string& text) {
    DAYBOOK_TRY(const Address address, parse_address(text));
    origins_ = OriginCheck(address.host);
    errno = 0;
    int port = address.port;
    bool bound = false;
    if (port == 0) {
      port = server_.bind_to_any_port(address.host);
      bound = port > 0;
    } else {
      bound = server_.bind_to_port(address.host, port);
    }
    if (!bound) return refused(text, errno);
    const bool v6 = address.host.find(':') != std::string::npos;
    address_ = (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(port);
    listener_ = std::thread([this] { server_.listen_after_bind(); });
    // stop() has no effect on a server that is not running yet.
    while (!server_.is_running()) std::this_thread::yield();
    return {};
  }

  std::string address() const override { return address_; }

  void stop() override {
    if (!listener_.joinable()) return;
    server_.stop();
    listener_.join();
  }

 private:
  static std::unexpected<Error> refused(const std::string& address, int error) {
    if (error == EADDRINUSE) {
      return fail(ErrorCode::kUnavailable, "cannot listen for HTTP on " + address +
                                               ": another process uses this port; choose another "
                                               "with --http HOST:PORT (port 0: any free one)");
    }
    const std::string reason = error == 0 ? "the host is not known here" : std::strerror(error);
    return fail(ErrorCode::kUnavailable, "cannot listen for HTTP on " + address + ": " + reason);
  }

  void add(const Route& route) {
    const Pattern pattern = pattern_of(route.path);
    const auto handler = [this, &route, names = pattern.names](const httplib::Request& request,
                                                               httplib::Response& response) {
      const auto foreign =
          origins_.refusal(request.get_header_value("Origin"), request.get_header_value("Host"));
      if (!foreign.empty()) return explain_head(kForbidden, foreign, response);
      put(handle(route, names, request), response);
    };
    if (route.method == Method::kGet) {
      server_.Get(pattern.regex, handler);
    } else {
      server_.Post(pattern.regex, handler);
    }
  }

  Response handle(const Route& route, const std::vector<std::string>& names,
                  const httplib::Request& from) {
    Request request;
    for (std::size_t i = 0; i < names.size(); ++i) request.path[names[i]] = from.matches[i + 1];
    request.query.insert(from.params.begin(), from.params.end());
    request.body = from.body;
    if (!route.waits) return route.handle(request);
    if (!room_to_wait_.try_acquire()) {
      return error_response(
          {ErrorCode::kUnavailable, "too many reads of views at once: try again, or ask for less"});
    }
    const auto give_back = [](WaitingRoom* room) { room->release(); };
    const std::unique_ptr<WaitingRoom, decltype(give_back)> place(&room_to_wait_, give_back);
    return route.handle(request);
  }

  const std::vector<Route> routes_;
  OriginCheck origins_;  // set before the server listens
  WaitingRoom room_to_wait_{kMaxWaitingRequests};
  BoundedServer server_{explain_head};
  std::string address_;
  std::thread listener_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const app::Running& running,
                                              const std::string& listen) {
  auto server = std::make_unique<HttplibServer>(running);
  DAYBOOK_TRY_VOID(server->listen(listen));
  return server;
}

}  // namespace daybook::http
