// What the bank's clerk remembers of the database in order to plan the next operation: who has
// which account and card, how much is on it, and the recent documents that may need repair. It is
// read from the database and then kept in step with what was sent, so planning never has to wait
// for an answer.
//
// Everything is found by its number; numbers are given without gaps. That makes the picture after
// load() identical to the one before a stop.

#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "database.h"
#include "values.h"

namespace bank {

using Id = std::int64_t;

inline constexpr Id kCashDesk = 1;  // the house account on the other side of deposits
inline constexpr Id kFirstMerchantAccount = 101;
inline constexpr Id kMerchants = 64;
inline constexpr Id kFirstCustomerAccount = 1001;
inline constexpr Id kFirstCounterOperation = 1'000'000'000;  // given by hand: schema.sql, pay_in
inline constexpr Id kRepairableOperations = 20'000;  // older documents are never touched again

struct Account {
  Cents balance = 0;
  Cents overdraft_limit = 0;
};

struct Card {
  Id account = 0;
  Id customer = 0;
  bool active = false;
};

enum class DocumentKind { kNone, kTransfer, kPayment, kDeposit };

// kNone: that operation left no document, or it was removed.
struct Document {
  DocumentKind kind = DocumentKind::kNone;
  Id payer = 0;
  Id payee = 0;
  Cents amount = 0;
  MicrosUtc at = 0;
};

class Books {
 public:
  static Result<Books> load(Database& database);

  Id customers() const { return customers_; }
  Id accounts() const { return static_cast<Id>(accounts_.size()); }
  Id cards() const { return static_cast<Id>(cards_.size()); }
  Id last_operation() const { return last_operation_; }

  Card& card(Id id) { return cards_[static_cast<std::size_t>(id - 1)]; }
  // The document of `operation`, or null if it is too old, unknown or removed.
  Document* document(Id operation);
  // What may leave the account. The bank's own accounts have no bottom.
  Cents available(Id account) const;

  Id add_customer() { return ++customers_; }
  Id add_account(Cents overdraft_limit);
  Id add_card(Id account, Id customer);
  Id start_operation();
  void book(const Document& document);  // as the document of the last operation
  void move(Id payer, Id payee, Cents amount);

 private:
  Account* customer_account(Id id);

  Id customers_ = 0;
  Id last_operation_ = 0;
  std::vector<Account> accounts_;   // number kFirstCustomerAccount + index
  std::vector<Card> cards_;         // number 1 + index
  std::deque<Document> documents_;  // the last one belongs to last_operation_
};

}  // namespace bank
