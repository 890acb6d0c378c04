// What is wrong in an application file, and where. Faults are collected, not thrown, so that one
// reading of the file reports all of them.

#pragma once

#include <string>
#include <vector>

namespace daybook::app {

// A place in a text, counted from 1. Line 0 is the file as a whole.
struct Place {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Fault {
  Place place;
  std::string message;
  friend bool operator==(const Fault&, const Fault&) = default;
};

// "app.yaml:12:5: message", in the form that editors and terminals know how to follow.
std::string to_string(const Fault& fault, const std::string& file);

// The faults of one file. Bounded: a file that is wrong everywhere reports its first kMaxFaults.
class Faults {
 public:
  static constexpr std::size_t kMaxFaults = 200;

  void add(Place place, std::string message);
  bool empty() const { return faults_.empty(); }
  std::size_t count() const { return faults_.size(); }
  // In the order of the file, each once.
  std::vector<Fault> sorted() const;

 private:
  std::vector<Fault> faults_;
};

}  // namespace daybook::app
