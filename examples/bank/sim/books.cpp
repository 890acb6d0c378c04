#include "books.h"

#include <fmt/format.h>

#include <limits>
#include <string>

namespace bank {
namespace {

std::int64_t number(const Value& value) {
  return value ? std::stoll(*value) : 0;
}

// Everything in whole cents and microseconds, so that no text has to be interpreted here.
constexpr const char* kAccountsSql =
    "SELECT id, (balance * 100)::bigint, (overdraft_limit * 100)::bigint FROM account "
    "WHERE id >= {} ORDER BY id";
constexpr const char* kCardsSql =
    "SELECT id, account_id, customer_id, (status = 'active')::int FROM card ORDER BY id";
constexpr const char* kDocumentsSql =
    "SELECT e.operation_id, CASE o.kind WHEN 'transfer' THEN 1 WHEN 'payment' THEN 2 ELSE 3 END, "
    "e.account_id, other.account_id, (other.amount * 100)::bigint, "
    "(extract(epoch FROM e.booked_at) * 1000000)::bigint "
    "FROM operation o JOIN account_entry e ON e.operation_id = o.id AND e.leg = 1 "
    "JOIN account_entry other ON other.operation_id = o.id AND other.leg = 2 "
    "WHERE o.kind IN ('transfer', 'payment', 'deposit') AND o.id > {} AND o.id <= {}";

}  // namespace

Result<Books> Books::load(Database& database) {
  Books books;
  auto counted = database.query(fmt::format(
      "SELECT (SELECT max(id) FROM customer), (SELECT max(id) FROM operation WHERE id < {})",
      kFirstCounterOperation));
  if (!counted) return std::unexpected(counted.error());
  books.customers_ = number((*counted)[0][0]);
  books.last_operation_ = number((*counted)[0][1]);

  auto accounts = database.query(fmt::format(kAccountsSql, kFirstCustomerAccount));
  if (!accounts) return std::unexpected(accounts.error());
  for (const Row& row : *accounts) {
    if (number(row[0]) != kFirstCustomerAccount + books.accounts()) break;  // opened by hand
    books.accounts_.push_back({.balance = number(row[1]), .overdraft_limit = number(row[2])});
  }
  auto cards = database.query(kCardsSql);
  if (!cards) return std::unexpected(cards.error());
  for (const Row& row : *cards) {
    if (number(row[0]) != 1 + books.cards()) break;
    books.cards_.push_back(
        {.account = number(row[1]), .customer = number(row[2]), .active = number(row[3]) != 0});
  }

  Id before_window = std::max<Id>(0, books.last_operation_ - kRepairableOperations);
  books.documents_.resize(static_cast<std::size_t>(books.last_operation_ - before_window));
  auto documents = database.query(fmt::format(kDocumentsSql, before_window, books.last_operation_));
  if (!documents) return std::unexpected(documents.error());
  for (const Row& row : *documents) {
    books.documents_[static_cast<std::size_t>(number(row[0]) - before_window - 1)] = {
        .kind = static_cast<DocumentKind>(number(row[1])),
        .payer = number(row[2]),
        .payee = number(row[3]),
        .amount = number(row[4]),
        .at = number(row[5])};
  }
  return books;
}

Document* Books::document(Id operation) {
  Id first = last_operation_ - static_cast<Id>(documents_.size()) + 1;
  if (operation < first || operation > last_operation_) return nullptr;
  Document& found = documents_[static_cast<std::size_t>(operation - first)];
  return found.kind == DocumentKind::kNone ? nullptr : &found;
}

Account* Books::customer_account(Id id) {
  if (id < kFirstCustomerAccount) return nullptr;
  return &accounts_[static_cast<std::size_t>(id - kFirstCustomerAccount)];
}

Cents Books::available(Id account) const {
  if (account < kFirstCustomerAccount) return std::numeric_limits<Cents>::max();
  const Account& found = accounts_[static_cast<std::size_t>(account - kFirstCustomerAccount)];
  return found.balance + found.overdraft_limit;
}

Id Books::add_account(Cents overdraft_limit) {
  accounts_.push_back({.balance = 0, .overdraft_limit = overdraft_limit});
  return kFirstCustomerAccount + accounts() - 1;
}

Id Books::add_card(Id account, Id customer) {
  cards_.push_back({.account = account, .customer = customer, .active = true});
  return cards();
}

Id Books::start_operation() {
  documents_.emplace_back();
  if (documents_.size() > static_cast<std::size_t>(kRepairableOperations)) documents_.pop_front();
  return ++last_operation_;
}

void Books::book(const Document& document) {
  documents_.back() = document;
  move(document.payer, document.payee, document.amount);
}

void Books::move(Id payer, Id payee, Cents amount) {
  if (Account* account = customer_account(payer)) account->balance -= amount;
  if (Account* account = customer_account(payee)) account->balance += amount;
}

}  // namespace bank
