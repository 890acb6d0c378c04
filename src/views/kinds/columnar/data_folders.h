// The folders of a version's Parquet files, beside its database v<N>.db:
//
//   v<N>.files/   every file of the version, and those that were merged away a while ago. A file is
//                 there, under its final name, before the database names it.
//   v<N>/         what others read: the same files under the same names (hard links), but only
//                 those that the database names. Nothing else is ever in it.
//   v<N>.work/    folders that are about to change places with one of v<N>, or have.
//
// A file appears in v<N> whole, or not at all. Where several are replaced by one, the folder that
// they are in changes places, in one step, with one that was put together beside it, so that
// whoever lists it sees those or that; and stays for kKeptTime as it was, for whoever is listing
// it.
//
// Files are written by DuckDB, so that all of this is on the real disk. One thread.

#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "views/kinds/columnar/data_file.h"

namespace daybook::views::columnar {

// How long a file that was merged away can still be read by who knows its name.
inline constexpr std::chrono::minutes kKeptTime{10};

class DataFolders {
 public:
  explicit DataFolders(const std::string& database_path);

  const std::string& files() const { return files_; }
  const std::string& shown() const { return shown_; }
  const std::string& work() const { return work_; }
  std::string path(const DataFile& file) const { return files_ + "/" + file.path(); }
  int version() const { return version_; }

  // Makes the folders, and brings them to what the database says: removes files that are neither in
  // `named` nor `retired` (paths), and shows exactly those of `named`. kCorrupt if one is missing.
  Status restore(const std::vector<DataFile>& named, const std::set<std::string>& retired);

  // Where the file is going to be written.
  Status make_room(const DataFile& file);
  // Makes what was written into v<N>.files durable, and sets the bytes of each.
  Status sync(std::vector<DataFile>& written) const;
  Status show(const DataFile& file);
  // Shows in the folder exactly these. kUnsupported where folders cannot change places.
  Status show_only(const std::string& folder, const std::set<std::string>& names);
  bool can_replace() const { return can_replace_; }

  // The file is not needed any more. It may be gone already.
  Status remove(const std::string& path);
  // Removes folders that were replaced longer than kKeptTime ago.
  Status remove_replaced();

 private:
  Status restore_files(const std::vector<DataFile>& named, const std::set<std::string>& retired);
  Status restore_shown(const std::vector<DataFile>& named);
  Status find_out_whether_it_can_replace();

  io::FileSystem& disk_;
  std::string shown_;
  std::string files_;
  std::string work_;
  int version_ = 0;
  bool can_replace_ = false;
  int replaced_ = 0;
};

}  // namespace daybook::views::columnar
