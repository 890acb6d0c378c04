#include "cli/setting.h"

namespace daybook::cli {

std::string setting_fault(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) return "";
  return "\"" + text + "\" must be NAME=VALUE, such as retention.ms=86400000";
}

std::map<std::string, std::string> settings_of(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> settings;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    settings[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return settings;
}

}  // namespace daybook::cli
