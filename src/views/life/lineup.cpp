#include "views/life/lineup.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace daybook::views {
namespace {

using nlohmann::json;

constexpr const char* kName = "/versions.json";
constexpr std::size_t kMaxBytes = 4'096;

Lineup from_stored(const std::vector<ViewFileInfo>& stored) {
  const ViewFileInfo* best = nullptr;
  for (const auto& version : stored) {
    if (best == nullptr || version.is_ready || !best->is_ready) best = &version;
  }
  Lineup lineup;
  if (best == nullptr) return lineup;
  lineup.serving = best->version;
  if (stored.back().version > best->version) lineup.candidate = stored.back().version;
  return lineup;
}

Result<Lineup> parse(const std::string& path, std::string_view text) {
  try {
    const auto object = json::parse(text);
    return Lineup{object.at("serving"), object.at("candidate"), object.at("former"),
                  object.at("by_hand")};
  } catch (const json::exception& error) {
    return fail(ErrorCode::kCorrupt, path + " is not readable: " + error.what() +
                                         "; remove it, and the newest version that is ready "
                                         "serves");
  }
}

}  // namespace

std::vector<int> Lineup::versions() const {
  std::vector<int> all;
  for (const int version : {serving, candidate, former}) {
    if (version != 0) all.push_back(version);
  }
  return all;
}

Result<Lineup> read_lineup(io::FileSystem& files, const std::string& folder,
                           const std::vector<ViewFileInfo>& stored) {
  const auto path = folder + kName;
  DAYBOOK_TRY(const bool exists, files.exists(path));
  if (!exists) return from_stored(stored);
  DAYBOOK_TRY(const auto file, files.open(path, io::OpenMode::kRead));
  Bytes content(kMaxBytes);
  DAYBOOK_TRY(const auto size, file->read_at(0, content));
  DAYBOOK_TRY(auto lineup, parse(path, as_text(BytesView(content).first(size))));
  const auto is_stored = [&](int version) {
    return std::ranges::find(stored, version, &ViewFileInfo::version) != stored.end();
  };
  if (!is_stored(lineup.former)) lineup.former = 0;
  if (is_stored(lineup.serving)) return lineup;  // a rebuild that has no file yet begins anew
  // Somebody has removed the file of the version that answered: another one must.
  if (!is_stored(lineup.candidate)) lineup.candidate = 0;
  auto& next = lineup.former != 0 ? lineup.former : lineup.candidate;
  lineup.serving = std::exchange(next, 0);
  return lineup;
}

Status write_lineup(io::FileSystem& files, const std::string& folder, const Lineup& lineup) {
  const auto text = json{{"serving", lineup.serving},
                         {"candidate", lineup.candidate},
                         {"former", lineup.former},
                         {"by_hand", lineup.by_hand}}
                        .dump() +
                    "\n";
  const auto path = folder + kName;
  const auto next = path + ".next";
  DAYBOOK_TRY(const auto file, files.open(next, io::OpenMode::kOpenOrCreate));
  DAYBOOK_TRY_VOID(file->truncate(0));
  DAYBOOK_TRY_VOID(file->write_at(0, as_bytes(text)));
  DAYBOOK_TRY_VOID(file->sync());
  DAYBOOK_TRY_VOID(files.rename(next, path));
  return files.sync_directory(folder);
}

}  // namespace daybook::views
