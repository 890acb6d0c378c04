#include "views/kinds/columnar/columnar_fold.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/report.h"
#include "io/clock.h"
#include "views/kinds/columnar/merge_choice.h"

namespace daybook::views::columnar {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::minutes kLookInterval{1};  // for what was retired long enough ago
constexpr std::size_t kCellBytes = 16;

}  // namespace

ColumnarFold::ColumnarFold(ColumnarQuery query) : query_(std::move(query)) {
  nlohmann::json definition = {"columnar 1", query_.text};
  for (const auto& column : query_.columns) {
    definition.push_back({column.name, to_text(column.type)});
  }
  fingerprint_ = definition.dump();
}

std::vector<ResultColumn> ColumnarFold::columns() const {
  std::vector<ResultColumn> columns;
  columns.reserve(query_.columns.size());
  for (const auto& column : query_.columns) {
    columns.push_back({column.name, to_text(column.type), false});
  }
  return columns;
}

Status ColumnarFold::open(sqlite::Database& database) {
  database_ = &database;
  // A transaction must be durable before what it no longer names is removed.
  DAYBOOK_TRY_VOID(database.execute("PRAGMA synchronous = FULL"));
  folders_.emplace(database.path());
  DAYBOOK_TRY(const auto named, read_data_files(database, "main"));
  std::set<std::string> retired;
  DAYBOOK_TRY(auto select, database.prepare("SELECT path FROM daybook_retired"));
  while (true) {
    DAYBOOK_TRY(const bool has_row, select.step());
    if (!has_row) break;
    retired.insert(std::string(select.text(0)));
  }
  DAYBOOK_TRY_VOID(folders_->restore(named, retired));
  for (const auto& file : named) {
    files_[{file.folder, file.partition}].push_back(file);
    unlooked_.insert({file.folder, file.partition});
  }
  DAYBOOK_TRY(writer_, sql::ParquetWriter::open(folders_->files(), query_.written));
  merger_.emplace(*folders_);
  start_merge();
  return {};
}

Result<std::vector<flow::Rejection>> ColumnarFold::compute(
    std::span<const sql::InputEvent> events) {
  events_ = events;
  DAYBOOK_TRY(result_, query_.run->compute(events));
  std::vector<flow::Rejection> rejections;
  rejections.reserve(result_.rejected.size());
  for (auto& rejected : result_.rejected) {
    rejections.push_back({rejected.event, std::move(rejected.reason)});
  }
  return rejections;
}

// What waits.

Status ColumnarFold::keep() {
  while (!result_.rows.empty()) {
    auto& rows = *result_.rows.front();
    DAYBOOK_TRY(const bool has_chunk, rows.next_chunk());
    if (!has_chunk) break;
    for (std::size_t row = 0; row < rows.row_count(); ++row) keep_row(rows, row);
  }
  if (rows_.size() > kMaxNewFiles) {
    return fail(ErrorCode::kInvalid,
                "partition_by makes more than " + std::to_string(kMaxNewFiles) +
                    " files of what is written at once: name columns with fewer values");
  }
  for (const auto& event : events_) {
    auto& range = ranges_.try_emplace(event.partition, event.offset, event.offset).first->second;
    range.end = event.offset + 1;
  }
  if (!waiting_since_) waiting_since_ = steady_clock::now();
  result_ = {};
  events_ = {};
  return {};
}

void ColumnarFold::keep_row(const sql::Rows& rows, std::size_t row) {
  auto& waiting = writer_->waiting();
  const auto number = static_cast<std::uint32_t>(waiting.row_count());
  const auto columns = query_.written.size();
  for (std::size_t i = 0; i < columns; ++i) {
    rows.read(i + 1, row, cell_);
    waiting_bytes_ += kCellBytes;
    if (cell_.kind == sql::Cell::Kind::kText) {
      waiting_bytes_ += sizeof(sql::Cell) + cell_.text.size();
      waiting.push(i, texts_.emplace_back(cell_));
    } else {
      waiting.push(i, cell_);
    }
  }
  rows.read(0, row, cell_);
  const auto& event = events_[query_.run->event_of_row(static_cast<std::size_t>(cell_.integer))];
  rows.read(columns + 1, row, cell_);
  rows_[{event.partition, cell_.text}].push_back(number);
}

bool ColumnarFold::may_wait(bool is_quiet) const {
  if (writer_->waiting().row_count() >= kMaxWaitingRows || waiting_bytes_ >= kMaxWaitingBytes) {
    return false;
  }
  const auto now = steady_clock::now();
  if (waiting_since_ && now - *waiting_since_ >= kMaxWait) return false;
  // What comes after a silence is shown at its end; what drips is collected.
  return !is_quiet || (written_at_ && now - *written_at_ < kMaxWait);
}

// The three steps.

Status ColumnarFold::write_files() {
  written_.clear();
  for (const auto& [place, rows] : rows_) {
    const auto& [partition, folder] = place;
    const auto range = ranges_.at(partition);
    auto& file = written_.emplace_back();
    file.folder = folder;
    file.name = data_file_name(folders_->version(), partition, range.begin, range.end);
    file.partition = partition;
    file.begin = range.begin;
    file.end = range.end;
    file.rows = static_cast<std::int64_t>(rows.size());
    DAYBOOK_TRY_VOID(folders_->make_room(file));
    DAYBOOK_TRY_VOID(writer_->write(rows, folders_->path(file)));
  }
  DAYBOOK_TRY_VOID(folders_->sync(written_));
  take_merge();
  return forget_retired();
}

