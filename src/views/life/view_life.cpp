#include "views/life/view_life.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/report.h"
#include "flow/position_text.h"
#include "views/past/past_version.h"
#include "views/version_folder.h"

namespace daybook::views {
namespace {

using std::chrono::milliseconds;

// How long a version's task may take to finish with what it has fetched.
constexpr milliseconds kParkTime{30'000};

std::string number(int version) {
  return "version " + std::to_string(version);
}

client::Position later_of(client::Position one, const client::Position& other) {
  for (const auto& [partition, offset] : other) {
    auto& at = one.try_emplace(partition, offset).first->second;
    at = std::max(at, offset);
  }
  return one;
}

}  // namespace

ViewLife::ViewLife(Definition definition, const ViewContext& context)
    : definition_(std::move(definition)),
      definition_text_(to_text(definition_.spec, *definition_.plan)),
      context_(context),
      folder_(context.state_folder + "/views/" + definition_.spec.name) {}

ViewLife::~ViewLife() {
  stop();
}

Status ViewLife::open() {
  DAYBOOK_TRY_VOID(context_.files.create_folders(folder_));
  DAYBOOK_TRY_VOID(forget_past(context_.files, folder_));
  DAYBOOK_TRY(const auto stored, list_versions(context_.files, folder_));
  DAYBOOK_TRY(lineup_, read_lineup(context_.files, folder_, stored));
  DAYBOOK_TRY_VOID(remove_other_versions(context_.files, folder_, lineup_.versions()));
  return lineup_.serving == 0 ? Status() : serve(lineup_.serving);
}

void ViewLife::start() {
  const std::lock_guard life(life_);
  board_.set_moving(true);
  is_running_ = true;
  if (lines_.empty()) {
    const auto stored = list_versions(context_.files, folder_);
    for (const int version : lineup().versions()) {
      ViewFileInfo info;
      if (stored) {
        const auto found = std::ranges::find(*stored, version, &ViewFileInfo::version);
        if (found != stored->end()) info = *found;
      }
      auto definition = definition_of(info);
      if (definition) {
        add_line(std::move(*definition), version);
      } else {
        report(Severity::kWarning, "views",
               number(version) + " of view " + definition_.spec.name +
                   " stays where it is: " + definition.error().message);
      }
    }
    if (main_line() == nullptr) add_line(definition_, 0);
  }
  for (const auto& line : lines_) line->start();
}

void ViewLife::stop() {
  is_running_ = false;
  board_.set_moving(false);
  {
    // A comparison that waits for them ends, and lets go of life_.
    const std::lock_guard lock(mutex_);
    for (const auto& line : lines_) line->interrupt();
  }
  const std::lock_guard life(life_);
  std::vector<std::jthread> stopping;
  for (const auto& line : lines_) stopping.emplace_back([&line] { line->stop(); });
}

std::shared_ptr<VersionReader> ViewLife::serving() const {
  const std::lock_guard lock(mutex_);
  return serving_;
}

flow::TaskStatus ViewLife::status() const {
  auto line = main_line();
  if (line == nullptr) line = line_of(lineup().serving);
  return line == nullptr ? flow::TaskStatus() : line->status();
}

std::vector<VersionStatus> ViewLife::versions() const {
  const auto now = lineup();
  std::vector<VersionStatus> all;
  for (const int version : now.versions()) {
    VersionStatus status;
    status.version = version;
    status.role = version == now.serving     ? "serving"
                  : version == now.candidate ? "candidate"
                                             : "former";
    if (const auto line = line_of(version)) {
      const auto task = line->status();
      status.state = flow::to_string(task.state);
      status.detail = task.detail;
      status.is_ready = line->is_ready();
      status.rows = line->rows();
      status.position = line->board().latest();
      status.lag_events = task.lag_events;
      status.events_applied = task.events_applied;
      status.events_per_s = task.events_per_s;
    } else {
      status.state = "stopped";
      status.detail = "nothing keeps it current";
    }
    all.push_back(std::move(status));
  }
  return all;
}

Result<int> ViewLife::rebuild() {
  const std::lock_guard life(life_);
  auto next = lineup();
  const auto& name = definition_.spec.name;
  if (!is_running_) return fail(ErrorCode::kUnavailable, "view " + name + " is stopped");
  if (next.candidate != 0) {
    return fail(ErrorCode::kAlreadyExists, number(next.candidate) + " of view " + name +
                                               " is being built already: swap or drop it first");
  }
  {
    const std::lock_guard lock(mutex_);
    if (!is_serving_ready_) {
      return fail(ErrorCode::kUnavailable, "view " + name +
                                               " is still being built for the first time: there is "
                                               "nothing to rebuild beside");
    }
  }
  DAYBOOK_TRY(next.candidate, next_version(context_.files, folder_));
  next.by_hand = true;
  DAYBOOK_TRY_VOID(set_lineup(next));
  add_line(definition_, next.candidate);
  line_of(next.candidate)->start();
  return next.candidate;
}

Result<Difference> ViewLife::diff(const DiffOptions& options) {
  std::unique_ptr<VersionDiff> pinned;
  {
    const std::lock_guard life(life_);
    const auto now = lineup();
    const int other = now.candidate != 0 ? now.candidate : now.former;
    if (now.serving == 0 || other == 0) {
      return fail(ErrorCode::kNotFound, "view " + definition_.spec.name +
                                            " has no other version to compare with: rebuild it");
    }
    DAYBOOK_TRY(pinned, pin(now.serving, other, options.wait_limit));
  }
  return pinned->compare(options.samples, options.time_limit);
}

Result<SwapReport> ViewLife::swap(const SwapOptions& options) {
  std::unique_ptr<VersionDiff> pinned;
  Lineup before;
  const auto& name = definition_.spec.name;
  {
    const std::lock_guard life(life_);
    before = lineup();
    if (before.candidate == 0) {
      return fail(ErrorCode::kNotFound, "view " + name + " has no version to swap in: rebuild it");
    }
    const auto line = line_of(before.candidate);
    if (line == nullptr || !line->is_ready()) {
      return fail(ErrorCode::kUnavailable, number(before.candidate) + " of view " + name +
                                               " has not caught up with the log yet; `view show` "
                                               "says how far it is");
    }
    if (!options.force) {
      DAYBOOK_TRY(pinned, pin(before.serving, before.candidate, options.diff.wait_limit));
    }
  }
  SwapReport report;
  if (pinned != nullptr) {
    DAYBOOK_TRY(report.difference, pinned->compare(options.diff.samples, options.diff.time_limit));
    const double percent = 100 * report.difference->share();
    if (percent > options.max_difference_percent) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{} of view {} differs from {} in {:.3g} % of the rows ({} missing, "
                              "{} extra, {} changed), and {:.3g} % are allowed: look at `view "
                              "diff`, and swap with --force if that is right",
                              number(before.candidate), name, number(before.serving), percent,
                              report.difference->missing, report.difference->extra,
                              report.difference->changed, options.max_difference_percent));
    }
  }
  const std::lock_guard life(life_);
  if (lineup() != before) {
    return fail(ErrorCode::kUnavailable,
                "the versions of view " + name + " have changed meanwhile: try again");
  }
  DAYBOOK_TRY_VOID(take_over({before.candidate, 0, before.serving, false}, nullptr));
  report.version = before.candidate;
  report.former = before.serving;
  return report;
}

