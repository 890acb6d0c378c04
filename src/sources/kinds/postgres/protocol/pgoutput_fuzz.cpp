// parse_message() on arbitrary bytes: it returns, and what it returns lies inside the bytes.

#include "base/check.h"
#include "sources/kinds/postgres/protocol/pgoutput.h"

using namespace daybook;

namespace {

void check_inside(BytesView bytes, std::string_view text) {
  if (text.empty()) return;
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  DAYBOOK_CHECK(text.data() >= begin && text.data() + text.size() <= begin + bytes.size(),
                "a view leaves the message");
}

void check_tuple(BytesView bytes, const sources::postgres::Tuple& tuple) {
  for (const auto& field : tuple) check_inside(bytes, field.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sources::postgres::Message;
  using sources::postgres::MessageKind;
  const BytesView bytes(reinterpret_cast<const std::byte*>(data), size);
  Message message;
  if (!sources::postgres::parse_message(bytes, message)) return 0;
  if (message.kind == MessageKind::kRelation) {
    check_inside(bytes, message.schema);
    check_inside(bytes, message.table);
    for (const auto& column : message.columns) check_inside(bytes, column.name);
  }
  check_tuple(bytes, message.before);
  check_tuple(bytes, message.after);
  return 0;
}
