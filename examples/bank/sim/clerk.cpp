#include "clerk.h"

#include <fmt/format.h>

#include <cctype>

#include "names.h"
#include "statements.h"

namespace bank {
namespace {

constexpr MicrosUtc kFirstDay = 1'767'600'000'000'000;  // 2026-01-05 08:00 UTC
constexpr MicrosUtc kBetweenOperations = 20'000'000;    // simulated, on average
constexpr MicrosUtc kOneDay = 86'400'000'000;

// Of so many operations some are payments with a card that is not in its owner's hands: several in
// a row in one shop, and half of them later two in different cities.
constexpr Id kMisuseEvery = 1'000;
constexpr Id kRapidPayments = 6;
constexpr Id kAtTwoPlaces = 2;
constexpr Cents kMostMisused = 2'000;
constexpr int kMisuseTries = 50;

Value text(std::int64_t number) {
  return std::to_string(number);
}

// The names under which the statements of one kind of document are prepared.
struct DocumentStatements {
  const char* amount;
  const char* payee;
  const char* time;
  const char* remove;
};

DocumentStatements statements_of(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::kTransfer:
      return {"transfer_amount", "transfer_payee", "transfer_time", "transfer_remove"};
    case DocumentKind::kPayment:
      return {"card_payment_amount", "card_payment_payee", "card_payment_time",
              "card_payment_remove"};
    default:
      return {"deposit_amount", "deposit_payee", "deposit_time", "deposit_remove"};
  }
}

}  // namespace

Result<void> Clerk::prepare_statements(Database& database) {
  for (const auto& statement : sql::kStatements) {
    if (auto done = database.prepare(statement.name, statement.text); !done) return done;
  }
  return {};
}

void Clerk::say(const char* prepared, std::vector<Value> values) {
  operation_.statements.push_back({.prepared = prepared, .values = std::move(values)});
}

void Clerk::begin(const char* kind, Id repairs) {
  Id id = books_.start_operation();
  say("operation", {text(id), kind, repairs == 0 ? Value() : text(repairs), time_text(now())});
}

// The two entries of the operation begun last, and its document in the books.
void Clerk::post(DocumentKind kind, Id payer, Id payee, Cents amount) {
  books_.book({.kind = kind, .payer = payer, .payee = payee, .amount = amount, .at = now()});
  say("entries", {text(books_.last_operation()), text(payer), text(payee), money_text(amount),
                  time_text(now())});
}

Id Clerk::any_account(Random& random) {
  return kFirstCustomerAccount + random.below(books_.accounts());
}

Id Clerk::repairable(Random& random) {
  Id last = books_.last_operation();
  Id oldest = std::max<Id>(1, last - kRepairableOperations + 2);
  if (last < oldest) return 0;
  for (Id id = random.between(oldest, last); id >= oldest; --id) {
    if (books_.document(id) != nullptr) return id;
  }
  return 0;
}

Operation Clerk::open_house() {
  operation_ = {};
  std::string opened = time_text(kFirstDay);
  say("account", {text(kCashDesk), {}, "house", account_number(kCashDesk), "0", opened});
  for (Id merchant = 1; merchant <= kMerchants; ++merchant) {
    Id account = kFirstMerchantAccount + merchant - 1;
    auto shelf = static_cast<std::size_t>(merchant);
    say("account", {text(account), {}, "house", account_number(account), "0", opened});
    say("merchant", {text(merchant), text(account), shop_name(merchant),
                     std::string(kCategories[shelf % kCategories.size()]),
                     std::string(kCities[shelf % kCities.size()].name)});
  }
  return std::move(operation_);
}

Operation Clerk::open_customer() {
  operation_ = {};
  Id id = books_.last_operation() + 1;
  Random random(seed_, static_cast<std::uint64_t>(id));
  now_ = kFirstDay + id * kBetweenOperations;
  welcome(random);
  return std::move(operation_);
}

