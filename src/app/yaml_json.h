// A YAML value as the JSON that a reader expects it to be. Private to the room.

#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "app/environment.h"
#include "base/result.h"

namespace daybook::app {

// Mappings become objects, in their order; a scalar without quotes that is a JSON number, true,
// false or null is that, any other scalar is text, with its variables replaced. kInvalid if a
// variable is not set, or it is nested too deeply.
Result<std::string> yaml_to_json(const YAML::Node& node, const Environment& environment);

}  // namespace daybook::app
