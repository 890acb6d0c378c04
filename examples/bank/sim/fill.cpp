#include "clerk.h"
#include "drive.h"

namespace bank {
namespace {

constexpr int kNoTimeout = -1;

Result<void> carry_out(Database& database, const Operation& operation) {
  for (const Statement& statement : operation.statements) {
    if (auto sent = database.send(statement.prepared, statement.values); !sent) return sent;
  }
  return {};
}

}  // namespace

// One transaction: either the bank is open, with all its customers, or there is nothing.
Result<void> fill(Database& database, std::int64_t customers, std::uint64_t seed) {
  auto books = Books::load(database);
  if (!books) return std::unexpected(books.error());
  if (books->customers() > 0) {
    return std::unexpected("this bank already has customers: fill wants an empty schema");
  }
  if (auto done = Clerk::prepare_statements(database); !done) return done;
  if (auto done = database.enter_pipeline(); !done) return done;
  Clerk clerk(std::move(*books), seed);
  std::vector<Outcome> outcomes;
  if (auto done = carry_out(database, clerk.open_house()); !done) return done;
  for (std::int64_t customer = 0; customer < customers; ++customer) {
    if (auto done = carry_out(database, clerk.open_customer()); !done) return done;
    if (auto done = database.exchange(outcomes); !done) return done;
  }
  if (auto done = database.end_transaction(); !done) return done;
  while (database.in_flight() > 0) {
    database.wait(kNoTimeout);
    if (auto done = database.exchange(outcomes); !done) return done;
  }
  if (outcomes.back() == Outcome::kRefused) {
    return std::unexpected("filling: a constraint of the schema refused it, nothing was kept");
  }
  return database.leave_pipeline();
}

}  // namespace bank
