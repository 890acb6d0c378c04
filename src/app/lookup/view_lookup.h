// A view of the application as a table that processors look rows up in: where the two meet.
//
// The view may not be there yet, or open later: then there are no rows to be had. Threads: any.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/app_file.h"
#include "base/result.h"
#include "flow/lookup/lookup_table.h"
#include "views/view.h"

namespace daybook::app {

// kUnavailable: it is not open, and why. What is found outlives the lookups.
using FindView = std::function<Result<views::View*>(const std::string& name)>;

// The tables of a processor's lookups, in their order. `app` outlives them.
std::vector<std::unique_ptr<flow::LookupTable>> view_lookups(const AppFile& app,
                                                             const flow::ProcessorSpec& spec,
                                                             const FindView& find);
flow::LookupTables pointers_to(const std::vector<std::unique_ptr<flow::LookupTable>>& tables);

// The columns that a lookup in a view has to go by, in the words of both rooms.
flow::LookupColumns lookup_columns(const std::vector<views::ResultColumn>& columns,
                                   const std::vector<std::string>& key);

}  // namespace daybook::app
