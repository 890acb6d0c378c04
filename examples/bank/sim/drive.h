// Carries out the bank's business on a database, at a rate, without waiting for each transaction.
//
// While it runs it takes lines on standard input, `pause`, `resume` and `stop`, and prints lines on
// standard output: `committed=N refused=N in_flight=N state=running|paused`, about once a second
// and after every change of state. `paused` and the last line are printed when nothing is in
// flight: then the database holds exactly what the line says.

#pragma once

#include <cstdint>

#include "database.h"

namespace bank {

struct DriveOptions {
  std::uint64_t seed = 42;
  std::int64_t transactions = 0;  // committed ones to make; 0: until told to stop
  double rate_per_s = 0;          // 0: as fast as PostgreSQL takes them
  bool take_commands = false;
};

Result<void> fill(Database& database, std::int64_t customers, std::uint64_t seed);
Result<void> drive(Database& database, const DriveOptions& options);

}  // namespace bank
