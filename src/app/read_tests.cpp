#include <algorithm>

#include "app/app_reader.h"
#include "app/names.h"

namespace daybook::app {
namespace {

constexpr std::size_t kMaxRows = 10'000;

std::vector<TestRows> read_rows(Section& test, const std::string& part, Faults& faults) {
  std::vector<TestRows> all;
  Section* section = test.inner(part);
  if (section == nullptr) return all;
  for (const std::string& name : section->names()) {
    auto rows = section->json_rows(name);
    if (!rows) continue;
    const Place place = section->place_of(name);
    if (rows->size() > kMaxRows) {
      faults.add(place, in_quotes(name) + " has more than " + std::to_string(kMaxRows) + " rows");
    }
    all.push_back({name, place, std::move(*rows)});
  }
  return all;
}

bool is_view(const AppFile& app, const std::string& name) {
  return std::ranges::any_of(app.views,
                             [&](const ViewSection& view) { return view.spec.name == name; });
}

}  // namespace

void read_tests(Section& root, AppFile& app, Faults& faults) {
  for (const Section::Member& member : root.members("tests")) {
    TestSection test{member.name, member.place, {}, {}};
    test.given = read_rows(*member.section, "given", faults);
    test.expect = read_rows(*member.section, "expect", faults);
    if (test.expect.empty()) {
      faults.add(member.place, "test " + in_quotes(member.name) +
                                   " expects nothing: write expect: {TOPIC OR VIEW: [ROW, ...]}");
    }
    for (const auto* rows : {&test.given, &test.expect}) {
      for (const TestRows& part : *rows) {
        const auto wrong = topic_name_fault(part.name);
        if (wrong) faults.add(part.place, "topic " + in_quotes(part.name) + " " + *wrong);
      }
    }
    for (const TestRows& given : test.given) {
      if (!is_view(app, given.name)) continue;
      faults.add(given.place, in_quotes(given.name) + " is a view: events are given to topics");
    }
    app.tests.push_back(std::move(test));
  }
}

}  // namespace daybook::app
