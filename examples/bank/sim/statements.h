// The statements that the bank's programs send, by the names they are prepared under.

#pragma once

namespace bank::sql {

struct Prepared {
  const char* name;
  const char* text;
};

inline constexpr Prepared kStatements[] = {
    {"customer", "INSERT INTO customer VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
    {"account", "INSERT INTO account VALUES ($1, $2, $3, $4, $5, 0, $6)"},
    {"card", "INSERT INTO card VALUES ($1, $2, $3, $4, 'active', $5, $6)"},
    {"merchant", "INSERT INTO merchant VALUES ($1, $2, $3, $4, $5)"},
    {"operation", "INSERT INTO operation VALUES ($1, $2, $3, $4)"},
    {"transfer", "INSERT INTO transfer VALUES ($1, $2, $3, $4, $5, $6)"},
    {"card_payment", "INSERT INTO card_payment VALUES ($1, $2, $3, $4, $5, $6, $7)"},
    {"deposit", "INSERT INTO deposit VALUES ($1, $2, $3, $4, $5)"},
    {"entries",
     "INSERT INTO account_entry VALUES ($1::bigint, 1, $2::bigint, -$4::numeric, $5::timestamptz), "
     "($1::bigint, 2, $3::bigint, $4::numeric, $5::timestamptz)"},

    {"transfer_amount", "UPDATE transfer SET amount = $2 WHERE id = $1"},
    {"card_payment_amount", "UPDATE card_payment SET amount = $2 WHERE id = $1"},
    {"deposit_amount", "UPDATE deposit SET amount = $2 WHERE id = $1"},
    {"entries_amount",
     "UPDATE account_entry SET amount = CASE leg WHEN 1 THEN -$2::numeric ELSE $2::numeric END "
     "WHERE operation_id = $1"},

    {"transfer_payee", "UPDATE transfer SET creditor_account = $2 WHERE id = $1"},
    {"card_payment_payee", "UPDATE card_payment SET merchant_id = $2 WHERE id = $1"},
    {"deposit_payee", "UPDATE deposit SET account_id = $2 WHERE id = $1"},
    {"entries_payee",
     "UPDATE account_entry SET account_id = $2 WHERE operation_id = $1 AND leg = 2"},

    {"transfer_time", "UPDATE transfer SET booked_at = $2 WHERE id = $1"},
    {"card_payment_time", "UPDATE card_payment SET paid_at = $2 WHERE id = $1"},
    {"deposit_time", "UPDATE deposit SET booked_at = $2 WHERE id = $1"},
    {"entries_time", "UPDATE account_entry SET booked_at = $2 WHERE operation_id = $1"},

    {"entries_remove", "DELETE FROM account_entry WHERE operation_id = $1"},
    {"transfer_remove", "DELETE FROM transfer WHERE id = $1"},
    {"card_payment_remove", "DELETE FROM card_payment WHERE id = $1"},
    {"deposit_remove", "DELETE FROM deposit WHERE id = $1"},

    {"customer_moves", "UPDATE customer SET city = $2 WHERE id = $1"},
    {"card_blocked", "UPDATE card SET status = 'blocked' WHERE id = $1"},
};

}  // namespace bank::sql