Result<int> ViewLife::rollback() {
  const std::lock_guard life(life_);
  auto next = lineup();
  if (next.former == 0) {
    return fail(ErrorCode::kNotFound,
                "view " + definition_.spec.name + " has no former version to go back to");
  }
  std::swap(next.serving, next.former);
  DAYBOOK_TRY_VOID(take_over(next, nullptr));
  return next.serving;
}

Result<int> ViewLife::drop(int version) {
  const std::lock_guard life(life_);
  auto next = lineup();
  if (version == 0) version = next.candidate != 0 ? next.candidate : next.former;
  const auto& name = definition_.spec.name;
  if (version == 0) {
    return fail(ErrorCode::kNotFound, "view " + name + " has no version but the one that answers");
  }
  if (version == next.serving) {
    return fail(ErrorCode::kInvalid, number(version) + " of view " + name +
                                         " is the one that answers: swap or roll back first");
  }
  if (version != next.candidate && version != next.former) {
    return fail(ErrorCode::kNotFound, "view " + name + " has no " + number(version));
  }
  (version == next.candidate ? next.candidate : next.former) = 0;
  DAYBOOK_TRY_VOID(set_lineup(next));
  retire({version}, nullptr);
  return version;
}

Result<std::unique_ptr<VersionDiff>> ViewLife::pin(int old_version, int new_version,
                                                   milliseconds time) {
  if (!is_running_) {
    return fail(ErrorCode::kUnavailable, "view " + definition_.spec.name + " is stopped");
  }
  const auto old_line = line_of(old_version);
  const auto new_line = line_of(new_version);
  for (const auto& [version, line] :
       {std::pair(old_version, old_line), std::pair(new_version, new_line)}) {
    if (line != nullptr && line->is_ready()) continue;
    return fail(ErrorCode::kUnavailable,
                number(version) + " of view " + definition_.spec.name +
                    (line == nullptr ? " is not kept current, so it has no position in common "
                                       "with another"
                                     : " has not caught up with the log yet; `view show` says how "
                                       "far it is"));
  }
  Hold hold(old_line->gate(), new_line->gate());
  for (const auto& line : {old_line, new_line}) {
    if (line->gate().wait_until_parked(kParkTime)) continue;
    return fail(ErrorCode::kUnavailable, number(line->version()) + " of view " +
                                             definition_.spec.name + " does not move (" +
                                             line->status().detail + ")");
  }
  const auto target = later_of(old_line->board().coming(), new_line->board().coming());
  hold.limit(target);
  for (const auto& line : {old_line, new_line}) {
    if (line->board().wait_for(target, time)) continue;
    return fail(ErrorCode::kTimedOut,
                number(line->version()) + " of view " + definition_.spec.name + " did not reach " +
                    flow::to_text(target) + " within " + std::to_string(time.count()) + " ms");
  }
  return VersionDiff::pin(version_path(folder_, old_version), version_path(folder_, new_version));
}

