// What earlier runs have left of views in a state folder, read without changing anything: a program
// that uses the folder may be running.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace daybook::views {

struct StoredView {
  std::string name;
  int serving = 0;  // the version that answers
  // Of its versions, as life/definition.h writes them; one of an earlier format has none.
  std::vector<std::string> definitions;

  // Whether one of its versions goes on as it is with this definition.
  bool has(const std::string& definition) const;
};

// By name. Views of which no version was made yet are not there. kCorrupt or kIo, naming the file,
// if one cannot be read.
Result<std::vector<StoredView>> stored_views(io::FileSystem& files,
                                             const std::string& state_folder);

}  // namespace daybook::views
