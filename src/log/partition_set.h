// Every partition below one folder, `<folder>/<topic>-<partition>/` as Apache Kafka names them. The
// set owns them; a shared_ptr keeps one alive for whoever is using it while it is being deleted. A
// partition that is corrupt does not stop the others: find() answers its error. They share the
// journal in `<folder>/journal` (docs/formats/journal.md), which is the committer's while the set
// is open.
//
// Threads: any. find() takes a shared lock and does no I/O; the others do, and block.

#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "log/config.h"
#include "log/partition.h"

namespace daybook::log {

struct TopicPartition {
  std::string topic;
  PartitionId partition;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

// `<topic>-<partition>`, and back; nothing if `folder_name` has not that form.
std::string folder_name(std::string_view topic, PartitionId partition);
std::optional<TopicPartition> parse_folder_name(std::string_view folder_name);

struct OpenedPartition {
  TopicPartition name;
  Status status;  // an error: this partition answers it until the set is opened again
  RecoveryReport report;
};

class PartitionSet {
 public:
  // Opens every partition below `folder`, which is made if it is absent; what an earlier remove()
  // left waits for sweep(). Fails only if the folder itself cannot be read. The caller holds the
  // lock of the data folder.
  static Result<std::unique_ptr<PartitionSet>> open(io::FileSystem& fs, io::Clock& clock,
                                                    Committer& committer, std::string folder,
                                                    PartitionConfig defaults, Durability durability,
                                                    const JournalConfig& journal = {},
                                                    std::uint64_t max_scan_bytes = kMaxScanBytes);
  virtual ~PartitionSet() = default;

  // What open() found in the journal that somebody should know: for the log.
  virtual const std::vector<std::string>& journal_notes() const = 0;
  // What open() found, ordered by topic and partition: for the log and for consistency checks.
  virtual const std::vector<OpenedPartition>& opened() const = 0;

  // kNotFound if there is none; kCorrupt or kIo with the reason if it could not be opened.
  virtual Result<std::shared_ptr<Partition>> find(std::string_view topic,
                                                  PartitionId partition) const = 0;
  // The partitions that are there, failed ones included, ordered by topic and partition.
  virtual std::vector<TopicPartition> list() const = 0;

  // Makes empty partitions, durably, and opens them; the answers are in the order of `partitions`.
  // kAlreadyExists. One that could not be made has left no folder. Making one is waiting
  // for several syncs, so several are made at a time.
  virtual std::vector<Result<std::shared_ptr<Partition>>> create(
      std::string_view topic, std::span<const PartitionId> partitions, const Uuid& topic_id,
      const PartitionConfig& config) = 0;
  Result<std::shared_ptr<Partition>> create(std::string_view topic, PartitionId partition,
                                            const Uuid& topic_id, const PartitionConfig& config) {
    return create(topic, std::span(&partition, 1), topic_id, config).front();
  }

  // Closes the partitions and renames their folders to `<name>.<32 hex digits>-delete`, durably:
  // after success a restart does not know them. The bytes go with the next sweep(). The first
  // error, after all were tried; kNotFound.
  virtual Status remove(std::string_view topic, std::span<const PartitionId> partitions) = 0;
  Status remove(std::string_view topic, PartitionId partition) {
    return remove(topic, std::span(&partition, 1));
  }
  // Removes what remove() left behind, until `stop`. May take long; any thread that may block, one
  // at a time.
  virtual Status sweep(const std::atomic<bool>& stop) = 0;

  // Closes every partition. The first error, after all were tried.
  virtual Status close() = 0;
};

}  // namespace daybook::log
