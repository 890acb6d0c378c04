#include "log/partition_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <variant>

#include "io/file_system.h"
#include "io/open_files.h"
#include "log/committer.h"
#include "log/disk_partition.h"
#include "log/in_parallel.h"
#include "log/journal/journal.h"
#include "log/journal/journal_contents.h"
#include "log/recovery/scan_budget.h"

namespace daybook::log {
namespace {

constexpr std::string_view kJournalFolder = "journal";
constexpr std::string_view kDeletedSuffix = "-delete";
constexpr std::string_view kUnfinishedSuffix = ".unfinished";
constexpr std::size_t kMaxNameBytes = 255;  // of a folder, for every file system in use
// Who syncs many files waits for the disk, which does many at once almost as fast as one.
constexpr std::size_t kWaitingThreads = 32;

using PartitionPtr = std::shared_ptr<Partition>;
using Entry = std::variant<PartitionPtr, Error>;
using Topic = std::map<PartitionId, Entry>;

constexpr std::size_t kIdDigits = 32;

std::string random_id() {
  std::string digits;
  const Uuid id = random_uuid();
  for (const std::byte byte : id.bytes)
    digits += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return digits;
}

// Whether `name` is `<front><32 hex digits><suffix>`, with a front that ends like `front_end`.
bool has_id_before(std::string_view name, std::string_view front_end, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  if (name.size() < kIdDigits) return false;
  const std::string_view id = name.substr(name.size() - kIdDigits);
  name.remove_suffix(kIdDigits);
  return name.ends_with(front_end) &&
         id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// `<topic>-<partition>.<32 hex digits>-delete`, with the topic cut short if the name is too long.
std::string deleted_name(std::string_view name) {
  const std::string tail = fmt::format(".{}{}", random_id(), kDeletedSuffix);
  return std::string(name.substr(0, kMaxNameBytes - tail.size())) + tail;
}

bool is_deleted_name(std::string_view name) {
  return has_id_before(name, ".", kDeletedSuffix);
}

// `<32 hex digits>.unfinished`: a partition's folder while it is made.
std::string unfinished_name() {
  return random_id().append(kUnfinishedSuffix);
}

bool is_unfinished_name(std::string_view name) {
  return name.size() == kIdDigits + kUnfinishedSuffix.size() &&
         has_id_before(name, "", kUnfinishedSuffix);
}

class DiskPartitionSet final : public PartitionSet {
 public:
  DiskPartitionSet(io::FileSystem& fs, io::Clock& clock, Committer& committer, std::string folder,
                   PartitionConfig defaults, Durability durability,
                   const JournalConfig& journal_config, std::uint64_t max_scan_bytes)
      : fs_(fs),
        clock_(clock),
        committer_(committer),
        folder_(std::move(folder)),
        defaults_(defaults),
        durability_(durability),
        journal_config_(journal_config),
        scans_(std::make_shared<ScanBudget>(max_scan_bytes)) {}
  ~DiskPartitionSet() override { release_journal(); }
  DiskPartitionSet(const DiskPartitionSet&) = delete;
  DiskPartitionSet& operator=(const DiskPartitionSet&) = delete;

  Status open_all();

  const std::vector<std::string>& journal_notes() const override { return journal_notes_; }

  const std::vector<OpenedPartition>& opened() const override { return opened_; }
  Result<PartitionPtr> find(std::string_view topic, PartitionId partition) const override;
  std::vector<TopicPartition> list() const override;
  std::vector<Result<PartitionPtr>> create(std::string_view topic,
                                           std::span<const PartitionId> partitions,
                                           const Uuid& topic_id,
                                           const PartitionConfig& config) override;
  Status remove(std::string_view topic, std::span<const PartitionId> partitions) override;
  Status sweep(const std::atomic<bool>& stop) override;
  Status close() override;

 private:
  Result<PartitionPtr> create_one(std::string_view topic, PartitionId partition,
                                  const Uuid& topic_id, const PartitionConfig& config);
  Status make_folder(const std::string& folder, const Uuid& topic_id);
  Status close_and_rename(std::string_view topic, PartitionId partition);
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
  const std::shared_ptr<ScanBudget> scans_;
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
    if (!entry.is_folder) continue;
    if (is_unfinished_name(entry.name)) DAYBOOK_TRY_VOID(fs_.remove_folder(path(entry.name)));
    if (auto name = parse_folder_name(entry.name)) names.push_back(*std::move(name));
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
  auto partition = DiskPartition::open_in_set(fs_, clock_, committer_, path(folder), defaults_,
                                              durability_, {ranges, scans_}, opened.report);
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
  // Who commits on the calling thread wants everything there.
  const std::size_t settling = committer_.thread_count() == 0 ? 1 : kWaitingThreads;
  journal_ = std::make_unique<Journal>(fs_, path(kJournalFolder), journal_config_, left, settling);
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

std::vector<Result<PartitionPtr>> DiskPartitionSet::create(std::string_view topic,
                                                           std::span<const PartitionId> partitions,
                                                           const Uuid& topic_id,
                                                           const PartitionConfig& config) {
  const std::lock_guard changing(changing_);
  std::vector<Result<PartitionPtr>> made(partitions.size());
  in_parallel(partitions.size(), kWaitingThreads,
              [&](std::size_t i) { made[i] = create_one(topic, partitions[i], topic_id, config); });
  const std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (made[i]) topics_[std::string(topic)][partitions[i]] = *made[i];
  }
  return made;
}

Result<PartitionPtr> DiskPartitionSet::create_one(std::string_view topic, PartitionId partition,
                                                  const Uuid& topic_id,
                                                  const PartitionConfig& config) {
  const std::string name = folder_name(topic, partition);
  const auto there = find(topic, partition);
  if (there || there.error().code != ErrorCode::kNotFound) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("cannot make the partition {}: it exists in {}", name, folder_));
  }
  DAYBOOK_TRY(const bool stranger, fs_.exists(path(name)));
  if (stranger) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("cannot make the partition {}: a folder of that name has come to {} "
                            "since the start; move it away",
                            name, folder_));
  }
  DAYBOOK_TRY_VOID(make_folder(path(name), topic_id));
  RecoveryReport report;
  return DiskPartition::open_in_set(fs_, clock_, committer_, path(name), config, durability_,
                                    {{}, scans_}, report);
}

