#include "flow/remembered/event_keys.h"

namespace daybook::flow {
namespace {

class KeyReader {
 public:
  KeyReader(sql::Statement& statement, sql::DecodedBatch& batch, std::string_view what,
            EventKeys& out)
      : statement_(statement), batch_(batch), what_(what), out_(out) {}

  // Halves the range until what makes the statement fail stands alone.
  Status read(std::size_t first, std::size_t last) {
    if (first == last) return {};
    batch_.restrict_to(first, last);
    auto rows = statement_.run(batch_);
    if (rows) return take(**rows);
    if (rows.error().code != ErrorCode::kInvalid) return std::unexpected(rows.error());
    if (last - first == 1) {
      out_.rejected.emplace(batch_.event_at(first), std::string(what_) + rows.error().message);
      return {};
    }
    const auto middle = first + (last - first) / 2;
    DAYBOOK_TRY_VOID(read(first, middle));
    return read(middle, last);
  }

 private:
  Status take(sql::Rows& rows) {
    while (true) {
      DAYBOOK_TRY(const bool has_chunk, rows.next_chunk());
      if (!has_chunk) return {};
      for (std::size_t i = 0; i < rows.row_count(); ++i) {
        rows.read(0, i, cell_);
        const auto event = batch_.event_of(static_cast<std::size_t>(cell_.integer));
        rows.read(1, i, cell_);
        out_.keys[event] = cell_.is_null() ? std::string("n") : "t" + cell_.text;
      }
    }
  }

  sql::Statement& statement_;
  sql::DecodedBatch& batch_;
  std::string_view what_;
  EventKeys& out_;
  sql::Cell cell_;
};

}  // namespace

Result<EventKeys> read_keys(sql::Statement& statement, sql::DecodedBatch& batch, std::size_t events,
                            std::string_view what) {
  EventKeys found;
  found.keys.resize(events);
  DAYBOOK_TRY_VOID(KeyReader(statement, batch, what, found).read(0, batch.place_count()));
  return found;
}

}  // namespace daybook::flow
