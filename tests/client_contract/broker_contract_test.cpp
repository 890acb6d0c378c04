// Instantiates the contract of client/log_client.h over Daybook's broker.

#include "client/testing/log_contract.h"
#include "client_contract/live_broker.h"

namespace daybook::client::testing {
namespace {

INSTANTIATE_TEST_SUITE_P(Broker, LogContract,
                         ::testing::Values(LogUnderTest{
                             "daybook",
                             [] {
                               static daybook::testing::LiveBroker broker;
                               return broker.make_client();
                             }}),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace daybook::client::testing