// The hooks of lines.

Line::Hooks ViewLife::hooks() {
  return {[this](Line& line, const std::string& fingerprint) { return choose(line, fingerprint); },
          [this](Line& line) { note_commit(line); }, [this](Line& line) { note_caught_up(line); },
          [this](const Line& line, const Line::Publish& publish) {
            const std::lock_guard alone(publishing_);
            return publish(lineup().serving == line.version());
          },
          [this](const Line& line) {
            return board_.is_awaited() && lineup().serving == line.version();
          }};
}

Result<int> ViewLife::choose(Line& line, const std::string& fingerprint) {
  const std::unique_lock life(life_, std::try_to_lock);
  if (!life.owns_lock()) {
    return fail(ErrorCode::kUnavailable, "the versions of the view are being changed");
  }
  DAYBOOK_TRY(const auto stored, list_versions(context_.files, folder_));
  const auto is_of = [&](int version) {
    const auto found = std::ranges::find(stored, version, &ViewFileInfo::version);
    return found != stored.end() && found->fingerprint == fingerprint;
  };
  const int own = line.version();
  const bool is_made = std::ranges::find(stored, own, &ViewFileInfo::version) != stored.end();
  if (own != 0 && (!is_made || is_of(own))) return own;
  const auto main = main_line();
  if (own != 0 && main.get() != &line) {
    return fail(ErrorCode::kInvalid, number(own) + " was built from other columns than topic " +
                                         definition_.spec.topic + " has now: it stays where it is");
  }
  for (const int version : lineup().versions()) {
    const auto other = line_of(version);
    if (is_of(version) && (other == nullptr || other.get() == &line)) return version;
  }
  return add_version(line);
}

// A version for what the application's definition makes of the topic's columns now.
Result<int> ViewLife::add_version(Line& line) {
  auto next = lineup();
  DAYBOOK_TRY(const int version, next_version(context_.files, folder_));
  bool has_complete = false;
  {
    const std::lock_guard lock(mutex_);
    has_complete = serving_ != nullptr && is_serving_ready_;
  }
  const int replaced = has_complete ? next.candidate : next.serving;
  (has_complete ? next.candidate : next.serving) = version;
  next.by_hand = definition_.spec.swap_by_hand;
  DAYBOOK_TRY_VOID(set_lineup(next));
  if (replaced != 0) retire({replaced}, &line);
  return version;
}

void ViewLife::note_commit(Line& line) {
  const int version = line.version();
  bool must_open = false;
  {
    const std::lock_guard lock(mutex_);
    if (lineup_.serving != version) return;
    must_open = serving_ == nullptr || serving_->info().version != version;
  }
  if (must_open) {
    if (const auto served = serve(version); !served) {
      report(Severity::kError, "views",
             "view " + definition_.spec.name + " cannot be read: " + served.error().message);
      return;
    }
  }
  const std::lock_guard lock(mutex_);
  if (lineup_.serving != version) return;
  rows_ = line.rows();
  board_.post(line.board().latest());
}

