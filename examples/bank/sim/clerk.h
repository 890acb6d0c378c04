// Plans the bank's business: what operation number N is, decided by the seed and the books alone,
// and the statements that carry it out. The books are changed as if the operation had succeeded.

#pragma once

#include <vector>

#include "books.h"
#include "random.h"

namespace bank {

struct Statement {
  const char* prepared;
  std::vector<Value> values;
};

// The statements of one database transaction.
struct Operation {
  std::vector<Statement> statements;
  // Planned so that a constraint forbids it: nothing of it may stay.
  bool must_be_refused = false;
};

class Clerk {
 public:
  Clerk(Books books, std::uint64_t seed) : books_(std::move(books)), seed_(seed) {}

  static Result<void> prepare_statements(Database& database);

  Operation open_house();     // the bank's own accounts and its merchants, before anything else
  Operation open_customer();  // a customer with accounts, cards and a first deposit
  Operation next();           // whatever the day brings
  const Books& books() const { return books_; }

 private:
  // Each appends to operation_ and changes the books. False: not possible now, nothing was done.
  bool everyday(Random& random);
  bool transfer(Random& random);
  bool overdrawn_transfer(Random& random);
  bool pay_by_card(Random& random);
  void pay(Random& random, Id card, Id merchant, Cents amount);
  bool misuse_card(Random& random, Id operation);
  bool deposit(Random& random);
  bool correct(Random& random);
  bool correct_amount(Random& random, Id repaired, Document& document);
  bool correct_payee(Random& random, Id repaired, Document& document);
  bool correct_time(Random& random, Id repaired, Document& document);
  bool remove(Random& random);
  bool move_house(Random& random);
  bool replace_card(Random& random);
  void welcome(Random& random);

  void say(const char* prepared, std::vector<Value> values);
  void begin(const char* kind, Id repairs = 0);
  void post(DocumentKind kind, Id payer, Id payee, Cents amount);
  void issue_card(Random& random, Id account, Id customer);
  Id any_account(Random& random);
  Id repairable(Random& random);  // 0: none
  MicrosUtc now() const { return now_; }

  Books books_;
  std::uint64_t seed_;
  Operation operation_;
  MicrosUtc now_ = 0;  // the simulated time of the operation being planned
};

}  // namespace bank
