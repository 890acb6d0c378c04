#include "log/partition_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <variant>

#include "io/file_system.h"
#include "io/open_files.h"
#include "log/committer.h"

namespace daybook::log {
namespace {

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

class DiskPartitionSet final : public PartitionSet {
 public:
  DiskPartitionSet(io::FileSystem& fs, io::Clock& clock, Committer& committer, std::string folder,
                   PartitionConfig defaults, Durability durability)
      : fs_(fs),
        clock_(clock),
        committer_(committer),
        folder_(std::move(folder)),
        defaults_(defaults),
        durability_(durability) {}

  Status open_all();

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
  std::string path(std::string_view name) const { return fmt::format("{}/{}", folder_, name); }

  io::FileSystem& fs_;
  io::Clock& clock_;
  Committer& committer_;
  const std::string folder_;
  const PartitionConfig defaults_;
  const Durability durability_;
  std::vector<OpenedPartition> opened_;

  std::mutex changing_;              // one create or remove at a time
  mutable std::shared_mutex mutex_;  // guards topics_
  std::map<std::string, Topic, std::less<>> topics_;
};

Status DiskPartitionSet::open_all() {
  io::raise_open_file_limit();  // a partition has two open
  DAYBOOK_TRY_VOID(fs_.create_folders(folder_));
  DAYBOOK_TRY(const auto entries, fs_.list(folder_));
  for (const io::Entry& entry : entries) {
    auto name = parse_folder_name(entry.name);
    if (!entry.is_folder || !name) continue;
    OpenedPartition opened{std::move(*name), {}, {}};
    auto partition = Partition::open(fs_, clock_, committer_, path(entry.name), defaults_,
                                     durability_, &opened.report);
    Entry& slot = topics_[opened.name.topic][opened.name.partition];
    if (partition) {
      slot = *std::move(partition);
    } else {
      opened.status = std::unexpected(partition.error());
      slot = std::move(partition).error();
    }
    opened_.push_back(std::move(opened));
  }
  std::ranges::sort(opened_, {}, &OpenedPartition::name);
  return {};
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
  // Closing one is waiting for the disk, so several are closed at a time.
  std::vector<Status> outcomes(partitions.size());
  std::atomic<std::size_t> next = 0;
  const auto close_some = [&] {
    for (std::size_t i = next++; i < partitions.size(); i = next++) {
      outcomes[i] = partitions[i]->close();
    }
  };
  std::vector<std::thread> threads;
  const std::size_t several = std::min(committer_.thread_count(), partitions.size());
  for (std::size_t i = 1; i < several; ++i) threads.emplace_back(close_some);
  close_some();
  for (std::thread& thread : threads) thread.join();
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
                                                         Durability durability) {
  auto set = std::make_unique<DiskPartitionSet>(fs, clock, committer, std::move(folder), defaults,
                                                durability);
  DAYBOOK_TRY_VOID(set->open_all());
  return set;
}

}  // namespace daybook::log