void Clerk::welcome(Random& random) {
  static constexpr const char* kSegments[] = {"student", "retail", "retail", "premium", "business"};
  Id customer = books_.add_customer();
  const char* segment = kSegments[random.below(5)];
  std::string given = given_name(random);
  std::string family = family_name(random);
  std::string email = fmt::format("{}.{}{}@example.com", given, family, customer);
  for (char& c : email) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string city{kCities[static_cast<std::size_t>(random.below(kCities.size()))].name};
  std::string born_on = date_text(random.between(-10'000, 13'000));
  say("customer", {text(customer), given, family, email, city, segment, born_on, time_text(now())});

  Cents overdraft = random.chance(40) ? 100'000 : 0;
  Id current = books_.add_account(overdraft);
  say("account", {text(current), text(customer), "current", account_number(current),
                  money_text(overdraft), time_text(now())});
  issue_card(random, current, customer);
  if (random.chance(30)) issue_card(random, current, customer);
  if (random.chance(30)) {
    Id savings = books_.add_account(0);
    say("account",
        {text(savings), text(customer), "savings", account_number(savings), "0", time_text(now())});
  }
  begin("opening");
  Cents first = random.skewed(5'000, 500'000);
  say("deposit", {text(books_.last_operation()), text(current), money_text(first), "branch",
                  time_text(now())});
  post(DocumentKind::kNone, kCashDesk, current, first);
}

