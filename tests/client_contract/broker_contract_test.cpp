// Instantiates the contracts of client/log_client.h and client/transactions.h over Daybook's
// broker.

#include "client/testing/log_contract.h"
#include "client/testing/transactions_contract.h"
#include "client_contract/live_broker.h"

namespace daybook::client::testing {
namespace {

daybook::testing::LiveBroker& live_broker() {
  static daybook::testing::LiveBroker broker;
  return broker;
}

INSTANTIATE_TEST_SUITE_P(Broker, LogContract,
                         ::testing::Values(LogUnderTest{
                             "daybook", [] { return live_broker().make_client(); }}),
                         ::testing::PrintToStringParamName());

INSTANTIATE_TEST_SUITE_P(Broker, TransactionsContract,
                         ::testing::Values(TransactionsUnderTest{
                             "daybook", [] { return live_broker().make_client(); },
                             [](LogClient&) { return live_broker().make_transactions(); }}),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace daybook::client::testing
