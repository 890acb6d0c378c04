#include "sources/source.h"

namespace daybook::sources {

std::string_view to_string(SourceState state) {
  switch (state) {
    case SourceState::kStarting:
      return "starting";
    case SourceState::kSnapshotting:
      return "snapshotting";
    case SourceState::kStreaming:
      return "streaming";
    case SourceState::kWaiting:
      return "waiting";
    case SourceState::kFailed:
      return "failed";
    case SourceState::kStopped:
      return "stopped";
  }
  return "unknown";
}

}  // namespace daybook::sources