void ViewLife::note_caught_up(Line& line) {
  const int version = line.version();
  Lineup now;
  {
    const std::lock_guard lock(mutex_);
    if (lineup_.serving == version) is_serving_ready_ = true;
    if (lineup_.candidate != version || lineup_.by_hand) return;
    now = lineup_;
  }
  const std::unique_lock life(life_, std::try_to_lock);
  if (!life.owns_lock() || lineup() != now) return;  // tried again at the next look
  // One that was built from the same definition, of other columns, is of no use any more.
  const auto line_before = line_of(now.serving);
  const bool is_kept = line_before != nullptr && line_before->definition_text() != definition_text_;
  const auto taken = take_over({version, 0, is_kept ? now.serving : 0, false}, &line);
  if (taken) return;
  report(Severity::kError, "views",
         "view " + definition_.spec.name + ": " + number(version) +
             " cannot take over yet: " + taken.error().message);
}

// What changes the lineup; under life_.

Status ViewLife::take_over(const Lineup& next, const Line* self) {
  DAYBOOK_TRY(auto reader, VersionReader::open(version_path(folder_, next.serving)));
  DAYBOOK_TRY(const auto position, reader->position());
  DAYBOOK_TRY(const auto rows, reader->row_count());
  const auto before = lineup();
  const auto line = line_of(next.serving);
  DAYBOOK_TRY_VOID(write_lineup(context_.files, folder_, next));
  {
    const std::lock_guard lock(mutex_);
    lineup_ = next;
    serving_ = std::move(reader);
    is_serving_ready_ = true;
    rows_ = rows;
    board_.post(position);
    // What it has committed since, before it knew that it answers.
    if (line != nullptr && flow::covers(line->board().latest(), position)) {
      rows_ = line->rows();
      board_.post(line->board().latest());
    }
  }
  std::vector<int> gone;
  for (const int version : before.versions()) {
    const auto kept = next.versions();
    if (std::ranges::find(kept, version) == kept.end()) gone.push_back(version);
  }
  retire(gone, self);
  return {};
}

// What cannot be removed now is removed at the next start.
void ViewLife::retire(const std::vector<int>& versions, const Line* self) {
  for (const int version : versions) {
    LinePtr line;
    {
      const std::lock_guard lock(mutex_);
      const auto found = std::ranges::find_if(lines_, [&](const LinePtr& candidate) {
        return candidate->version() == version && candidate.get() != self;
      });
      if (found != lines_.end()) {
        line = *found;
        lines_.erase(found);
      }
    }
    if (line != nullptr) line->stop();
    if (const auto removed = remove_version(context_.files, folder_, version); !removed) {
      report(Severity::kWarning, "views",
             "view " + definition_.spec.name + ": " + number(version) +
                 " cannot be removed: " + removed.error().message);
    }
  }
}

Status ViewLife::serve(int version) {
  DAYBOOK_TRY(auto reader, VersionReader::open(version_path(folder_, version)));
  DAYBOOK_TRY(const auto position, reader->position());
  DAYBOOK_TRY(const auto rows, reader->row_count());
  const std::lock_guard lock(mutex_);
  is_serving_ready_ = reader->info().is_ready;
  serving_ = std::move(reader);
  rows_ = rows;
  board_.post(position);
  return {};
}

void ViewLife::add_line(Definition definition, int version) {
  auto line = std::make_shared<Line>(std::move(definition), version, context_, folder_, hooks());
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

ViewLife::LinePtr ViewLife::line_of(int version) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find(lines_, version, [](const LinePtr& line) { return line->version(); });
  return found == lines_.end() ? nullptr : *found;
}

// The line that follows the application's definition, whatever becomes of the topic's columns.
ViewLife::LinePtr ViewLife::main_line() const {
  const std::lock_guard lock(mutex_);
  for (const int version : {lineup_.serving, lineup_.candidate, lineup_.former, 0}) {
    for (const auto& line : lines_) {
      if (line->version() == version && line->definition_text() == definition_text_) return line;
    }
  }
  return nullptr;
}

Lineup ViewLife::lineup() const {
  const std::lock_guard lock(mutex_);
  return lineup_;
}

Status ViewLife::set_lineup(const Lineup& next) {
  DAYBOOK_TRY_VOID(write_lineup(context_.files, folder_, next));
  const std::lock_guard lock(mutex_);
  lineup_ = next;
  return {};
}

}  // namespace daybook::views
