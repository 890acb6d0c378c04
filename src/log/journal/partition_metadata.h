// Apache Kafka's `partition.metadata`: which topic a partition's folder belongs to, so that one of
// the same name that was made later is not taken for it.

#pragma once

#include <string>

#include "base/result.h"
#include "base/uuid.h"
#include "io/file_system.h"

namespace daybook::log {

std::string partition_metadata(const Uuid& topic_id);
// Zero if the folder does not say: Daybook did not make it, or the file is damaged.
Result<Uuid> read_topic_id(io::FileSystem& fs, const std::string& folder);

}  // namespace daybook::log
