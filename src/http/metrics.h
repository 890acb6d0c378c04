// What Daybook tells Prometheus.

#pragma once

#include <string>

#include "app/running.h"

namespace daybook::http {

std::string metrics_text(const app::Running& running);

}  // namespace daybook::http
