#include "log/disk_partition.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/file_names.h"
#include "log/journal/partition_metadata.h"

namespace daybook::log {

Result<std::shared_ptr<Partition>> Partition::open(io::FileSystem& fs, io::Clock& clock,
                                                   Committer& committer, std::string folder,
                                                   PartitionConfig config, Durability durability,
                                                   RecoveryReport* report) {
  RecoveryReport own;
  return DiskPartition::open_in_set(fs, clock, committer, std::move(folder), config, durability, {},
                                    report ? *report : own);
}

Result<std::shared_ptr<Partition>> DiskPartition::open_in_set(
    io::FileSystem& fs, io::Clock& clock, Committer& committer, std::string folder,
    const PartitionConfig& config, Durability durability, const OfSet& set,
    RecoveryReport& report) {
  report = {};
  DAYBOOK_TRY(RecoveredLog log, recover_log(fs, clock, folder, config, set.journaled, report));
  if (log.noted != log.end) {
    // On a full disk the note stays as it was: older than the truth, which it may be.
    const Status noted = note_durable_end(fs, folder, log.end);
    if (!noted && noted.error().code != ErrorCode::kNoSpace) return std::unexpected(noted.error());
    if (!log.noted) DAYBOOK_TRY_VOID(fs.sync_directory(folder));
  }
  return std::make_shared<DiskPartition>(fs, clock, committer, std::move(folder), config,
                                         durability, std::move(log), set.scans);
}

Status Partition::create(io::FileSystem& fs, const std::string& folder, const Uuid& topic_id) {
  DAYBOOK_TRY_VOID(fs.create_folders(folder));
  DAYBOOK_TRY(const auto segment, ActiveSegment::create(fs, folder, Offset{0}));
  const auto write = [&](std::string_view name, BytesView content) -> Status {
    DAYBOOK_TRY(const auto file,
                fs.open(fmt::format("{}/{}", folder, name), io::OpenMode::kOpenOrCreate));
    DAYBOOK_TRY_VOID(file->write_at(0, content));
    return file->sync();
  };
  DAYBOOK_TRY_VOID(write(kMetadataName, as_bytes(partition_metadata(topic_id))));
  // Kafka's: version, number of epochs, and each with its start.
  DAYBOOK_TRY_VOID(write(kLeaderEpochName, as_bytes("0\n1\n0 0\n")));
  return write_checkpoint(fs, folder, Offset{0}, ProducerTable().snapshot());
}

DiskPartition::DiskPartition(io::FileSystem& fs, io::Clock& clock, Committer& committer,
                             std::string folder, const PartitionConfig& config,
                             Durability durability, RecoveredLog recovered,
                             std::shared_ptr<ScanBudget> scans)
    : fs_(fs),
      clock_(clock),
      committer_(committer),
      folder_(std::move(folder)),
      default_durability_(durability),
      durability_(config.durability.value_or(durability)),
      leader_epoch_(config.leader_epoch),
      config_(config),
      producers_(std::move(recovered.producers)),
      since_checkpoint_(std::move(scans)),
      checkpoint_(recovered.checkpoint),
      front_(recovered.front),
      log_start_(recovered.front.log_start),
      segments_(std::move(recovered.segments)),
      with_aborted_(std::move(recovered.with_aborted)),
      active_(std::move(recovered.active)),
      written_(recovered.end),
      durable_(recovered.end),
      synced_(recovered.end) {
  since_checkpoint_.add(recovered.unscanned_bytes);
  for (const ProducerState& open : producers_.states(true)) undecided_.begin(*open.transaction);
}

Offset DiskPartition::log_start() const {
  const std::lock_guard lock(mutex_);
  return log_start_;
}

Offset DiskPartition::high_watermark() const {
  const std::lock_guard lock(mutex_);
  return readable().offset;
}

Offset DiskPartition::last_stable() const {
  const Offset end = readable().offset;
  // A transaction may have begun with records that were deleted since.
  return std::max(log_start_, std::min(end, undecided_.first().value_or(end)));
}

Offset DiskPartition::readable_end(Isolation isolation) const {
  return isolation == Isolation::kCommitted ? last_stable() : readable().offset;
}

Offset DiskPartition::last_stable_offset() const {
  const std::lock_guard lock(mutex_);
  return last_stable();
}

std::vector<ProducerState> DiskPartition::producer_states(bool only_open) const {
  const std::lock_guard appending(append_mutex_);
  return producers_.states(only_open);
}

Offset DiskPartition::log_end() const {
  const std::lock_guard lock(mutex_);
  return written_.offset;
}

Status DiskPartition::health() const {
  const std::lock_guard lock(mutex_);
  if (stopped_) return std::unexpected(*stopped_);
  if (closed_) return std::unexpected(closed_error());
  return {};
}

void DiskPartition::configure(const PartitionConfig& config) {
  const std::lock_guard appending(append_mutex_);
  config_ = config;
  const Durability wanted = config.durability.value_or(default_durability_);
  if (wanted == durability_) return;
  // What could be read stays readable: it becomes durable before durable is what counts. If it
  // cannot, the partition has stopped.
  if (wanted == Durability::kFsync && !sync_written()) return;
  Callbacks callbacks;
  {
    const std::lock_guard lock(mutex_);
    durability_ = wanted;
    callbacks = take_ready();
  }
  callbacks.call();
}

Error DiskPartition::closed_error() const {
  return {ErrorCode::kUnavailable, fmt::format("the partition in {} is closed", folder_)};
}

}  // namespace daybook::log
