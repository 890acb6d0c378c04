#include "io/names.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "io/os_error.h"

namespace daybook::io {

Status add_name(const std::string& existing, const std::string& name) {
  if (::link(existing.c_str(), name.c_str()) == 0) return {};
  return std::unexpected(os_error(errno, "give " + existing + " the name", name));
}

Status exchange_names(const std::string& one, const std::string& other) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) return {};
  auto error = os_error(errno, "exchange " + one + " with", other);
  if (errno == EINVAL || errno == ENOSYS) error.code = ErrorCode::kUnsupported;
  return std::unexpected(std::move(error));
}

}  // namespace daybook::io
