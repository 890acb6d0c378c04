// Changes of names on the real disk that FileSystem has not: a second name of a file, and two names
// that change places in one step, so that whoever lists a folder sees it before or after. For files
// that a library writes itself, for which no other file system can stand in.
//
// Durable after FileSystem::sync_directory() of the folders. Threads: any.

#pragma once

#include <string>

#include "base/result.h"

namespace daybook::io {

// kAlreadyExists if `name` is there.
Status add_name(const std::string& existing, const std::string& name);

// Both are there before and after, files or folders. kUnsupported where the file system cannot.
Status exchange_names(const std::string& one, const std::string& other);

}  // namespace daybook::io
