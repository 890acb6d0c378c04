// A PostgreSQL of a test's own: a cluster in a scratch folder that listens on a socket there and
// nowhere else, so that no port and no other server is touched. As root it runs as the user
// postgres, because PostgreSQL refuses root. It ends with the test, however that ends.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "sources/kinds/postgres/protocol/connection.h"

namespace daybook::sources::testing {

inline constexpr std::chrono::seconds kPatience{60};

// Looks at `condition` again and again until it holds; false if it does not in time.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds within = kPatience);

class PrivatePostgres {
 public:
  // Creates the cluster and starts it. Aborts the test program if that fails.
  explicit PrivatePostgres(std::vector<std::string> settings = {"wal_level=logical"});
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  std::string dsn(const std::string& user = "bank", const std::string& password = "bank") const;

  void start();
  void stop(int signal);  // SIGINT: cut every session and end; SIGQUIT: as a power cut

  // On a connection of its own; fails the test if the server refuses.
  postgres::Rows sql(const std::string& text) const;
  std::string value(const std::string& query) const;  // the only one of the only row

 private:
  bool answers() const;

  std::vector<std::string> settings_;
  std::string folder_;
  pid_t process_ = -1;
};

}  // namespace daybook::sources::testing
