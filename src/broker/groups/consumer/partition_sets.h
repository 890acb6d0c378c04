// Partitions of several topics as sets.

#pragma once

#include "broker/groups/index_sets.h"
#include "catalog/records.h"

namespace daybook::broker {

using catalog::PartitionSets;  // by topic id

}  // namespace daybook::broker