void Clerk::issue_card(Random& random, Id account, Id customer) {
  Id card = books_.add_card(account, customer);
  std::string digits = fmt::format("{:04}", random.below(10'000));
  say("card", {text(card), text(account), text(customer), digits,
               date_text(now() / kOneDay + 3 * 365), time_text(now())});
}

Operation Clerk::next() {
  operation_ = {};
  Id id = books_.last_operation() + 1;
  Random random(seed_, static_cast<std::uint64_t>(id));
  now_ = kFirstDay + id * kBetweenOperations + random.below(kBetweenOperations);
  if (!misuse_card(random, id) && !everyday(random)) deposit(random);
  return std::move(operation_);
}

bool Clerk::everyday(Random& random) {
  std::int64_t dice = random.below(1000);
  if (dice < 370) return transfer(random);
  if (dice < 720) return pay_by_card(random);
  if (dice < 820) return deposit(random);
  if (dice < 910) return correct(random);
  if (dice < 955) return remove(random);
  if (dice < 970) return move_house(random);
  if (dice < 980) return replace_card(random);
  if (dice < 990) return overdrawn_transfer(random);
  welcome(random);
  return true;
}

bool Clerk::transfer(Random& random) {
  Id debtor = any_account(random);
  Id creditor = any_account(random);
  Cents most = std::min<Cents>(books_.available(debtor), 200'000);
  if (debtor == creditor || most < 100) return false;
  Cents amount = random.skewed(100, most);
  begin("transfer");
  Value reference = random.chance(20) ? Value() : Value(transfer_reference(random));
  say("transfer", {text(books_.last_operation()), text(debtor), text(creditor), money_text(amount),
                   reference, time_text(now())});
  post(DocumentKind::kTransfer, debtor, creditor, amount);
  return true;
}

// More than there is: PostgreSQL undoes it, and nobody downstream may ever see a trace of it.
bool Clerk::overdrawn_transfer(Random& random) {
  Id debtor = any_account(random);
  Id creditor = any_account(random);
  if (debtor == creditor) return false;
  std::string amount = money_text(books_.available(debtor) + random.between(1, 10'000));
  begin("transfer");
  Id id = books_.last_operation();
  say("transfer", {text(id), text(debtor), text(creditor), amount, {}, time_text(now())});
  say("entries", {text(id), text(debtor), text(creditor), amount, time_text(now())});
  operation_.must_be_refused = true;
  return true;
}

bool Clerk::pay_by_card(Random& random) {
  Id id = random.between(1, books_.cards());
  const Card& card = books_.card(id);
  Cents most = std::min<Cents>(books_.available(card.account), 30'000);
  if (!card.active || most < 100) return false;
  Cents amount = random.skewed(100, most);
  pay(random, id, random.between(1, kMerchants), amount);
  return true;
}

void Clerk::pay(Random& random, Id id, Id merchant, Cents amount) {
  const City& city = kCities[static_cast<std::size_t>(merchant) % kCities.size()];
  begin("payment");
  say("card_payment",
      {text(books_.last_operation()), text(id), text(merchant), money_text(amount),
       degrees_text(city.lat_microdegrees + random.between(-50'000, 50'000)),
       degrees_text(city.lon_microdegrees + random.between(-50'000, 50'000)), time_text(now())});
  Id account = books_.card(id).account;
  post(DocumentKind::kPayment, account, kFirstMerchantAccount + merchant - 1, amount);
}

// The operations of one misuse throw the same dice for card and shop, so none has to know of the
// others.
bool Clerk::misuse_card(Random& random, Id operation) {
  Id step = operation % kMisuseEvery;
  bool is_rapid = step < kRapidPayments;
  Id place = step - kMisuseEvery / 2;
  if (!is_rapid && (place < 0 || place >= kAtTwoPlaces)) return false;
  auto misuse = static_cast<std::uint64_t>(2 * (operation / kMisuseEvery) + (is_rapid ? 0 : 1));
  Random thief(seed_, ~misuse);
  Id merchant = thief.between(1, kMerchants - 1);
  if (!is_rapid) merchant += place;  // the next shop is in the next city
  for (int i = 0; i < kMisuseTries; ++i) {
    Id id = thief.between(1, books_.cards());
    const Card& card = books_.card(id);
    if (!card.active || books_.available(card.account) < kMostMisused) continue;
    pay(random, id, merchant, random.between(100, kMostMisused));
    return true;
  }
  return false;
}

bool Clerk::deposit(Random& random) {
  static constexpr const char* kChannels[] = {"branch", "machine", "salary"};
  Id account = any_account(random);
  Cents amount = random.skewed(1'000, 300'000);
  const char* channel = kChannels[random.below(3)];
  begin("deposit");
  say("deposit", {text(books_.last_operation()), text(account), money_text(amount), channel,
                  time_text(now())});
  post(DocumentKind::kDeposit, kCashDesk, account, amount);
  return true;
}

bool Clerk::correct(Random& random) {
  Id repaired = repairable(random);
  if (repaired == 0) return false;
  std::int64_t what = random.below(3);
  begin("correction", repaired);
  Document& document = *books_.document(repaired);
  if (what == 0 && correct_amount(random, repaired, document)) return true;
  if (what == 1 && correct_payee(random, repaired, document)) return true;
  return correct_time(random, repaired, document);
}

bool Clerk::correct_amount(Random& random, Id repaired, Document& document) {
  Cents amount = random.between(100, 2 * document.amount);
  Cents more = amount - document.amount;
  Id gives = more > 0 ? document.payer : document.payee;
  if (more == 0 || books_.available(gives) < std::abs(more)) return false;
  books_.move(document.payer, document.payee, more);
  document.amount = amount;
  say(statements_of(document.kind).amount, {text(repaired), money_text(amount)});
  say("entries_amount", {text(repaired), money_text(amount)});
  return true;
}

bool Clerk::correct_payee(Random& random, Id repaired, Document& document) {
  bool to_merchant = document.kind == DocumentKind::kPayment;
  Id merchant = random.between(1, kMerchants);
  Id payee = to_merchant ? kFirstMerchantAccount + merchant - 1 : any_account(random);
  if (payee == document.payer || payee == document.payee) return false;
  if (books_.available(document.payee) < document.amount) return false;
  books_.move(document.payee, payee, document.amount);
  document.payee = payee;
  say(statements_of(document.kind).payee, {text(repaired), text(to_merchant ? merchant : payee)});
  say("entries_payee", {text(repaired), text(payee)});
  return true;
}

bool Clerk::correct_time(Random& random, Id repaired, Document& document) {
  document.at -= random.between(1, kOneDay);
  say(statements_of(document.kind).time, {text(repaired), time_text(document.at)});
  say("entries_time", {text(repaired), time_text(document.at)});
  return true;
}

bool Clerk::remove(Random& random) {
  Id repaired = repairable(random);
  if (repaired == 0) return false;
  const Document& found = *books_.document(repaired);
  if (books_.available(found.payee) < found.amount) return false;
  begin("removal", repaired);
  Document& document = *books_.document(repaired);
  books_.move(document.payee, document.payer, document.amount);
  say("entries_remove", {text(repaired)});
  say(statements_of(document.kind).remove, {text(repaired)});
  document = {};
  return true;
}

bool Clerk::move_house(Random& random) {
  begin("service");
  std::string city{kCities[static_cast<std::size_t>(random.below(kCities.size()))].name};
  say("customer_moves", {text(random.between(1, books_.customers())), city});
  return true;
}

bool Clerk::replace_card(Random& random) {
  Id id = random.between(1, books_.cards());
  const Card card = books_.card(id);
  if (!card.active) return false;
  begin("service");
  books_.card(id).active = false;
  say("card_blocked", {text(id)});
  issue_card(random, card.account, card.customer);
  return true;
}

}  // namespace bank
