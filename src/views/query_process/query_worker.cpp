#include "views/query_process/query_worker.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>

#include "io/own_process.h"
#include "views/cell_storage.h"

namespace daybook::views {
namespace {

using std::chrono::steady_clock;

// A reader and the tables that it shows, kept for the next job.
class WorkerSession {
 public:
  // A reader of the job's tables: the one that there is, if it is like it.
  Result<sql::ParquetReader*> open(QueryJob& job) {
    if (reader_ == nullptr || job.reader != options_) {
      close();
      DAYBOOK_TRY(reader_, sql::ParquetReader::open(job.reader));
      options_ = std::move(job.reader);
    }
    if (job.tables != tables_) {
      tables_.clear();
      for (const auto& table : job.tables) DAYBOOK_TRY_VOID(reader_->show(table));
      tables_ = std::move(job.tables);
    }
    return reader_.get();
  }

  void close() {
    reader_.reset();
    tables_.clear();
  }

 private:
  std::unique_ptr<sql::ParquetReader> reader_;
  sql::ParquetReaderOptions options_;
  std::vector<sql::ParquetTable> tables_;
};

// Rows as an answer has them, up to the limits.
Status take_rows(const sql::Selected& selected, std::size_t limit, Answer& answer) {
  for (const auto& column : selected.columns) {
    answer.columns.push_back({column.name, to_text(column.type), false});
  }
  std::size_t bytes = 0;
  sql::Cell cell;
  while (true) {
    DAYBOOK_TRY(const bool has_chunk, selected.rows->next_chunk());
    if (!has_chunk) return {};
    for (std::size_t i = 0; i < selected.rows->row_count(); ++i) {
      answer.truncated = answer.rows.size() >= limit;
      if (answer.truncated) return {};
      auto& row = answer.rows.emplace_back();
      for (std::size_t c = 0; c < selected.columns.size(); ++c) {
        selected.rows->read(c, i, cell);
        bytes += size_of(row.emplace_back(shown_value(selected.columns[c].type, cell)));
      }
      if (bytes <= kMaxAnswerBytes) continue;
      answer.rows.pop_back();
      answer.truncated = true;
      if (!answer.rows.empty()) return {};
      return fail(ErrorCode::kInvalid, "one row of the answer has more than " +
                                           std::to_string(kMaxAnswerBytes >> 20) +
                                           " MiB: select less of it");
    }
  }
}

Result<Answer> answer_job(WorkerSession& session, QueryJob job) {
  const auto deadline = steady_clock::now() + job.time_limit;
  DAYBOOK_TRY(auto* reader, session.open(job));
  DAYBOOK_TRY(const auto selected, reader->select(job.sql, deadline));
  Answer answer;
  DAYBOOK_TRY_VOID(take_rows(*selected, std::min(job.row_limit, kMaxRowLimit), answer));
  return answer;
}

QueryOutcome outcome_of(WorkerSession& session, std::string_view message) {
  QueryOutcome outcome{.answer = Answer{}};
  try {
    auto job = decode_job(message);
    outcome.answer = job ? answer_job(session, std::move(*job)) : std::unexpected(job.error());
  } catch (const std::bad_alloc&) {
    outcome.answer = fail(ErrorCode::kNoSpace, "there is no more memory");
  }
  // A reader may be left in a failed transaction.
  if (!outcome.answer) session.close();
  const auto held = io::own_memory_bytes();
  outcome.is_spent = !held || (io::kBoundsOwnMemory && *held > kWarmProcessBytes);
  return outcome;
}

// False once nobody asks any more.
bool serve_one(WorkerSession& session) {
  const auto head = io::read_input(kMessageHeadBytes);
  if (!head) return false;
  const auto size = message_size(*head);
  if (!size) return false;
  const auto message = io::read_input(*size);
  if (!message) return false;
  auto bytes = encode(outcome_of(session, *message));
  if (!bytes) bytes = encode({.answer = std::unexpected(bytes.error())});
  return bytes && io::write_output(*bytes);
}

}  // namespace

bool is_query_worker(int argc, const char* const* argv) {
  return argc == 2 && std::string_view(argv[1]) == kQueryWorkerWord;
}

int run_query_worker() {
  const io::OwnLimits limits{.memory_bytes = kQueryProcessBytes, .niceness = kQueryNiceness};
  if (!io::limit_own_process(limits)) return 1;
  WorkerSession session;
  while (serve_one(session)) {
  }
  return 0;
}

}  // namespace daybook::views
