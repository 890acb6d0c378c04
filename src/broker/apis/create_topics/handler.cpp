// CreateTopics: answered when the topics are durable and can be written. Each topic succeeds or
// fails alone.

#include "wire/apis/topics/create_topics.h"

#include <memory>
#include <set>

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/limits.h"
#include "broker/pending_answer.h"
#include "broker/settings/broker_settings.h"
#include "broker/settings/config_text.h"
#include "broker/topics/replicas.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::CreateTopicsRequest;
using Response = wire::CreateTopicsResponse;

constexpr std::int32_t kServersDefault = -1;

void refuse(Response::Topic& answer, KafkaError code, std::string message) {
  answer.error_code = code;
  answer.error_message = std::move(message);
}

void refuse(const Core& core, Response::Topic& answer, const NewTopic& topic, const Error& error) {
  KafkaError code = KafkaError::kKafkaStorageError;
  if (error.code == ErrorCode::kAlreadyExists) {
    code = KafkaError::kTopicAlreadyExists;
  } else if (error.code == ErrorCode::kCancelled) {
    code = KafkaError::kCoordinatorNotAvailable;
  } else if (error.code == ErrorCode::kInvalid &&
             (!check_topic_name(topic.name) || !core.topics.colliding(topic.name).empty())) {
    code = KafkaError::kInvalidTopicException;
  } else if (error.code == ErrorCode::kInvalid && !check_topic_config(topic.config)) {
    code = KafkaError::kInvalidConfig;
  } else if (error.code == ErrorCode::kInvalid) {
    code = KafkaError::kInvalidPartitions;
  } else if (error.code == ErrorCode::kNoSpace) {
    code = KafkaError::kPolicyViolation;
  }
  if (code == KafkaError::kKafkaStorageError) report(Severity::kError, "broker", error.message);
  refuse(answer, code, error.message);
}

void describe(const Core& core, Response::Topic& answer, const NewTopic& topic, const Uuid& id) {
  answer.topic_id = id;
  answer.num_partitions = topic.partitions;
  answer.replication_factor = 1;
  answer.configs.emplace();
  for (const ConfigDefinition& definition : topic_config_definitions()) {
    Response::Config& config = answer.configs->emplace_back();
    config.name = definition.name;
    BrokerSettings::Value value{std::string(definition.default_value), ConfigSource::kDefault};
    const auto set = topic.config.find(config.name);
    const auto nodes = core.broker_settings.values(broker_name_of(definition.name));
    if (set != topic.config.end()) {
      value = {set->second, ConfigSource::kTopic};
    } else if (!nodes.empty()) {
      value = nodes.front();
    }
    config.value = std::move(value.value);
    config.config_source = static_cast<std::int8_t>(value.source);
  }
}

// Partitions and their replicas, as the request assigns them.
bool read_assignments(const Request::Topic& asked, NewTopic& topic, Response::Topic& answer) {
  if (asked.num_partitions != kServersDefault || asked.replication_factor != kServersDefault) {
    refuse(
        answer, KafkaError::kInvalidRequest,
        "with assigned replicas, the number of partitions and the replication factor must be -1");
    return false;
  }
  std::set<PartitionId> seen;
  for (const auto& each : asked.assignments) {
    const auto fault = replicas_fault(each.broker_ids);
    const bool in_order =
        each.partition_index.value >= 0 &&
        static_cast<std::size_t>(each.partition_index.value) < asked.assignments.size() &&
        seen.insert(each.partition_index).second;
    if (!fault && in_order) continue;
    refuse(answer, KafkaError::kInvalidReplicaAssignment,
           fault.value_or("the assigned partitions must be numbered from 0, without a gap"));
    return false;
  }
  topic.partitions = static_cast<std::int32_t>(asked.assignments.size());
  return true;
}

// What the request says, or false with the refusal in `answer`.
bool read_topic(const Core& core, Request::Topic& asked, NewTopic& topic, Response::Topic& answer) {
  topic.name = asked.name;
  topic.partitions = asked.num_partitions == kServersDefault
                         ? core.broker_settings.default_partitions()
                         : asked.num_partitions;
  for (auto& config : asked.configs) {
    if (!config.value) {
      refuse(answer, KafkaError::kInvalidConfig, "configuration " + config.name + " has no value");
      return false;
    }
    topic.config[config.name] = std::move(*config.value);
  }
  if (!asked.assignments.empty()) return read_assignments(asked, topic, answer);
  if (asked.replication_factor != kServersDefault && asked.replication_factor != 1) {
    refuse(answer, KafkaError::kInvalidReplicationFactor,
           "replication factor " + std::to_string(asked.replication_factor) +
               " is not possible: there is one node; ask for 1, or -1 for the default");
    return false;
  }
  return true;
}

using Pending = PendingAnswer<Response>;

void create(Core& core, const std::shared_ptr<Pending>& pending, NewTopic topic, std::size_t at) {
  pending->begin_one();
  core.topics.create(topic, [&core, pending, topic, at](Result<TopicPtr> created) {
    Response::Topic& answer = pending->response.topics[at];
    if (created) {
      describe(core, answer, topic, (*created)->id);
    } else {
      refuse(core, answer, topic, created.error());
    }
    pending->finish_one();
  });
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  if (request.topics.size() > kMaxTopicsPerRequest) {
    reply.refuse("a request to create " + std::to_string(request.topics.size()) +
                 " topics; at most " + std::to_string(kMaxTopicsPerRequest) + " are taken at once");
    return;
  }
  std::multiset<std::string> names;
  for (const auto& asked : request.topics) names.insert(asked.name);
  const auto pending = std::make_shared<Pending>(std::move(reply));
  // Sized first: answers arrive from another thread while the rest is being asked for.
  pending->response.topics.resize(request.topics.size());
  for (std::size_t i = 0; i < request.topics.size(); ++i) {
    Response::Topic& answer = pending->response.topics[i];
    answer.name = request.topics[i].name;
    NewTopic topic;
    if (names.count(answer.name) > 1) {
      refuse(answer, KafkaError::kInvalidRequest, "the request names this topic more than once");
    } else if (read_topic(core, request.topics[i], topic, answer)) {
      const Status possible = core.topics.check(topic);
      if (!possible) {
        refuse(core, answer, topic, possible.error());
      } else if (request.validate_only) {
        describe(core, answer, topic, Uuid{});
      } else {
        create(core, pending, std::move(topic), i);
      }
    }
  }
  pending->finish_one();
}

}  // namespace

ApiHandler create_topics() {
  return handler_of<wire::CreateTopicsApi, handle>();
}

}  // namespace daybook::broker::apis
