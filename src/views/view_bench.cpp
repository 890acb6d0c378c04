// From the write of an event to the answer of a query that has it: the whole task loop over a log
// in memory, so what is measured is Daybook's part and not the broker's.

#include "views/view.h"

#include <benchmark/benchmark.h>

#include <filesystem>

#include "client/memory_log.h"
#include "views/kinds/table/table_plan.h"

namespace daybook::views {
namespace {

void write_to_visible(benchmark::State& state) {
  std::string folder = std::filesystem::temp_directory_path() / "daybook_bench_XXXXXX";
  folder = mkdtemp(folder.data());
  const auto log = client::make_memory_log();
  (void)log->create_topic({"t", 1, {}});
  ViewSpec spec;
  spec.name = "v";
  spec.input = "t";
  spec.topic = "t";
  spec.declared =
      client::Schema{client::Envelope::kPlain, {{"k", "BIGINT"}, {"amount", "DECIMAL(18,2)"}}};
  auto plan =
      table::make_table_plan({"k"}, "SELECT k, sum(amount) AS s, count(*) AS n FROM t GROUP BY k");
  auto view =
      open_view(spec, std::move(plan), {*log, io::real_file_system(), io::real_clock(), folder})
          .value();
  view->start();
  auto writer = log->make_writer().value();
  ReadOptions options;
  options.wait_limit = std::chrono::seconds(10);
  std::int64_t written = 0;
  const auto write_and_read = [&] {
    client::OutgoingRecord record;
    record.topic = "t";
    record.value = R"({"k":1,"amount":"1.25"})";
    (void)writer->write(record);
    (void)writer->flush(client::milliseconds(1000));
    options.min_position[{"t", PartitionId{0}}] = Offset{++written};
    return view->reader().find({"1"}, options).has_value();
  };
  if (!write_and_read()) state.SkipWithError("the view does not start");
  for (auto _ : state) {
    if (!write_and_read()) state.SkipWithError("the event did not become visible");
  }
  view->stop();
  std::filesystem::remove_all(folder);
}

BENCHMARK(write_to_visible)->UseRealTime();

}  // namespace
}  // namespace daybook::views
