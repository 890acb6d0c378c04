// The processor of kind `exec`: each event by itself, through a program of the user's that answers
// it with the events that come of it (flow/exec/answer.h), or that it is to be rejected.
//
// What a batch makes is written once all of it is answered, so that nothing of an event is in the
// log when the program dies at any moment: the batch is asked again, of a new one. How many events
// a batch has follows how fast they are answered.
//
// With columns an answer is read by them, as events of a topic are: its fields are checked, and the
// conditions of the outputs are computed over them.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "flow/processor_spec.h"
#include "flow/transform.h"

namespace daybook::flow {

// `spec` has an exec. The program is started with the first assignment.
Result<std::unique_ptr<Transform>> make_exec_transform(const ProcessorSpec& spec);

// What is wrong with it that can be said without running the program.
std::vector<std::string> check_exec(const ProcessorSpec& spec);

}  // namespace daybook::flow
