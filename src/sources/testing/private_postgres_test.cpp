#include "sources/testing/private_postgres.h"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "io/file_system.h"

namespace daybook::sources::testing {
namespace {

constexpr std::chrono::milliseconds kLookAgain{10};

std::string server_folder() {
  const auto versions = io::real_file_system().list("/usr/lib/postgresql");
  DAYBOOK_CHECK(versions && !versions->empty(), "PostgreSQL's server programs are not installed");
  const auto newest = std::ranges::max_element(
      *versions, {}, [](const io::Entry& entry) { return std::atoi(entry.name.c_str()); });
  return "/usr/lib/postgresql/" + newest->name + "/bin";
}

const passwd* owner() {
  return ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr;
}

// A child that runs `script` as the owner, and that ends with this program.
pid_t start_shell(const std::string& script) {
  std::vector<std::string> words;
  if (const passwd* user = owner()) {
    words = {"setpriv",
             "--reuid=" + std::to_string(user->pw_uid),
             "--regid=" + std::to_string(user->pw_gid),
             "--clear-groups",
             "--pdeathsig",
             "QUIT",
             "--"};
  }
  words.insert(words.end(), {"sh", "-c", script});
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  DAYBOOK_CHECK(child >= 0, "fork");
  if (child == 0) {
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  std::mutex mutex;
  std::condition_variable nobody;
  std::unique_lock lock(mutex);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    nobody.wait_for(lock, kLookAgain);
  }
  return true;
}

PrivatePostgres::PrivatePostgres(std::vector<std::string> settings)
    : settings_(std::move(settings)) {
  std::string pattern = "/tmp/daybook-postgres-XXXXXX";
  DAYBOOK_CHECK(::mkdtemp(pattern.data()) != nullptr, "no scratch folder in /tmp");
  folder_ = pattern;
  if (const passwd* user = owner()) {
    DAYBOOK_CHECK(::chown(folder_.c_str(), user->pw_uid, user->pw_gid) == 0, "chown");
  }
  const int status = wait_for(start_shell(
      "cd " + folder_ + " && echo bank > password && " + server_folder() +
      "/initdb -D data -U bank --pwfile password -A scram-sha-256 -E UTF8 --locale C.UTF-8 "
      "--no-sync > initdb.log 2>&1"));
  DAYBOOK_CHECK(status == 0, "initdb failed");
  start();
}

PrivatePostgres::~PrivatePostgres() {
  if (process_ > 0) stop(SIGQUIT);
  static_cast<void>(io::real_file_system().remove_folder(folder_));
}

std::string PrivatePostgres::dsn(const std::string& user, const std::string& password) const {
  return "host=" + folder_ + " dbname=postgres user=" + user + " password=" + password;
}

void PrivatePostgres::start() {
  std::string script = "cd " + folder_ + " && exec " + server_folder() + "/postgres -D data -k " +
                       folder_ + " -c listen_addresses= -c fsync=off -c shared_buffers=16MB";
  for (const auto& setting : settings_) script += " -c " + setting;
  process_ = start_shell(script + " >> server.log 2>&1");
  DAYBOOK_CHECK(eventually([this] { return answers(); }), "PostgreSQL does not answer");
}

void PrivatePostgres::stop(int signal) {
  ::kill(process_, signal);
  wait_for(process_);
  process_ = -1;
}

bool PrivatePostgres::answers() const {
  return postgres::Connection::open(dsn(), postgres::ConnectionUse::kSql, {}).has_value();
}

postgres::Rows PrivatePostgres::sql(const std::string& text) const {
  const auto connection = postgres::Connection::open(dsn(), postgres::ConnectionUse::kSql, {});
  if (!connection) {
    ADD_FAILURE() << connection.error().message;
    return {};
  }
  auto rows = (*connection)->query(text);
  if (!rows) {
    ADD_FAILURE() << text << ": " << rows.error().message;
    return {};
  }
  return std::move(*rows);
}

std::string PrivatePostgres::value(const std::string& query) const {
  const auto rows = sql(query);
  if (rows.size() != 1 || rows[0].size() != 1) {
    ADD_FAILURE() << query << ": not one value";
    return {};
  }
  return rows[0][0].value_or("");
}

}  // namespace daybook::sources::testing
