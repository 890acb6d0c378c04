#include "io/os_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace daybook::io {
namespace {

ErrorCode code_of(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kNoSpace;
    case ENOENT:
      return ErrorCode::kNotFound;
    case EEXIST:
      return ErrorCode::kAlreadyExists;
    default:
      return ErrorCode::kIo;
  }
}

std::string_view advice(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space";
    case EACCES:
    case EPERM:
      return "; check who owns it and its permissions";
    case EMFILE:
      return "; raise the limit of open files (ulimit -n)";
    case EROFS:
      return "; the file system is mounted read-only";
    default:
      return "";
  }
}

}  // namespace

Error os_error(int number, std::string_view attempted, const std::string& path) {
  return {code_of(number), fmt::format("cannot {} {}: {}{}", attempted, path,
                                       std::generic_category().message(number), advice(number))};
}

}  // namespace daybook::io
