// One version of a view, kept current by a task of its own: a line from the log to the version's
// file. Several run beside each other while a version is rebuilt, and each goes its own pace; the
// gate holds them where they are to be compared.
//
// Owner: the view. Threads: start() and stop() by whoever holds the view's life; the hooks are
// called on the line's thread and must not wait for the life of the view; the rest by any.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "flow/task.h"
#include "views/changes/change_topic.h"
#include "views/life/definition.h"
#include "views/life/held_log.h"
#include "views/position_board.h"
#include "views/version_file.h"
#include "views/view.h"

namespace daybook::views {

class Line {
 public:
  using Publish = std::function<Status(bool is_serving)>;
  struct Hooks {
    // Which version's file holds what a definition of this fingerprint makes. Called whenever the
    // columns of the topic are known anew.
    std::function<Result<int>(Line&, const std::string& fingerprint)> choose;
    std::function<void(Line&)> committed;
    std::function<void(Line&)> caught_up;
    // Lets the line publish, if it serves, or leave it.
    std::function<Status(const Line&, const Publish&)> publish;
    // Whether somebody waits for what this line comes to, beside those at its own board.
    std::function<bool(const Line&)> is_awaited;
  };

  // `version` may be 0: chosen later. `folder` is the view's.
  Line(Definition definition, int version, const ViewContext& context, std::string folder,
       Hooks hooks);
  ~Line();

  void start();
  // Nobody waits for it any more.
  void interrupt();
  void stop();

  // 0: not chosen yet.
  int version() const { return version_; }
  const std::string& definition_text() const { return definition_text_; }
  flow::TaskStatus status() const { return task_->status(); }
  const PositionBoard& board() const { return board_; }
  std::int64_t rows() const { return rows_; }
  bool is_ready() const { return is_ready_; }
  Gate& gate() { return gate_; }

 private:
  struct Parts {
    std::unique_ptr<Fold> fold;
    std::unique_ptr<ChangeTopic> changes;  // if the view has one
  };
  Result<Parts> make_parts(const client::Schema& schema);
  Result<std::unique_ptr<flow::Work>> make_work(const client::Schema& schema);
  void note(const VersionFile& file);

  const Definition definition_;
  const std::string definition_text_;
  const std::string folder_;
  const Hooks hooks_;
  const std::size_t cache_bytes_;
  Gate gate_;
  client::LogClient& open_log_;  // for what is not to be held
  client::Transactions* const transactions_;
  std::unique_ptr<client::LogClient> log_;
  PositionBoard board_;
  std::atomic<int> version_;
  std::atomic<std::int64_t> rows_ = 0;
  std::atomic<bool> is_ready_ = false;
  std::unique_ptr<flow::Task> task_;
};

}  // namespace daybook::views
