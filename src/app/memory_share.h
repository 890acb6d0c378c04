// What the tasks of an application may hold in memory, so that the process stays within a bound
// however many there are: what all of them share is divided, and the fewer they are, the larger are
// their batches and caches. With very many each has what it cannot do without.

#pragma once

#include <cstddef>

namespace daybook::app {

struct MemoryShare {
  std::size_t read_ahead_bytes = 0;  // events that have come and wait, of a task
  std::size_t batch_bytes = 0;       // events that are being applied, of a task
  std::size_t cache_bytes = 0;       // of the file of a view
};

// A view that is rebuilt has two tasks and two files meanwhile, and its share twice.
MemoryShare share_memory(std::size_t views, std::size_t processors);

}  // namespace daybook::app
