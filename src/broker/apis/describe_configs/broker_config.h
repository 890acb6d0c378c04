// The configuration of this node that cannot be changed while it runs, under Kafka's names: what
// command-line tools, consoles and stream processors ask a broker for. Every value is one that
// holds here. What can be changed is in broker/settings/.

#pragma once

#include <string>
#include <vector>

#include "broker/core.h"
#include "broker/topics/topic_config.h"

namespace daybook::broker::apis {

struct BrokerConfig {
  std::string name;
  std::string value;
  ConfigType type;
};

std::vector<BrokerConfig> broker_configs(const Core& core, const Endpoint& advertised);

}  // namespace daybook::broker::apis
