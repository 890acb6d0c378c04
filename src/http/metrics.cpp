#include "http/metrics.h"

#include <prometheus/text_serializer.h>

#include <sstream>

#include "broker/metrics.h"

namespace daybook::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Families {
 public:
  void counter(const std::string& name, const std::string& help, double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = value;
    family(name, help, MetricType::Counter).metric.push_back(std::move(metric));
  }
  void gauge(const std::string& name, const std::string& help, double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    family(name, help, MetricType::Gauge).metric.push_back(std::move(metric));
  }
  std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return out.str();
  }

 private:
  MetricFamily& family(const std::string& name, const std::string& help, MetricType type) {
    for (MetricFamily& known : families_) {
      if (known.name == name) return known;
    }
    MetricFamily& added = families_.emplace_back();
    added.name = name;
    added.help = help;
    added.type = type;
    return added;
  }

  std::vector<MetricFamily> families_;
};

void add_broker(Families& out, const broker::Metrics& broker) {
  const auto value = [](const broker::Counter& counter) {
    return static_cast<double>(counter.load(std::memory_order_relaxed));
  };
  out.gauge("daybook_broker_connections", "Open connections", value(broker.connections_open));
  out.counter("daybook_broker_connections_accepted_total", "Connections accepted",
              value(broker.connections_accepted));
  out.counter("daybook_broker_connections_refused_total", "Connections over the bound",
              value(broker.connections_refused));
  out.counter("daybook_broker_connections_dropped_total",
              "Connections closed because of what they sent, or idle",
              value(broker.connections_dropped));
  out.counter("daybook_broker_requests_total", "Requests", value(broker.requests));
  out.counter("daybook_broker_request_bytes_total", "Bytes of requests",
              value(broker.request_bytes));
  out.counter("daybook_broker_response_bytes_total", "Bytes of responses",
              value(broker.response_bytes));
  out.counter("daybook_broker_produced_batches_total", "Record batches appended",
              value(broker.produced_batches));
  out.counter("daybook_broker_produced_records_total", "Records appended",
              value(broker.produced_records));
  out.counter("daybook_broker_produced_bytes_total", "Bytes appended",
              value(broker.produced_bytes));
  out.counter("daybook_broker_produce_refusals_total", "Partitions of produce requests refused",
              value(broker.produce_refusals));
  out.counter("daybook_broker_fetched_bytes_total", "Bytes of records fetched",
              value(broker.fetched_bytes));
  out.gauge("daybook_broker_fetches_waiting", "Long polls that wait",
            value(broker.fetches_waiting));
  out.counter("daybook_broker_disk_fetches_total", "Fetches that had to wait for the disk",
              value(broker.disk_fetches));
  out.gauge("daybook_broker_fetch_sessions", "Fetch sessions that are remembered",
            value(broker.fetch_sessions));
  out.gauge("daybook_broker_request_memory_bytes", "Memory of requests that have arrived in part",
            value(broker.request_memory_bytes));
  out.gauge("daybook_broker_response_memory_bytes", "Memory of answers that were not sent",
            value(broker.response_memory_bytes));
  out.gauge("daybook_broker_groups", "Consumer groups", value(broker.groups));
  out.gauge("daybook_broker_group_members", "Members of consumer groups",
            value(broker.group_members));
  out.counter("daybook_broker_group_rebalances_total", "Rebalances of consumer groups",
              value(broker.group_rebalances));
  out.counter("daybook_broker_offsets_committed_total", "Offsets committed",
              value(broker.offsets_committed));
  out.counter("daybook_broker_catalog_transactions_total", "Durable transactions of the catalog",
              value(broker.catalog_transactions));
  out.gauge("daybook_broker_topics", "Topics", value(broker.topics));
  out.gauge("daybook_broker_partitions", "Partitions", value(broker.partitions));
  out.counter("daybook_broker_removed_segments_total",
              "Segments removed by retention, or because their records were deleted",
              value(broker.removed_segments));
  out.counter("daybook_broker_removed_bytes_total",
              "Their bytes, and those that compaction removed", value(broker.removed_bytes));
  out.counter("daybook_broker_compactions_total", "Compactions of partitions",
              value(broker.compactions));
  out.counter("daybook_broker_compacted_bytes_total", "Bytes that they looked at",
              value(broker.compacted_bytes));
  out.counter("daybook_broker_cleaning_failures_total", "Looks at a partition that failed",
              value(broker.cleaning_failures));
  out.gauge("daybook_broker_partitions_faulty",
            "Partitions whose files could not be opened or written",
            value(broker.partitions_faulty));
}

void add_source(Families& out, const sources::SourceStatus& source) {
  const Labels labels = {{"source", source.name}, {"kind", source.kind}};
  out.counter("daybook_source_events_total", "Events captured and acknowledged by the log",
              static_cast<double>(source.events), labels);
  if (source.lag_bytes) {
    out.gauge("daybook_source_lag_bytes", "Bytes of the source's log not yet captured",
              static_cast<double>(*source.lag_bytes), labels);
  }
  Labels with_state = labels;
  with_state.push_back({"state", std::string(sources::to_string(source.state))});
  out.gauge("daybook_source_state", "1 for the state that the source is in", 1, with_state);
}

void add_processor(Families& out, const app::ProcessorStatus& processor) {
  const Labels labels = {{"processor", processor.name}};
  if (const auto lag = processor.task.lag_events) {
    out.gauge("daybook_processor_lag_events",
              "Events between its position and the log's end, of the partitions that it has here",
              static_cast<double>(*lag), labels);
  }
  out.counter("daybook_processor_events_applied_total", "Events applied",
              static_cast<double>(processor.task.events_applied), labels);
  out.counter("daybook_processor_events_rejected_total", "Events that could not be applied",
              static_cast<double>(processor.task.rejected), labels);
  out.counter("daybook_processor_events_late_total",
              "The rejected among them that came after their windows had closed",
              static_cast<double>(processor.task.late), labels);
  Labels with_state = labels;
  with_state.push_back({"state", flow::to_string(processor.task.state)});
  out.gauge("daybook_processor_state", "1 for the state that the processor is in", 1, with_state);
}

void add_view(Families& out, const views::ViewStatus& view) {
  const Labels labels = {{"view", view.name}};
  out.gauge("daybook_view_rows", "Rows", static_cast<double>(view.rows), labels);
  out.gauge("daybook_view_version", "The version that answers", view.version, labels);
  if (const auto lag = view.lag_events) {
    out.gauge("daybook_view_lag_events", "Events between the view's position and the log's end",
              static_cast<double>(*lag), labels);
  }
  out.counter("daybook_view_events_applied_total", "Events applied",
              static_cast<double>(view.events_applied), labels);
  out.counter("daybook_view_events_rejected_total", "Events that could not be decoded",
              static_cast<double>(view.rejected), labels);
  Labels with_state = labels;
  with_state.push_back({"state", view.state});
  out.gauge("daybook_view_state", "1 for the state that the view is in", 1, with_state);
}

}  // namespace

std::string metrics_text(const app::Running& running) {
  Families families;
  families.gauge("daybook_ready", "1 once every part was started", running.ready() ? 1 : 0);
  if (const broker::Metrics* broker = running.broker_metrics()) add_broker(families, *broker);
  for (const auto& source : running.sources()) add_source(families, source);
  for (const auto& processor : running.processors()) add_processor(families, processor);
  for (const auto& view : running.views()) add_view(families, view);
  return families.text();
}

}  // namespace daybook::http
