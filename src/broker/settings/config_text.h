// What is said about configurations: what each is for, and which of the node's a topic's takes its
// default from.
//
// Threads: any.

#pragma once

#include <string_view>

namespace daybook::broker {

// A sentence, for the configurations of topics and of the node; empty for a name that is neither.
std::string_view documentation_of(std::string_view name);

// The node's configuration that the topics' `name` takes its default from; empty: there is none.
std::string_view broker_name_of(std::string_view name);

}  // namespace daybook::broker
