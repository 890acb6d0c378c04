#include "cli/commands.h"
#include "cli/interrupt.h"
#include "views/query_process/query_worker.h"

int main(int argc, char** argv) {
  if (daybook::views::is_query_worker(argc, argv)) return daybook::views::run_query_worker();
  daybook::cli::Interrupt interrupt;
  return daybook::cli::run(argc, argv, interrupt);
}
