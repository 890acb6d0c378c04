#include "views/past/past_version.h"

#include "base/report.h"
#include "flow/position_text.h"
#include "views/life/built_fold.h"
#include "views/lineage/log_walk.h"
#include "views/past/past_position.h"
#include "views/version_file.h"

namespace daybook::views {
namespace {

std::string past_folder(const std::string& folder) {
  return folder + "/as-of";
}

// The folder of the version, while it is needed. Nothing has it open when it goes.
class PastFolder {
 public:
  static Result<std::unique_ptr<PastFolder>> make(const PastPlace& place) {
    DAYBOOK_TRY_VOID(forget_past(place.files, place.folder));
    DAYBOOK_TRY_VOID(place.files.create_folders(past_folder(place.folder)));
    DAYBOOK_TRY(const auto free, free_bytes(place));
    return std::unique_ptr<PastFolder>(new PastFolder(place, free));
  }
  ~PastFolder() {
    const auto removed = forget_past(place_.files, place_.folder);
    if (!removed) report(Severity::kWarning, "views", removed.error().message);
  }
  PastFolder(const PastFolder&) = delete;
  PastFolder& operator=(const PastFolder&) = delete;

  std::string version_path(int version) const {
    return views::version_path(past_folder(place_.folder), version);
  }

  // kNoSpace once the disk has less than half of what was free when the folder was made, whoever
  // has taken it.
  Status check_space(const client::Position& reached) const {
    DAYBOOK_TRY(const auto left, free_bytes(place_));
    if (left >= first_free_bytes_ / 2) return {};
    return fail(ErrorCode::kNoSpace,
                "the view as it was takes too much of the disk: " + megabytes(first_free_bytes_) +
                    " were free, " + megabytes(left) + " are, and it has come to " +
                    flow::to_text(reached) +
                    ": make room, or ask for one key of a view that keeps lineage");
  }

 private:
  PastFolder(const PastPlace& place, std::uint64_t free) : place_(place), first_free_bytes_(free) {}
  static Result<std::uint64_t> free_bytes(const PastPlace& place) {
    DAYBOOK_TRY(const auto space, place.files.space(past_folder(place.folder)));
    return space.usable_bytes;
  }
  static std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

  const PastPlace& place_;
  const std::uint64_t first_free_bytes_;
};

// Applies the events below `end`, as a version's task does that is being built.
Status fill(client::LogClient& log, const ViewSpec& spec, const client::Position& end,
            WalkBounds bounds, const PastFolder& folder, VersionFile& file) {
  DAYBOOK_TRY(const auto walk, LogWalk::start(log, end, std::move(bounds)));
  auto& fold = file.fold();
  bool is_holding = false;
  while (true) {
    DAYBOOK_TRY(const auto events, walk->next(fold.reads_headers()));
    if (events.empty()) break;
    DAYBOOK_TRY([[maybe_unused]] const auto rejected, fold.compute(events));
    DAYBOOK_TRY_VOID(fold.keep());
    is_holding = fold.may_wait(false);
    if (!is_holding) DAYBOOK_TRY_VOID(file.commit(walk->position(), {}));
    DAYBOOK_TRY_VOID(folder.check_space(walk->position()));
  }
  DAYBOOK_TRY_VOID(check_walked(spec, end, walk->position(), walk->stopped_by(),
                                "allow more, or ask for one key of a view that keeps lineage"));
  return is_holding ? file.commit(end, {}) : Status();
}

}  // namespace

Result<Answer> ask_as_of(const PastPlace& place, const Definition& definition,
                         VersionReader& version, const AsOf& as_of, const ExplainOptions& replay,
                         const std::function<Result<Answer>(VersionReader&)>& ask) {
  const auto deadline = std::chrono::steady_clock::now() + replay.time_limit;
  const auto& [spec, plan] = definition;
  const auto& info = version.info();
  DAYBOOK_TRY(const auto latest, version.position());
  DAYBOOK_TRY(const auto position, past_position(place.log, spec, latest, as_of));
  DAYBOOK_TRY_VOID(check_events_below(place.log, spec, position));

  DAYBOOK_TRY(auto fold, make_built_fold(place.log, definition, info));
  DAYBOOK_TRY(const auto folder, PastFolder::make(place));
  const auto path = folder->version_path(info.version);
  DAYBOOK_TRY(const auto file,
              VersionFile::open(path, spec.name, info.version, to_text(spec, *plan),
                                std::move(fold), kPastCacheBytes));
  DAYBOOK_TRY_VOID(fill(place.log, spec, position,
                        {replay.read_limit, deadline, replay.is_cancelled}, *folder, *file));
  DAYBOOK_TRY_VOID(check_events_below(place.log, spec, position));

  DAYBOOK_TRY(const auto past, VersionReader::open(path));
  DAYBOOK_TRY(auto answer, ask(*past));
  answer.position = position;
  return answer;
}

Status forget_past(io::FileSystem& files, const std::string& folder) {
  const auto path = past_folder(folder);
  DAYBOOK_TRY(const bool exists, files.exists(path));
  return exists ? files.remove_folder(path) : Status();
}

}  // namespace daybook::views