Result<std::int64_t> ColumnarFold::apply() {
  std::int64_t growth = 0;
  for (const auto& file : written_) {
    DAYBOOK_TRY_VOID(name_file(file));
    growth += file.rows;
  }
  if (merged_) DAYBOOK_TRY_VOID(replace_files(*merged_));
  if (forgotten_ms_) {
    DAYBOOK_TRY_VOID(database_->execute("DELETE FROM daybook_retired WHERE at_ms < " +
                                        std::to_string(*forgotten_ms_)));
  }
  return growth;
}

Status ColumnarFold::show_files() {
  for (auto& file : written_) {
    DAYBOOK_TRY_VOID(folders_->show(file));
    const FileGroup group{file.folder, file.partition};
    files_[group].push_back(std::move(file));
    unlooked_.insert(group);
  }
  if (merged_) DAYBOOK_TRY_VOID(show_merged());
  written_.clear();
  forgotten_ms_.reset();
  if (waiting_since_) written_at_ = steady_clock::now();
  waiting_since_.reset();
  rows_.clear();
  ranges_.clear();
  writer_->waiting().clear();
  texts_.clear();
  waiting_bytes_ = 0;
  start_merge();
  return {};
}

Status ColumnarFold::name_file(const DataFile& file) {
  DAYBOOK_TRY(auto insert,
              database_->prepare("INSERT INTO daybook_files VALUES (?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(0, std::string_view(file.folder));
  insert.bind(1, std::string_view(file.name));
  insert.bind(2, static_cast<std::int64_t>(file.partition));
  insert.bind(3, file.begin);
  insert.bind(4, file.end);
  insert.bind(5, file.rows);
  insert.bind(6, file.bytes);
  return insert.run();
}

// What was merged away.

Status ColumnarFold::forget_retired() {
  const auto now = steady_clock::now();
  if (now < next_look_) return {};
  next_look_ = now + kLookInterval;
  DAYBOOK_TRY_VOID(folders_->remove_replaced());
  const auto before_ms =
      io::real_clock().wall().value - std::chrono::milliseconds(kKeptTime).count();
  DAYBOOK_TRY(auto select, database_->prepare("SELECT path FROM daybook_retired WHERE at_ms < ?"));
  select.bind(0, before_ms);
  while (true) {
    DAYBOOK_TRY(const bool has_row, select.step());
    if (!has_row) break;
    DAYBOOK_TRY_VOID(folders_->remove(std::string(select.text(0))));
    forgotten_ms_ = before_ms;
  }
  return {};
}

void ColumnarFold::take_merge() {
  if (merged_ || !merger_->is_done()) return;
  auto merge = merger_->take();
  if (merge) {
    merged_ = std::move(*merge);
  } else {
    report(Severity::kWarning, "views", "files stay as they are: " + merge.error().message);
  }
}

Status ColumnarFold::replace_files(const Merge& merge) {
  DAYBOOK_TRY(auto remove, database_->prepare("DELETE FROM daybook_files WHERE folder = ? AND "
                                              "partition = ? AND first_offset = ?"));
  DAYBOOK_TRY(auto retire, database_->prepare("INSERT INTO daybook_retired VALUES (?, ?)"));
  const auto now = io::real_clock().wall().value;
  for (const auto& file : merge.from) {
    remove.bind(0, std::string_view(file.folder));
    remove.bind(1, static_cast<std::int64_t>(file.partition));
    remove.bind(2, file.begin);
    DAYBOOK_TRY_VOID(remove.run());
    const auto path = file.path();
    retire.bind(0, std::string_view(path));
    retire.bind(1, now);
    DAYBOOK_TRY_VOID(retire.run());
  }
  return name_file(merge.into);
}

Status ColumnarFold::show_merged() {
  const auto& into = merged_->into;
  auto& group = files_[{into.folder, into.partition}];
  std::erase_if(group, [&](const DataFile& file) {
    return file.begin >= into.begin && file.end <= into.end;
  });
  const auto at = std::ranges::upper_bound(group, into.begin, {}, &DataFile::begin);
  group.insert(at, into);
  std::set<std::string> names;
  const auto first = files_.lower_bound({into.folder, std::numeric_limits<std::int32_t>::min()});
  for (auto it = first; it != files_.end() && it->first.first == into.folder; ++it) {
    for (const auto& file : it->second) names.insert(file.name);
  }
  DAYBOOK_TRY_VOID(folders_->show_only(into.folder, names));
  unlooked_.insert({into.folder, into.partition});
  merged_.reset();
  return {};
}

void ColumnarFold::start_merge() {
  if (!folders_->can_replace() || !merger_->is_idle()) return;
  while (!unlooked_.empty()) {
    const auto group = unlooked_.extract(unlooked_.begin()).value();
    const auto& files = files_[group];
    const auto run = choose_merge(files);
    if (!run) continue;
    Merge merge;
    const auto from = std::span(files).subspan(run->first, run->count);
    merge.from.assign(from.begin(), from.end());
    auto& into = merge.into;
    into = from.front();
    into.end = from.back().end;
    into.name = data_file_name(folders_->version(), into.partition, into.begin, into.end);
    into.rows = 0;
    for (const auto& file : from) into.rows += file.rows;
    merger_->start(std::move(merge));
    return;
  }
}

}  // namespace daybook::views::columnar
