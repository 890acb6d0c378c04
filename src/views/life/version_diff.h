// How two versions of a view differ, as far as users can see: rows that one has and the other has
// not, compared by the columns that both have. Reads both files and changes neither.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "views/answer.h"
#include "views/sqlite/database.h"
#include "views/view_file.h"

namespace daybook::views {

// Rows as the compared columns have them, the key's among them.
struct DifferenceSample {
  enum class What : std::uint8_t { kMissing, kExtra, kChanged };
  What what = What::kMissing;
  std::vector<Value> old_row;  // empty if it is extra
  std::vector<Value> new_row;  // empty if it is missing
};

struct Difference {
  int old_version = 0;
  int new_version = 0;
  client::Position position;          // of both
  std::vector<ResultColumn> columns;  // compared
  std::vector<std::string> only_old_columns;
  std::vector<std::string> only_new_columns;
  std::int64_t old_rows = 0;
  std::int64_t new_rows = 0;
  // The old one has a row of the key, the new one has none. Without a key a row is the same if all
  // of its columns are, and none is changed.
  std::int64_t missing = 0;
  std::int64_t extra = 0;
  std::int64_t changed = 0;
  std::vector<DifferenceSample> samples;  // of each of the three, as many as were asked for

  // What differs, as a part of the rows of the larger; 0 to 1.
  double share() const;
};

class OutsideRows;

class VersionDiff {
 public:
  ~VersionDiff();
  // Pins what both files hold now. kInvalid if their keys differ.
  static Result<std::unique_ptr<VersionDiff>> pin(const std::string& old_path,
                                                  const std::string& new_path);

  const client::Position& old_position() const { return old_position_; }
  const client::Position& new_position() const { return new_position_; }

  // kTimedOut after the limit.
  Result<Difference> compare(std::size_t samples, std::chrono::milliseconds time_limit);

 private:
  VersionDiff();
  Status choose_columns(Difference& difference) const;
  Status compare_rows(Difference& difference, std::size_t samples,
                      std::chrono::milliseconds time_limit);
  Status count(Difference& difference);
  Status add_samples(Difference& difference, std::size_t samples);
  Result<std::int64_t> number(const std::string& sql);
  std::string key_matches() const;

  sqlite::Database database_;  // the old one; the new one is attached as `other`
  ViewFileInfo old_;
  ViewFileInfo new_;
  std::string new_path_;
  std::unique_ptr<OutsideRows> outside_;  // if both keep their rows outside of the files
  client::Position old_position_;
  client::Position new_position_;
  std::vector<std::string> key_;
};

}  // namespace daybook::views
