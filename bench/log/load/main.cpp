// The load generator of bench/log: `log_load MODE name=value...` (settings.h has the names).

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "modes.h"

int main(int argc, char** argv) {
  using namespace daybook::bench;
  const std::map<std::string_view, void (*)(const Settings&)> modes{
      {"create", create_topic},   {"delete", delete_topic}, {"produce", produce},
      {"consume", consume},       {"latency", latency},     {"synced-appends", synced_appends},
      {"bare-syncs", bare_syncs}, {"bare-send", bare_send}, {"bare-receive", bare_receive}};
  const auto mode = modes.find(argc > 1 ? argv[1] : "");
  if (mode == modes.end()) give_up("the first argument is a mode: see modes.h");
  mode->second(parse_settings(argc - 2, argv + 2));
  return 0;
}
