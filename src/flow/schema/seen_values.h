// What the values of one field have been, and the narrowest column that holds all of them exactly.
//
// Text is VARCHAR, whatever it looks like: of a time no later text would have to be rejected, and
// none is changed on its way. Numbers with a fraction are DECIMAL: sums of money stay exact, and
// do not depend on how events were cut into batches. Only where more than nine digits behind the
// point have been seen, as floating-point arithmetic leaves them, and DOUBLE gives back all digits,
// it is DOUBLE. Objects, lists, and what is of several types, is text as it stands: JSON.

#pragma once

#include <string>
#include <string_view>

#include "flow/schema/event_fields.h"

namespace daybook::flow {

class SeenValues {
 public:
  void take(const EventField& field);
  // What was told of the column before, as type() writes it. False for another type.
  bool take_type(std::string_view type);
  // A number that the column would not hold, if it is one of numbers and stays one.
  void widen(const EventField& field);

  // `mixed` is the type of what is of several kinds, or of none.
  std::string type(const std::string& mixed) const;

 private:
  void take_number(std::string_view text);
  std::string number_type(const std::string& mixed) const;

  bool boolean_ = false;
  bool text_ = false;
  bool nested_ = false;
  bool number_ = false;

  // Of the numbers.
  int whole_ = 0;  // digits before the point
  int scale_ = 0;  // digits behind it
  bool is_fraction_ = false;
  bool is_huge_ = false;       // beyond BIGINT
  bool is_beyond_ = false;     // more digits than a DECIMAL has
  bool needs_digits_ = false;  // a DOUBLE would not give back all digits, or it is not known
  bool is_double_ = false;     // the column is one already
};

}  // namespace daybook::flow
