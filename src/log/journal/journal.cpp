#include "log/journal/journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/report.h"
#include "log/in_parallel.h"
#include "log/journal/journal_contents.h"
#include "log/journal/journal_format.h"
#include "wire/record_batch.h"

namespace daybook::log {
namespace {

// After a file could not be made, which is want of space as a rule.
constexpr std::size_t kMissesBeforeNextTry = 10'000;

// Whether `bytes` are whole batches that end before offset `end`. A kernel that failed to write a
// page may show what was there before it.
bool are_whole(BytesView bytes, Offset end) {
  Offset next{-1};
  while (!bytes.empty()) {
    const auto batch = wire::frame_batch(bytes);
    if (!batch || batch->crc() != batch->computed_crc()) return false;
    next = batch->next_offset();
    bytes = bytes.subspan(batch->size_bytes());
  }
  return next == end;
}

}  // namespace

Journal::Journal(io::FileSystem& fs, std::string folder, const JournalConfig& config,
                 const JournalContents& left, std::size_t settling_threads)
    : fs_(fs),
      folder_(std::move(folder)),
      config_(config),
      max_block_bytes_(
          std::min<std::uint64_t>(kMaxJournalBlockBytes, config.file_bytes - kJournalAlignment)),
      settling_threads_(settling_threads),
      sequence_(left.next_sequence) {
  empty_all(left);
}

void Journal::empty_all(const JournalContents& left) {
  const auto empty_one = [&](const std::string& name) -> Status {
    const std::string path = fmt::format("{}/{}", folder_, name);
    if (std::ranges::find(left.damaged, name) != left.damaged.end()) {
      DAYBOOK_TRY_VOID(fs_.rename(path, path + std::string(kDamagedJournalSuffix)));
      return fs_.sync_directory(folder_);
    }
    DAYBOOK_TRY(JournalFile file, JournalFile::open(fs_, folder_, name));
    DAYBOOK_TRY_VOID(file.empty(sequence_));
    empty_.push_back(std::move(file));
    return {};
  };
  // A file may be there whose name is not: making it failed at that, and the process went on.
  if (!left.files.empty()) {
    if (const Status synced = fs_.sync_directory(folder_); !synced) return give_up(synced.error());
  }
  for (const std::string& name : left.files) {
    if (const Status emptied = empty_one(name); !emptied) return give_up(emptied.error());
  }
  files_ = empty_.size();
  update_ready();
}

bool Journal::is_ready() {
  if (ready_) return true;
  std::size_t misses = misses_to_file_;
  while (misses > 0 && !misses_to_file_.compare_exchange_weak(misses, misses - 1)) {
  }
  return false;
}

void Journal::update_ready() {
  ready_ = !broken_ && (!empty_.empty() || active_room_bytes_ > 0);
}

void Journal::append(std::span<Append> appends) {
  block_.assign(kJournalBlockHeaderBytes, std::byte{0});
  std::uint32_t entries = 0;
  for (Append& append : appends) {
    append.outcome = add_to_block(append.entry);
    if (append.outcome == Outcome::kDurable) ++entries;
  }
  if (entries == 0) return;
  const auto refuse_all = [&] {
    for (Append& append : appends) append.outcome = Outcome::kRefused;
  };
  JournalFile* const file = file_with_room(block_.size());
  if (file == nullptr) return refuse_all();
  seal_journal_block(block_, entries, sequence_++, file->header());
  if (const Status appended = file->append(block_); !appended) {
    refuse_all();
    return give_up(appended.error());
  }
  const std::lock_guard lock(mutex_);
  for (const Append& append : appends) {
    if (append.outcome == Outcome::kDurable) active_->users.insert(append.user);
  }
  active_room_bytes_ = file->room_bytes();
  update_ready();
}

// kDurable: it is in the block.
Journal::Outcome Journal::add_to_block(const JournalEntry& entry) {
  const std::uint32_t bytes = entry.end.position - entry.position;
  const std::size_t before = block_.size();
  if (bytes > config_.max_range_bytes) return Outcome::kRefused;
  if (before + journal_entry_overhead(entry.partition) + bytes > max_block_bytes_) {
    return before == kJournalBlockHeaderBytes ? Outcome::kRefused : Outcome::kNextBlock;
  }
  encode_journal_entry({entry.partition, entry.topic_id, entry.position, entry.end}, block_);
  const std::size_t batches_at = block_.size();
  block_.resize(batches_at + bytes);
  const MutableBytes batches = MutableBytes(block_).subspan(batches_at);
  const auto read = entry.log->read_at(entry.position, batches);
  if (read && *read == bytes && are_whole(batches, entry.end.offset)) return Outcome::kDurable;
  block_.resize(before);
  return Outcome::kRefused;
}

// The file that the next block goes into; null if there is none. Users may settle from now on in
// the one before it.
JournalFile* Journal::file_with_room(std::size_t block_bytes) {
  const std::lock_guard lock(mutex_);
  if (active_ && active_->file.has_room_for(block_bytes)) return &active_->file;
  if (active_) full_.push_back(*std::exchange(active_, std::nullopt));
  if (!empty_.empty()) {
    active_.emplace(Filled{std::move(empty_.back()), {}});
    empty_.pop_back();
  }
  active_room_bytes_ = active_ ? active_->file.room_bytes() : 0;
  update_ready();
  return active_ ? &active_->file : nullptr;
}

void Journal::give_up(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    update_ready();
  }
  report(Severity::kWarning, "log",
         fmt::format("the journal in {} is not used until the next start, and each partition is "
                     "synced by itself, which is slower: {}",
                     folder_, error.message));
}

