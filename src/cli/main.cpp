#include "cli/commands.h"
#include "cli/interrupt.h"

int main(int argc, char** argv) {
  daybook::cli::Interrupt interrupt;
  return daybook::cli::run(argc, argv, interrupt);
}
