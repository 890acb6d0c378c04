// Any bytes as an application file: parsing ends, with an app or with faults.

#include <cstdint>
#include <cstdlib>

#include "app/app_file.h"
#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const daybook::BytesView bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "SET") return "value";
    return std::nullopt;
  };
  const auto app = daybook::app::parse_app_file(daybook::as_text(bytes), "/", environment);
  if (!app && app.error().empty()) std::abort();
  return 0;
}
