// Which versions of a view there are, and how one takes over from another.
//
// A version is built beside the one that answers, by a line of its own, and answers only after a
// swap. A swap is one write of the lineup, so it has happened or has not, whatever crashes. The
// version that answered before is kept, and kept current, until the next swap or until it is
// dropped: a rollback is a swap back. What a crash leaves half done is taken up at the next start.
//
// A definition that has changed (or whose topic has other columns now) is built as a new version by
// itself, and takes over by itself when it has caught up, unless the view says that a swap is asked
// for by hand.
//
// Threads: start() and stop() by the owner; the rest by any. Changes go one after another, under
// life_; lines, on their threads, never wait for it, so that it may be held while they are stopped.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "views/life/definition.h"
#include "views/life/line.h"
#include "views/life/lineup.h"
#include "views/life/version_diff.h"
#include "views/position_board.h"
#include "views/version_reader.h"
#include "views/view.h"

namespace daybook::views {

class ViewLife {
 public:
  ViewLife(Definition definition, const ViewContext& context);
  ~ViewLife();

  // Finds what an earlier run has left, and lets it answer.
  Status open();
  void start();
  void stop();

  std::shared_ptr<VersionReader> serving() const;  // null: no version answers yet
  const PositionBoard& board() const { return board_; }
  // What a version was built from; kInvalid if this version of Daybook cannot read it.
  Result<Definition> definition_of(const ViewFileInfo& info) const {
    return stored_definition(definition_, info.definition);
  }
  const std::string& folder() const { return folder_; }  // of the view's files
  std::int64_t rows() const { return rows_; }
  // Of the line that follows the application's definition or, if that was dropped, of the one that
  // answers.
  flow::TaskStatus status() const;
  std::vector<VersionStatus> versions() const;

  // As View's.
  Result<int> rebuild();
  Result<Difference> diff(const DiffOptions& options);
  Result<SwapReport> swap(const SwapOptions& options);
  Result<int> rollback();
  Result<int> drop(int version);

 private:
  using LinePtr = std::shared_ptr<Line>;

  Line::Hooks hooks();
  Result<int> choose(Line& line, const std::string& fingerprint);
  Result<int> add_version(Line& line);
  void note_commit(Line& line);
  void note_caught_up(Line& line);
  Result<std::unique_ptr<VersionDiff>> pin(int old_version, int new_version,
                                           std::chrono::milliseconds time);

  void add_line(Definition definition, int version);
  LinePtr line_of(int version) const;
  LinePtr main_line() const;
  Lineup lineup() const;
  Status set_lineup(const Lineup& next);
  // `next` answers from the first moment after success; what it no longer names is removed.
  Status take_over(const Lineup& next, const Line* self);
  void retire(const std::vector<int>& versions, const Line* self);
  Status serve(int version);

  const Definition definition_;
  const std::string definition_text_;
  const ViewContext context_;
  const std::string folder_;
  PositionBoard board_;  // of the version that answers
  std::atomic<std::int64_t> rows_ = 0;
  std::atomic<bool> is_running_ = false;

  std::mutex life_;  // one change at a time
  // Of one line alone at a time, so that what one publishes after a swap comes after all that the
  // other has.
  std::mutex publishing_;

  mutable std::mutex mutex_;  // guards what follows; never held while a line is stopped
  Lineup lineup_;
  std::shared_ptr<VersionReader> serving_;
  bool is_serving_ready_ = false;
  std::vector<LinePtr> lines_;
};

}  // namespace daybook::views