// The folder has its name when it is whole, so that nobody finds a part of it, which would not know
// its topic and be given what the journal has of an earlier one.
Status DiskPartitionSet::make_folder(const std::string& folder, const Uuid& topic_id) {
  const std::string unfinished = path(unfinished_name());
  Status made = Partition::create(fs_, unfinished, topic_id);
  if (made) made = fs_.rename(unfinished, folder);
  if (!made) {
    [[maybe_unused]] const Status removed = fs_.remove_folder(unfinished);
    return made;
  }
  made = fs_.sync_directory(folder_);
  if (!made) [[maybe_unused]]
    const Status removed = fs_.remove_folder(folder);
  return made;
}

Status DiskPartitionSet::remove(std::string_view topic, std::span<const PartitionId> partitions) {
  const std::lock_guard changing(changing_);
  std::vector<Status> outcomes(partitions.size());
  in_parallel(partitions.size(), kWaitingThreads,
              [&](std::size_t i) { outcomes[i] = close_and_rename(topic, partitions[i]); });
  DAYBOOK_TRY_VOID(fs_.sync_directory(folder_));
  Status first;
  const std::unique_lock lock(mutex_);
  const auto found = topics_.find(topic);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (outcomes[i]) {
      found->second.erase(partitions[i]);
    } else if (first) {
      first = outcomes[i];
    }
  }
  if (found != topics_.end() && found->second.empty()) topics_.erase(found);
  return first;
}

Status DiskPartitionSet::close_and_rename(std::string_view topic, PartitionId partition) {
  const auto there = find(topic, partition);
  if (!there && there.error().code == ErrorCode::kNotFound) return std::unexpected(there.error());
  // What cannot be made durable any more does not matter: it is going away.
  if (there) [[maybe_unused]]
    const Status closed = (*there)->close();
  const std::string name = folder_name(topic, partition);
  return fs_.rename(path(name), path(deleted_name(name)));
}

Status DiskPartitionSet::sweep(const std::atomic<bool>& stop) {
  DAYBOOK_TRY(const auto entries, fs_.list(folder_));
  for (const io::Entry& entry : entries) {
    if (stop) return {};
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
                                                         const JournalConfig& journal,
                                                         std::uint64_t max_scan_bytes) {
  auto set = std::make_unique<DiskPartitionSet>(fs, clock, committer, std::move(folder), defaults,
                                                durability, journal, max_scan_bytes);
  DAYBOOK_TRY_VOID(set->open_all());
  return set;
}

}  // namespace daybook::log
