// Which versions a view has and what each is for, durably: the file versions.json in the view's
// folder. It changes in one step (a new file is synced and renamed over the old one), so a swap has
// happened or has not, whatever crashes. A version that it does not name is rubbish.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "views/view_file.h"

namespace daybook::views {

// Version numbers; 0: there is none.
struct Lineup {
  int serving = 0;       // answers
  int candidate = 0;     // is built beside it
  int former = 0;        // answered before the last swap: what a rollback goes back to
  bool by_hand = false;  // the candidate waits for `swap`; else it takes over when it has caught up
  friend bool operator==(const Lineup&, const Lineup&) = default;

  std::vector<int> versions() const;  // those that there are
};

// What the folder says. Without the file, what its versions say: the newest that is ready serves.
// Versions of `stored` only. kCorrupt, naming the file, if it cannot be understood.
Result<Lineup> read_lineup(io::FileSystem& files, const std::string& folder,
                           const std::vector<ViewFileInfo>& stored);

// Durable on success. On failure the old one or the new one holds.
Status write_lineup(io::FileSystem& files, const std::string& folder, const Lineup& lineup);

}  // namespace daybook::views
