#include "app/lookup/view_lookup.h"

#include <algorithm>

#include "flow/position_text.h"

namespace daybook::app {
namespace {

// Of a whole batch; no user waits for it.
constexpr std::chrono::milliseconds kFindTime{60'000};

views::ResultColumn view_column(const client::Column& column) {
  return {column.name, column.type, column.is_key};
}

class ViewLookup final : public flow::LookupTable {
 public:
  ViewLookup(const views::ViewSpec& spec, FindView find) : spec_(spec), find_(std::move(find)) {}

  const std::string& topic() const override { return spec_.topic; }

  State state() const override {
    const auto view = find_(spec_.name);
    if (!view) return {.columns = {}, .position = {}, .detail = view.error().message};
    const auto status = (*view)->status();
    if (status.versions.empty() || status.columns.empty()) {
      return {.columns = {}, .position = {}, .detail = status.detail};
    }
    const auto& serving = status.versions.front();
    State state{.columns = lookup_columns(status.columns, (*view)->plan().key()),
                .position = serving.position,
                .detail = serving.detail};
    if (state.detail.empty()) state.detail = "it is at " + flow::to_text(serving.position);
    return state;
  }

  Result<std::vector<sql::CellRow>> find(const flow::LookupColumns& of,
                                         const std::vector<sql::CellRow>& keys,
                                         const std::vector<std::size_t>& columns) override {
    DAYBOOK_TRY(auto* view, find_(spec_.name));
    std::vector<views::ResultColumn> key;
    for (const auto& name : of.key) {
      key.push_back(view_column(*std::ranges::find(of.columns, name, &client::Column::name)));
    }
    std::vector<views::ResultColumn> read;
    for (const auto column : columns) read.push_back(view_column(of.columns[column]));
    views::ReadOptions options;
    options.time_limit = kFindTime;
    auto rows = view->reader().look_up(key, keys, read, options);
    if (rows || rows.error().code != ErrorCode::kInvalid) return rows;
    return fail(ErrorCode::kIo, rows.error().message);
  }

 private:
  const views::ViewSpec& spec_;
  const FindView find_;
};

}  // namespace

flow::LookupColumns lookup_columns(const std::vector<views::ResultColumn>& columns,
                                   const std::vector<std::string>& key) {
  flow::LookupColumns out{.columns = {}, .key = key};
  for (const auto& column : columns) {
    out.columns.push_back({column.name, column.type, column.is_key});
  }
  return out;
}

std::vector<std::unique_ptr<flow::LookupTable>> view_lookups(const AppFile& app,
                                                             const flow::ProcessorSpec& spec,
                                                             const FindView& find) {
  std::vector<std::unique_ptr<flow::LookupTable>> tables;
  for (const auto& lookup : spec.lookups) {
    const auto view =
        std::ranges::find(app.views, lookup.view, [](const ViewSection& v) { return v.spec.name; });
    tables.push_back(std::make_unique<ViewLookup>(view->spec, find));
  }
  return tables;
}

flow::LookupTables pointers_to(const std::vector<std::unique_ptr<flow::LookupTable>>& tables) {
  flow::LookupTables pointers;
  for (const auto& table : tables) pointers.push_back(table.get());
  return pointers;
}

}  // namespace daybook::app
