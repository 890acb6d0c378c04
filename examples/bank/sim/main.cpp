// bank-sim: a bank that exists only in PostgreSQL. It opens accounts and does business through
// ordinary SQL transactions; it knows nothing of Daybook.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "drive.h"

namespace {

// What the schema promises, asked of the data itself.
constexpr const char* kCheckSql = R"(
  SELECT (SELECT count(*) FROM account a
          WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM account_entry e
                            WHERE e.account_id = a.id)),
         (SELECT count(*) FROM (SELECT FROM account_entry GROUP BY operation_id
                                HAVING sum(amount) <> 0) AS unbalanced),
         (SELECT count(*) FROM operation), (SELECT count(*) FROM account_entry),
         (SELECT coalesce(sum(balance), 0) FROM account WHERE kind <> 'house'))";

bank::Result<void> check(bank::Database& database) {
  auto rows = database.query(kCheckSql);
  if (!rows) return std::unexpected(rows.error());
  const bank::Row& row = rows->front();
  fmt::print("operations={} entries={} customers_total={}\n", *row[2], *row[3], *row[4]);
  if (*row[0] != "0") {
    return std::unexpected(*row[0] + " accounts differ from the sum of their entries");
  }
  if (*row[1] != "0") return std::unexpected(*row[1] + " operations do not sum to zero");
  return {};
}

bank::Result<void> with_database(const std::string& dsn,
                                 const std::function<bank::Result<void>(bank::Database&)>& work) {
  auto database = bank::Database::connect(dsn);
  if (!database) return std::unexpected(database.error());
  // The simulation may lose its last moments if the machine fails; it is a simulation.
  auto relaxed = database->query("SET synchronous_commit = off");
  if (!relaxed) return std::unexpected(relaxed.error());
  return work(*database);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A simulated bank in PostgreSQL.\n\nexample: bank-sim drive --rate 200"};
  app.require_subcommand(1);
  std::string dsn;
  std::int64_t customers = 2000;
  bank::DriveOptions options;
  app.add_option("--dsn", dsn, "the bank's database, as libpq understands it")
      ->envname("BANK_DSN")
      ->required();
  auto* fill = app.add_subcommand("fill", "open the bank: accounts, cards and first deposits");
  fill->add_option("--customers", customers, "how many customers to begin with")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  fill->add_option("--seed", options.seed, "the same seed makes the same bank")
      ->capture_default_str();
  auto* drive = app.add_subcommand("drive", "do business, from where it was left");
  drive->add_option("--seed", options.seed, "the same seed makes the same business")
      ->capture_default_str();
  drive->add_option("--rate", options.rate_per_s, "transactions per second; 0: as fast as it goes")
      ->check(CLI::NonNegativeNumber);
  drive
      ->add_option("--transactions", options.transactions,
                   "stop after so many were committed; 0: when told to")
      ->check(CLI::NonNegativeNumber);
  drive->add_flag("--commands", options.take_commands, "obey pause, resume and stop on stdin");
  app.add_subcommand("check", "verify that every balance is the sum of its entries");
  CLI11_PARSE(app, argc, argv);

  auto done = with_database(dsn, [&](bank::Database& database) {
    if (fill->parsed()) return bank::fill(database, customers, options.seed);
    if (drive->parsed()) return bank::drive(database, options);
    return check(database);
  });
  if (!done) {
    fmt::print(stderr, "bank-sim: {}\n", done.error());
    return 1;
  }
  return 0;
}
