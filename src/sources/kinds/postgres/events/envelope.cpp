#include "sources/kinds/postgres/events/envelope.h"

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/units.h"

namespace daybook::sources::postgres {
namespace {

constexpr std::string_view kVersion = "0.1.0";  // of the connector: ours

// A moment as Debezium gives it: milliseconds, then the same in micro- and nanoseconds.
void append_times(std::int64_t time_us, std::string& out) {
  out += "\"ts_ms\":";
  append_number(time_us / kMicrosPerMs, out);
  out += ",\"ts_us\":";
  append_number(time_us, out);
  out += ",\"ts_ns\":";
  append_number(time_us, out);
  out += "000";
}

void append_text_member(std::string_view name, std::string_view value, std::string& out) {
  append_json_text(name, out);
  out += ':';
  append_json_text(value, out);
}

}  // namespace

Envelope::Envelope(const Table& table, std::string_view source, std::string_view database)
    : table_(table) {
  for (const auto& column : table.columns) {
    append_json_text(column.name, names_.emplace_back());
    names_.back() += ':';
  }
  source_head_ = "\"source\":{";
  append_text_member("version", kVersion, source_head_);
  source_head_ += ",\"connector\":\"postgresql\",";
  append_text_member("name", source, source_head_);
  source_head_ += ',';
  append_text_member("db", database, source_table_);
  source_table_ += ',';
  append_text_member("schema", table.name.schema, source_table_);
  source_table_ += ',';
  append_text_member("table", table.name.table, source_table_);
}

void Envelope::append_row(const Tuple& row, std::string& out) const {
  out += '{';
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += ',';
    out += names_[i];
    if (row[i].kind == FieldKind::kText) {
      append_value(table_.columns[i].as.form, row[i].text, out);
    } else {
      out += "null";
    }
  }
  out += '}';
}

void Envelope::write_key(const Tuple& row, std::string& out) const {
  out = "{";
  for (const auto& key : table_.key) {
    if (out.size() > 1) out += ',';
    out += names_[key.column];
    append_value(table_.columns[key.column].as.form, row[key.column].text, out);
  }
  out += '}';
}

void Envelope::write_value(char op, const Tuple* before, const Tuple* after, const Origin& origin,
                           std::string& out) const {
  out = "{\"before\":";
  before != nullptr ? append_row(*before, out) : void(out += "null");
  out += ",\"after\":";
  after != nullptr ? append_row(*after, out) : void(out += "null");
  out += ',';
  out += source_head_;
  append_times(origin.time_us, out);
  out += op == 'r' ? R"(,"snapshot":"true",)" : R"(,"snapshot":"false",)";
  out += source_table_;
  out += ",\"sequence\":\"[\\\"";
  append_number(origin.commit.value, out);
  out += "\\\",\\\"";
  append_number(origin.lsn.value, out);
  out += "\\\"]\",\"txId\":";
  origin.transaction != 0 ? append_number(std::uint64_t{origin.transaction}, out)
                          : void(out += "null");
  out += ",\"lsn\":";
  append_number(origin.lsn.value, out);
  out += ",\"xmin\":null},\"transaction\":null,\"op\":\"";
  out += op;
  out += "\",";
  append_times(origin.captured_us, out);
  out += '}';
}

}  // namespace daybook::sources::postgres
