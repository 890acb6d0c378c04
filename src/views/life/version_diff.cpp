#include "views/life/version_diff.h"

#include <sqlite3.h>

#include <algorithm>

#include "views/life/definition.h"
#include "views/outside_rows.h"
#include "views/sqlite/values.h"

namespace daybook::views {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStepsBetweenLooks = 10'000;  // of SQLite's machine, between looks at the time

int is_late(void* deadline) {
  return Clock::now() > *static_cast<const Clock::time_point*>(deadline) ? 1 : 0;
}

bool has_column(const ViewFileInfo& info, const std::string& name) {
  return std::ranges::find(info.columns, name, &ResultColumn::name) != info.columns.end();
}

std::vector<std::string> key_of(const ViewFileInfo& info) {
  std::vector<std::string> key;
  for (const auto& column : info.columns) {
    if (column.is_key) key.push_back(column.name);
  }
  std::ranges::sort(key);
  return key;
}

std::string listed(const std::vector<ResultColumn>& columns, const std::string& table) {
  std::string names;
  for (const auto& column : columns) {
    names += (names.empty() ? "" : ", ") + table + sqlite::quoted(column.name);
  }
  return names;
}

}  // namespace

double Difference::share() const {
  const auto rows = std::max<std::int64_t>({old_rows, new_rows, 1});
  return std::min(1.0, double(missing + extra + changed) / double(rows));
}

VersionDiff::VersionDiff() = default;
VersionDiff::~VersionDiff() = default;

Result<std::unique_ptr<VersionDiff>> VersionDiff::pin(const std::string& old_path,
                                                      const std::string& new_path) {
  std::unique_ptr<VersionDiff> diff(new VersionDiff);
  {
    DAYBOOK_TRY(auto newer, sqlite::Database::open(new_path, sqlite::Database::Mode::kReadOnly));
    DAYBOOK_TRY(diff->new_, read_info(newer));
  }
  DAYBOOK_TRY(diff->database_, sqlite::Database::open(old_path, sqlite::Database::Mode::kReadOnly));
  auto& database = diff->database_;
  DAYBOOK_TRY(diff->old_, read_info(database));
  diff->key_ = key_of(diff->old_);
  const auto* kind = kind_of(diff->old_.definition);
  if (kind != nullptr && kind == kind_of(diff->new_.definition)) {
    diff->outside_ = kind->outside_rows(old_path, diff->old_);
  }
  const bool is_keyless = diff->key_.empty() && diff->outside_ == nullptr;
  if (is_keyless || diff->key_ != key_of(diff->new_)) {
    return fail(ErrorCode::kInvalid, "versions " + std::to_string(diff->old_.version) + " and " +
                                         std::to_string(diff->new_.version) + " of view " +
                                         diff->old_.name +
                                         " have different keys, so their rows cannot be compared");
  }
  diff->new_path_ = new_path;
  DAYBOOK_TRY(auto attach, database.prepare("ATTACH ? AS other"));
  attach.bind(0, std::string_view(new_path));
  DAYBOOK_TRY_VOID(attach.run());
  DAYBOOK_TRY_VOID(database.execute("BEGIN"));
  DAYBOOK_TRY(diff->old_position_, read_position(database, "main"));
  DAYBOOK_TRY(diff->new_position_, read_position(database, "other"));
  return diff;
}

Result<Difference> VersionDiff::compare(std::size_t samples, std::chrono::milliseconds time_limit) {
  Difference difference;
  difference.old_version = old_.version;
  difference.new_version = new_.version;
  difference.position = old_position_;
  auto deadline = Clock::now() + time_limit;
  sqlite3_progress_handler(database_.get(), kStepsBetweenLooks, is_late, &deadline);
  const auto compared = [&]() -> Status {
    DAYBOOK_TRY_VOID(choose_columns(difference));
    return compare_rows(difference, samples, time_limit);
  }();
  sqlite3_progress_handler(database_.get(), 0, nullptr, nullptr);
  if (compared) return difference;
  auto error = compared.error();
  if (error.code == ErrorCode::kTimedOut) {
    error.message = "comparing versions " + std::to_string(old_.version) + " and " +
                    std::to_string(new_.version) + " took longer than " +
                    std::to_string(time_limit.count()) + " ms: allow more";
  }
  return std::unexpected(std::move(error));
}

