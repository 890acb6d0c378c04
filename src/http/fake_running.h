// An app for the tests of this room: a source, a processor and two views, with numbers to be found
// again in what is told of them.

#pragma once

#include <string>
#include <vector>

#include "app/running.h"
#include "broker/metrics.h"
#include "http/fake_view.h"

namespace daybook::http {

class FakeRunning final : public app::Running {
 public:
  std::string app_name() const override { return "bank"; }
  Status ready() const override {
    if (is_ready) return {};
    return fail(ErrorCode::kUnavailable, "waiting for the log");
  }
  app::LogStatus log() const override {
    return {.embedded = true,
            .address = "127.0.0.1:9092",
            .data_folder = "/srv",
            .cluster_id = "",
            .last_error = ""};
  }
  const broker::Metrics* broker_metrics() const override { return &metrics; }
  std::vector<sources::SourceStatus> sources() const override {
    sources::SourceStatus status;
    status.name = "core";
    status.kind = "postgres";
    status.state = sources::SourceState::kStreaming;
    status.events = 42;
    status.lag_bytes = 7;
    return {status};
  }
  std::vector<app::ProcessorStatus> processors() const override {
    app::ProcessorStatus status;
    status.name = "fraud";
    status.group = "bank.fraud";
    status.inputs = {"bank.card_tx"};
    status.outputs = {"bank.scored"};
    status.task.state = flow::TaskState::kRetrying;
    status.task.detail = "no broker answers";
    status.task.events_applied = 11;
    status.task.rejected = 3;
    status.task.late = 2;
    return {status};
  }
  std::vector<views::ViewStatus> views() const override {
    return {balances.status(), regional.status()};
  }
  Result<views::View*> find_view(const std::string& name) const override {
    if (name == "balances") return &balances;
    if (name == "regional") return &regional;
    return fail(ErrorCode::kNotFound, "there is no view \"" + name + "\"");
  }

  bool is_ready = true;
  broker::Metrics metrics;
  mutable FakeView balances{"balances", {"account"}};
  mutable FakeView regional{"regional", {"account", "region"}};
};

}  // namespace daybook::http
