// What a consumer group knows of the topics: a picture of all of them at one moment. Who gets the
// same picture again knows that no topic has come, gone or grown.
//
// Threads: any; a picture does not change.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/uuid.h"

namespace daybook::broker {

struct TopicShape {
  Uuid id;
  std::int32_t partitions = 0;
  friend bool operator==(const TopicShape&, const TopicShape&) = default;
};

using TopicShapes = std::map<std::string, TopicShape, std::less<>>;  // by name
using TopicShapesPtr = std::shared_ptr<const TopicShapes>;

}  // namespace daybook::broker