Status VersionDiff::choose_columns(Difference& difference) const {
  for (const auto& column : old_.columns) {
    if (has_column(new_, column.name)) {
      difference.columns.push_back(column);
    } else {
      difference.only_old_columns.push_back(column.name);
    }
  }
  for (const auto& column : new_.columns) {
    if (!has_column(old_, column.name)) difference.only_new_columns.push_back(column.name);
  }
  return {};
}

Status VersionDiff::compare_rows(Difference& difference, std::size_t samples,
                                 std::chrono::milliseconds time_limit) {
  if (outside_ != nullptr) {
    return outside_->compare(database_, new_path_, new_, samples, time_limit, difference);
  }
  DAYBOOK_TRY_VOID(count(difference));
  return add_samples(difference, samples);
}

Status VersionDiff::count(Difference& difference) {
  const auto names = listed(difference.columns, "");
  const auto view = sqlite::quoted(old_.name);
  const auto all_old = "SELECT " + names + " FROM main." + view;
  const auto all_new = "SELECT " + names + " FROM other." + view;
  std::string key;
  for (const auto& name : key_) key += (key.empty() ? "" : ", ") + sqlite::quoted(name);
  DAYBOOK_TRY_VOID(database_.execute("CREATE TEMP TABLE old_only AS " + all_old + " EXCEPT " +
                                     all_new + ";CREATE TEMP TABLE new_only AS " + all_new +
                                     " EXCEPT " + all_old +
                                     ";CREATE INDEX temp.old_key ON old_only (" + key +
                                     ");CREATE INDEX temp.new_key ON new_only (" + key + ")"));
  DAYBOOK_TRY(difference.old_rows, number("SELECT count(*) FROM main." + view));
  DAYBOOK_TRY(difference.new_rows, number("SELECT count(*) FROM other." + view));
  DAYBOOK_TRY(const auto in_old, number("SELECT count(*) FROM old_only"));
  DAYBOOK_TRY(difference.changed,
              number("SELECT count(*) FROM old_only o WHERE EXISTS (SELECT 1 FROM new_only n "
                     "WHERE " +
                     key_matches() + ")"));
  DAYBOOK_TRY(difference.extra,
              number("SELECT count(*) FROM new_only n WHERE NOT EXISTS (SELECT 1 FROM old_only o "
                     "WHERE " +
                     key_matches() + ")"));
  difference.missing = in_old - difference.changed;
  return {};
}

Status VersionDiff::add_samples(Difference& difference, std::size_t samples) {
  using What = DifferenceSample::What;
  const auto olds = listed(difference.columns, "o.");
  const auto news = listed(difference.columns, "n.");
  const auto matches = key_matches();
  const std::pair<What, std::string> queries[] = {
      {What::kMissing, "SELECT " + olds +
                           " FROM old_only o WHERE NOT EXISTS (SELECT 1 FROM new_only n WHERE " +
                           matches + ")"},
      {What::kExtra, "SELECT " + news +
                         " FROM new_only n WHERE NOT EXISTS (SELECT 1 FROM old_only o WHERE " +
                         matches + ")"},
      {What::kChanged,
       "SELECT " + olds + ", " + news + " FROM old_only o JOIN new_only n ON " + matches}};
  const auto columns = static_cast<int>(difference.columns.size());
  for (const auto& [what, sql] : queries) {
    DAYBOOK_TRY(auto select, database_.prepare(sql + " LIMIT " + std::to_string(samples)));
    while (true) {
      DAYBOOK_TRY(const bool has_row, select.step());
      if (!has_row) break;
      auto& sample = difference.samples.emplace_back();
      sample.what = what;
      for (int i = 0; i < select.column_count(); ++i) {
        const bool is_old = what == What::kMissing || (what == What::kChanged && i < columns);
        (is_old ? sample.old_row : sample.new_row).push_back(sqlite::value_of(select, i));
      }
    }
  }
  return {};
}

Result<std::int64_t> VersionDiff::number(const std::string& sql) {
  DAYBOOK_TRY(auto select, database_.prepare(sql));
  DAYBOOK_TRY(const bool has_row, select.step());
  return has_row ? select.integer(0) : 0;
}

std::string VersionDiff::key_matches() const {
  std::string condition;
  for (const auto& name : key_) {
    condition += (condition.empty() ? "n." : " AND n.") + sqlite::quoted(name) + " IS o." +
                 sqlite::quoted(name);
  }
  return condition;
}

}  // namespace daybook::views