bool Journal::wants_settling() const {
  const std::lock_guard lock(mutex_);
  if (!full_.empty()) return true;
  if (broken_ || !empty_.empty() || files_ >= config_.max_files || misses_to_file_ > 0)
    return false;
  return active_room_bytes_ < config_.file_bytes / 2;
}

void Journal::settle() {
  Filled* oldest = nullptr;
  {
    const std::lock_guard lock(mutex_);
    // Appending adds at the other end, which moves nothing.
    if (!full_.empty()) oldest = &full_.front();
  }
  if (oldest == nullptr) return make_file();
  Status emptied;
  const bool settled = oldest->settle(settling_threads_);
  if (settled) emptied = oldest->file.empty(sequence_);
  {
    const std::lock_guard lock(mutex_);
    if (settled && emptied) {
      empty_.push_back(std::move(oldest->file));
    } else {
      stuck_.push_back(std::move(*oldest));
    }
    full_.pop_front();
    update_ready();
  }
  if (!emptied) give_up(emptied.error());
}

bool Journal::Filled::settle(std::size_t threads) {
  const std::vector<std::shared_ptr<JournalUser>> all(users.begin(), users.end());
  std::vector<Status> outcomes(all.size());
  in_parallel(all.size(), threads, [&](std::size_t i) { outcomes[i] = all[i]->settle(); });
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (outcomes[i]) users.erase(all[i]);
  }
  return users.empty();
}

void Journal::make_file() {
  if (!wants_settling()) return;
  const auto make = [&]() -> Result<JournalFile> {
    DAYBOOK_TRY_VOID(fs_.create_folders(folder_));
    // It may be there since an attempt that failed to sync its name.
    DAYBOOK_TRY_VOID(fs_.sync_directory(folder_.substr(0, folder_.rfind('/'))));
    for (std::size_t number = 1;; ++number) {
      const std::string name = journal_file_name(number);
      DAYBOOK_TRY(const bool there, fs_.exists(fmt::format("{}/{}", folder_, name)));
      if (there) continue;
      return JournalFile::create(fs_, folder_, name, config_.file_bytes, sequence_);
    }
  };
  auto made = make();
  const std::lock_guard lock(mutex_);
  if (made) {
    empty_.push_back(*std::move(made));
    ++files_;
  } else {
    misses_to_file_ = kMissesBeforeNextTry;
  }
  update_ready();
}

void Journal::close() {
  ready_ = false;
  const auto empty = [&](Filled& filled) {
    // What stays is completed once more by the next start, which changes nothing.
    if (filled.settle(settling_threads_)) [[maybe_unused]]
      const Status emptied = filled.file.empty(sequence_);
    filled.users.clear();
  };
  if (active_) empty(*active_);
  std::ranges::for_each(full_, empty);
  std::ranges::for_each(stuck_, empty);
}

}  // namespace daybook::log
