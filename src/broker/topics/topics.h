// All topics of the server. The catalog decides which there are; this class makes the folders
// follow it (docs/formats/catalog.md), at start and when topics come and go, and gives requests
// what they look for.
//
// Creation and deletion run one after the other on a thread of their own, because they wait for the
// disk; looking up takes a shared lock. What deleted topics leave on the disk is removed on another
// one, beside them.
//
// Threads: any, except start() and stop().

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "broker/groups/consumer/topic_shapes.h"
#include "broker/topics/topic.h"
#include "broker/worker.h"
#include "catalog/records.h"
#include "log/partition_set.h"

namespace daybook::io {
class Clock;
}

namespace daybook::broker {

class CommittedOffsets;
class Decisions;
struct Metrics;

struct NewTopic {
  std::string name;
  std::int32_t partitions = 1;
  Config config{};
};

class Topics {
 public:
  using Created = std::move_only_function<void(Result<TopicPtr>)>;
  using Done = std::move_only_function<void(Status)>;
  using Change = std::move_only_function<Result<Config>(const Config& current)>;

  Topics(std::unique_ptr<log::PartitionSet> partitions, Decisions& decisions,
         CommittedOffsets& offsets, io::Clock& clock, Metrics& metrics);

  // Makes the folders follow the catalog's topics: creates what a crash left unmade, goes on with
  // deletions, and reports partitions that cannot be opened. `defaults`: what is set for the node,
  // under the topics' names. Before any other call.
  Status start(const std::vector<catalog::Topic>& topics, Config defaults);

  TopicPtr find(std::string_view name) const;  // null: there is none
  TopicPtr find(const Uuid& id) const;
  std::vector<TopicPtr> all() const;  // ordered by name
  // The same picture until a topic comes, goes or grows.
  TopicShapesPtr shapes() const;

  // What create() would refuse: kInvalid, kAlreadyExists, or kNoSpace for too many partitions.
  Status check(const NewTopic& topic) const;
  // Another topic, whose name is the same but for '.' and '_': metrics take the one for the other,
  // so that both cannot be made. Empty: there is none.
  std::string colliding(std::string_view name) const;
  // On success the topic is durable and can be written. On another thread. Errors as check()'s, and
  // those of the disk.
  void create(NewTopic topic, Created created);
  // Replaces what is set for the topic by what `change` makes of it, durably, and lets it take
  // effect. Changes of a topic are made one after the other. kNotFound; kInvalid; what `change`
  // answers.
  void configure(const Uuid& id, Change change, Done done);
  // What add_partitions() would refuse: kInvalid, or kNoSpace for too many partitions.
  Status check_partitions(const Topic& topic, std::int32_t partitions) const;
  // The topic has so many partitions on success, durably. kNotFound, and those of
  // check_partitions() and the disk.
  void add_partitions(const Uuid& id, std::int32_t partitions, Done done);
  // Runs `decide`, and has what it answers take effect as the defaults of all topics.
  void set_defaults(std::move_only_function<Result<Config>()> decide, Done done);
  // Runs `job` on the thread that changes topics; drops it if the server is stopping.
  void run(std::move_only_function<void()> job);
  // On success the topic is durably gone; its bytes are removed afterwards. kNotFound.
  void remove(const Uuid& id, Done deleted);

  // Finishes what was begun and closes all partitions. The first error.
  Status stop();

 private:
  struct NameHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  Status check_locked(const NewTopic& topic) const;
  std::string colliding_locked(std::string_view name) const;
  Status check_no_stranger(std::string_view topic) const;
  Result<TopicPtr> create_now(NewTopic topic);
  Status remove_now(const Uuid& id);
  Status configure_now(const Uuid& id, Change& change);
  Status add_partitions_now(const Uuid& id, std::int32_t partitions);
  void apply_defaults(Config defaults);
  // On the worker, unless it has been stopped: then `done` is called here.
  void run(std::move_only_function<Status()> job, Done done);
  TopicSettings settings_of(const Config& config) const;
  // Takes the place of the topic that has its id, and configures its partitions.
  void replace(std::shared_ptr<Topic> topic);
  // Opens or makes every partition of `topic`; what fails stays as an error in its place.
  TopicPtr open(const catalog::Topic& topic);
  // Removes the partitions of a topic that is marked as being deleted, then its row.
  Status finish_removal(const catalog::Topic& topic);
  void publish(TopicPtr topic);
  void sweep();
  void report_strangers(const std::vector<catalog::Topic>& topics) const;

  const std::unique_ptr<log::PartitionSet> partitions_;
  Decisions& decisions_;
  CommittedOffsets& offsets_;
  io::Clock& clock_;
  Metrics& metrics_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, TopicPtr, NameHash, std::equal_to<>> by_name_;
  std::unordered_map<Uuid, TopicPtr> by_id_;
  // Names by what metrics make of them. Topics of older folders may collide.
  std::unordered_multimap<std::string, std::string> by_metric_name_;
  mutable TopicShapesPtr shapes_;  // null: to be made when it is asked for
  std::int64_t partition_count_ = 0;
  Config defaults_;                     // of the worker, once started
  std::atomic<bool> stopping_ = false;  // what can be left to the next start is
  Worker sweeper_;
  Worker worker_;
};

}  // namespace daybook::broker
