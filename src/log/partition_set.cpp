#include "log/partition_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <variant>

#include "io/file_system.h"
#include "io/open_files.h"
#include "log/committer.h"
#include "log/disk_partition.h"
#include "log/journal/journal.h"
#include "log/journal/journal_contents.h"

namespace daybook::log {
namespace {

constexpr std::string_view kJournalFolder = "journal";
constexpr std::string_view kDeletedSuffix = "-delete";
constexpr std::size_t kMaxNameBytes = 255;  // of a folder, for every file system in use

using PartitionPtr = std::shared_ptr<Partition>;
using Entry = std::variant<PartitionPtr, Error>;
using Topic = std::map<PartitionId, Entry>;

// `<topic>-<partition>.<32 hex digits>-delete`, with the topic cut short if the name is too long.
std::string deleted_name(std::string_view name) {
  std::string tail = ".";
  const Uuid id = random_uuid();
  for (const std::byte byte : id.bytes) tail += fmt::format("{:02x}", static_cast<unsigned>(byte));
  tail += kDeletedSuffix;
  return std::string(name.substr(0, kMaxNameBytes - tail.size())) + tail;
}

bool is_deleted_name(std::string_view name) {
  constexpr std::size_t kIdDigits = 32;
  if (!name.ends_with(kDeletedSuffix)) return false;
  name.remove_suffix(kDeletedSuffix.size());
  const auto dot = name.rfind('.');
  return dot != std::string_view::npos && name.size() - dot - 1 == kIdDigits &&
         name.find_first_not_of("0123456789abcdef", dot + 1) == std::string_view::npos;
}

// Calls each(0) to each(count - 1), on several threads and on this one.
void in_parallel(std::size_t count, std::size_t several,
                 const std::function<void(std::size_t)>& each) {
  std::atomic<std::size_t> next = 0;
  const auto some = [&] {
    for (std::size_t i = next++; i < count; i = next++) each(i);
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(several, count); ++i) threads.emplace_back(some);
  some();
  for (std::thread& thread : threads) thread.join();
}

class DiskPartitionSet final : public PartitionSet {
 public:
  DiskPartitionSet(io::FileSystem& fs, io::Clock& clock, Committer& committer, std::string folder,
                   PartitionConfig defaults, Durability durability,
                   const JournalConfig& journal_config)
      : fs_(fs),
        clock_(clock),
        committer_(committer),
        folder_(std::move(folder)),
        defaults_(defaults),
        durability_(durability),
        journal_config_(journal_config) {}
  ~DiskPartitionSet() override { release_journal(); }
  DiskPartitionSet(const DiskPartitionSet&) = delete;
  DiskPartitionSet& operator=(const DiskPartitionSet&) = delete;

  Status open_all();

  const std::vector<std::string>& journal_notes() const override { return journal_notes_; }

  const std::vector<OpenedPartition>& opened() const override { return opened_; }
  Result<PartitionPtr> find(std::string_view topic, PartitionId partition) const override;
  std::vector<TopicPartition> list() const override;
  Result<PartitionPtr> create(std::string_view topic, PartitionId partition, const Uuid& topic_id,
                              PartitionConfig config) override;
  Status remove(std::string_view topic, PartitionId partition) override;
  Status sweep() override;
  Status close() override;

 private:
  Result<PartitionPtr> make(const std::string& name, const Uuid& topic_id,
                            const PartitionConfig& config);
  OpenedPartition open_one(const TopicPartition& name, const JournalContents& journal,
                           std::optional<Entry>& slot);
  void use_journal(const JournalContents& left);
  void release_journal();
  std::string path(std::string_view name) const { return fmt::format("{}/{}", folder_, name); }

  io::FileSystem& fs_;
  io::Clock& clock_;
  Committer& committer_;
  const std::string folder_;
  const PartitionConfig defaults_;
  const Durability durability_;
  const JournalConfig journal_config_;
  std::vector<std::string> journal_notes_;
  std::vector<OpenedPartition> opened_;
  std::unique_ptr<Journal> journal_;

