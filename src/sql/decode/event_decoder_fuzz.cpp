// Any bytes as an event's value: decoded or rejected, never more.

#include <cstdint>
#include <string_view>
#include <vector>

#include "sql/decoded_batch.h"

using namespace daybook::sql;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<InputColumn> columns{
      {"a", {TypeId::kBigint}},    {"b", {TypeId::kDecimal, 18, 2}}, {"c", {TypeId::kVarchar}},
      {"d", {TypeId::kTimestamp}}, {"e", {TypeId::kDate}},           {"f", {TypeId::kDouble}},
      {"g", {TypeId::kJson}},      {"h", {TypeId::kUuid}},           {"i", {TypeId::kBoolean}}};
  static const std::vector<InputColumn> connect_columns{
      {"b", {TypeId::kDecimal, 18, 2}, false, ValueForm::kUnscaled},
      {"c", {TypeId::kVarchar}, false, ValueForm::kScaled},
      {"d", {TypeId::kTimestamp}, false, ValueForm::kNanos}};
  static DecodedBatch plain({"t", false, columns}, {6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  static DecodedBatch changes({"t", true, columns}, {6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  static DecodedBatch connect({"t", true, connect_columns}, {6, 7, 8, 9, 10, 11, 12});
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const std::vector<InputEvent> events{{0, 0, 0, 0, value, value}, {0, 1, 0, 0, value, value}};
  plain.decode(events);
  changes.decode(events);
  connect.decode(events);
  return 0;
}
