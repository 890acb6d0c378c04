// The parts of parse_app_file(), one per top-level key. Private to the room.

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "app/app_file.h"
#include "app/section.h"

namespace daybook::app {

void read_topics(Section& root, AppFile& app, Faults& faults);
void read_sources(Section& root, AppFile& app, Faults& faults);
// After read_topics(), as it goes by the columns of its topics. `folder`: the file's.
void read_processors(Section& root, const std::string& folder, AppFile& app, Faults& faults);
// After both: a view's SQL is checked against the columns that its topic declares.
void read_views(Section& root, AppFile& app, Faults& faults);
// After all of them: a processor may look rows up in views.
void check_processors(Section& root, const AppFile& app, Faults& faults);

// Of one processor, after its inputs.
void read_lookups(const Section::Member& member, ProcessorSection& processor, Faults& faults);
// Whether the columns of all views that it looks rows up in are known; fills them in.
bool declare_lookups(const AppFile& app, flow::ProcessorSpec& spec);
void check_lookups(Section& root, const AppFile& app, Faults& faults);
// Gives the outputs of processors their columns, as far as those of their inputs are known.
void derive_columns(AppFile& app);

// After all of them.
void read_tests(Section& root, AppFile& app, Faults& faults);

// "columns: {NAME: TYPE, ...}"; none, with a fault, if they are not written so.
std::vector<client::Column> read_columns(Options& section);

// The columns that the file gives a topic: those that are declared, or made by a processor; for its
// tests also those of captured tables.
std::optional<client::Schema> declared_columns(const AppFile& app, const std::string& topic);

// A fault for each of `names` that is written: parts of the design that this version does not have.
// They are refused rather than ignored, so that no app runs with a part missing. True if there was
// one.
bool refuse_unbuilt(Section& section, std::initializer_list<std::string_view> names,
                    const std::string& what);

std::string in_quotes(std::string_view name);

}  // namespace daybook::app