  std::mutex changing_;              // one create or remove at a time
  mutable std::shared_mutex mutex_;  // guards topics_
  std::map<std::string, Topic, std::less<>> topics_;
};

Status DiskPartitionSet::open_all() {
  io::raise_open_file_limit();  // a partition has two open
  DAYBOOK_TRY_VOID(fs_.create_folders(folder_));
  DAYBOOK_TRY(const auto entries, fs_.list(folder_));
  DAYBOOK_TRY(const JournalContents journal, read_journal(fs_, path(kJournalFolder)));
  journal_notes_ = journal.notes;
  std::vector<TopicPartition> names;
  for (const io::Entry& entry : entries) {
    auto name = parse_folder_name(entry.name);
    if (entry.is_folder && name) names.push_back(*std::move(name));
  }
  std::ranges::sort(names);
  opened_.resize(names.size());
  std::vector<std::optional<Entry>> slots(names.size());
  // Opening one is waiting for the disk, and after a crash it is scanning.
  in_parallel(names.size(), committer_.thread_count(),
              [&](std::size_t i) { opened_[i] = open_one(names[i], journal, slots[i]); });
  for (std::size_t i = 0; i < names.size(); ++i) {
    topics_[names[i].topic].emplace(names[i].partition, *std::move(slots[i]));
  }
  use_journal(journal);
  return {};
}

OpenedPartition DiskPartitionSet::open_one(const TopicPartition& name,
                                           const JournalContents& journal,
                                           std::optional<Entry>& slot) {
  OpenedPartition opened{name, {}, {}};
  const std::string folder = folder_name(name.topic, name.partition);
  const auto journaled = journal.partitions.find(folder);
  const std::span<const JournaledRange> ranges =
      journaled == journal.partitions.end() ? std::span<const JournaledRange>() : journaled->second;
  auto partition = DiskPartition::open_journaled(fs_, clock_, committer_, path(folder), defaults_,
                                                 durability_, ranges, opened.report);
  if (partition) {
    slot = *std::move(partition);
  } else {
    opened.status = std::unexpected(partition.error());
    slot = std::move(partition).error();
  }
  return opened;
}

void DiskPartitionSet::use_journal(const JournalContents& left) {
  for (const OpenedPartition& partition : opened_) {
    const std::string name = folder_name(partition.name.topic, partition.name.partition);
    if (partition.status || !left.partitions.contains(name)) continue;
    journal_notes_.push_back(
        fmt::format("the journal in {} is kept as it is for the partition {}, which did not open: "
                    "until it does, or its folder is moved away, each partition is synced by "
                    "itself, which is slower",
                    path(kJournalFolder), name));
    return;
  }
  journal_ = std::make_unique<Journal>(fs_, path(kJournalFolder), journal_config_, left);
  committer_.use(journal_.get());
}

void DiskPartitionSet::release_journal() {
  if (!journal_) return;
  committer_.use(nullptr);
  journal_.reset();
}

Result<PartitionPtr> DiskPartitionSet::find(std::string_view topic, PartitionId partition) const {
  const std::shared_lock lock(mutex_);
  if (const auto found = topics_.find(topic); found != topics_.end()) {
    if (const auto entry = found->second.find(partition); entry != found->second.end()) {
      if (const auto* error = std::get_if<Error>(&entry->second)) return std::unexpected(*error);
      return std::get<PartitionPtr>(entry->second);
    }
  }
  return fail(ErrorCode::kNotFound, fmt::format("there is no partition {} in {}",
                                                folder_name(topic, partition), folder_));
}

std::vector<TopicPartition> DiskPartitionSet::list() const {
  const std::shared_lock lock(mutex_);
  std::vector<TopicPartition> names;
  for (const auto& [topic, partitions] : topics_) {
    for (const auto& [partition, entry] : partitions) names.push_back({topic, partition});
  }
  return names;
}

Result<PartitionPtr> DiskPartitionSet::create(std::string_view topic, PartitionId partition,
                                              const Uuid& topic_id, PartitionConfig config) {
  const std::lock_guard changing(changing_);
  const std::string name = folder_name(topic, partition);
  const auto there = find(topic, partition);
  if (there || there.error().code != ErrorCode::kNotFound) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("cannot make the partition {}: it exists in {}", name, folder_));
  }
  DAYBOOK_TRY(const bool was_there, fs_.exists(path(name)));
  auto made = make(name, topic_id, config);
  if (!made) {
    // Half a partition would be a stranger to the next start.
    if (!was_there && fs_.remove_folder(path(name))) {
      [[maybe_unused]] const Status synced = fs_.sync_directory(folder_);
    }
    return made;
  }
  const std::unique_lock lock(mutex_);
  topics_[std::string(topic)][partition] = *made;
  return made;
}

Result<PartitionPtr> DiskPartitionSet::make(const std::string& name, const Uuid& topic_id,
                                            const PartitionConfig& config) {
  DAYBOOK_TRY_VOID(Partition::create(fs_, path(name), topic_id));
  return Partition::open(fs_, clock_, committer_, path(name), config, durability_);
}

Status DiskPartitionSet::remove(std::string_view topic, PartitionId partition) {
  const std::lock_guard changing(changing_);
  const auto there = find(topic, partition);
  if (!there && there.error().code == ErrorCode::kNotFound) return std::unexpected(there.error());
  // What cannot be made durable any more does not matter: it is going away.
  if (there) [[maybe_unused]]
    const Status closed = (*there)->close();
  const std::string name = folder_name(topic, partition);
  DAYBOOK_TRY_VOID(fs_.rename(path(name), path(deleted_name(name))));
  DAYBOOK_TRY_VOID(fs_.sync_directory(folder_));
  const std::unique_lock lock(mutex_);
  const auto found = topics_.find(topic);
  found->second.erase(partition);
  if (found->second.empty()) topics_.erase(found);
  return {};
}

Status DiskPartitionSet::sweep() {
  DAYBOOK_TRY(const auto entries, fs_.list(folder_));
  for (const io::Entry& entry : entries) {
    if (!entry.is_folder || !is_deleted_name(entry.name)) continue;
    DAYBOOK_TRY_VOID(fs_.remove_folder(path(entry.name)));
  }
  return {};
}

Status DiskPartitionSet::close() {
  std::vector<PartitionPtr> partitions;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [topic, entries] : topics_) {
      for (const auto& [partition, entry] : entries) {
        if (const auto* open = std::get_if<PartitionPtr>(&entry)) partitions.push_back(*open);
      }
    }
  }
  std::vector<Status> outcomes(partitions.size());
  // Closing one is waiting for the disk, so several are closed at a time.
  in_parallel(partitions.size(), committer_.thread_count(),
              [&](std::size_t i) { outcomes[i] = partitions[i]->close(); });
  if (journal_) {
    committer_.use(nullptr);
    journal_->close();
    journal_.reset();
  }
  for (Status& outcome : outcomes) {
    if (!outcome) return std::move(outcome);
  }
  return {};
}

}  // namespace

std::string folder_name(std::string_view topic, PartitionId partition) {
  return fmt::format("{}-{}", topic, partition.value);
}

std::optional<TopicPartition> parse_folder_name(std::string_view folder_name) {
  const auto dash = folder_name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const std::string_view number = folder_name.substr(dash + 1);
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || value < 0) {
    return std::nullopt;
  }
  // "t-01" and "t-1" would be the same partition.
  if (number != std::to_string(value)) return std::nullopt;
  return TopicPartition{std::string(folder_name.substr(0, dash)), PartitionId{value}};
}

Result<std::unique_ptr<PartitionSet>> PartitionSet::open(io::FileSystem& fs, io::Clock& clock,
                                                         Committer& committer, std::string folder,
                                                         PartitionConfig defaults,
                                                         Durability durability,
                                                         const JournalConfig& journal) {
  auto set = std::make_unique<DiskPartitionSet>(fs, clock, committer, std::move(folder), defaults,
                                                durability, journal);
  DAYBOOK_TRY_VOID(set->open_all());
  return set;
}

}  // namespace daybook::log
