// Any file as the catalog. Byte 0 says how: 0, the rest is the file; 1, a sound catalog of which
// some bytes are others: a page, a place in it (two bytes) and the byte, again and again; otherwise
// a sound catalog in which another program has written: a table, a column and a value, again and
// again, past every constraint.
//
// Whatever it is, it opens or says why not, and so does each thing that is read from it: the file
// is named. What could be opened can be written to, or says why not.

#include <array>
#include <string>
#include <vector>

#include "base/check.h"
#include "catalog/catalog.h"
#include "catalog/database.h"
#include "io/file_system.h"
#include "io/test_folder.h"

namespace daybook::catalog {
namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kPatchBytes = 4;
constexpr std::size_t kEditBytes = 4;
constexpr std::size_t kMaxEdits = 16;

struct Column {
  std::string table;
  std::string name;
};

Group group_with(std::string id, bool of_consumer_protocol) {
  Group group{.id = std::move(id), .of_consumer_protocol = of_consumer_protocol};
  for (const char* const member : {"m1", "m2"}) {
    if (!of_consumer_protocol) {
      group.members.push_back({.id = member, .protocols = {{"range", {}}, {"sticky", {}}}});
      continue;
    }
    group.consumers.push_back({.id = member, .topic_names = {"t", "u"}});
    group.consumers.back().target[random_uuid()] = {0, 1};
    group.consumers.back().classic = {.session_timeout = {}, .protocols = {{"range", {}}}};
  }
  return group;
}

Group streams_group(std::string id) {
  Group group{.id = std::move(id)};
  group.topology.emplace(3);
  for (const char* const member : {"m1", "m2"}) {
    group.streams.push_back({.id = member, .tags = {{"t", "u"}}});
    group.streams.back().target.active["0"] = {0, 1};
  }
  return group;
}

// A sound catalog with something in each table.
class Sound {
 public:
  Sound() {
    fill();
    const auto file = io::real_file_system().open(path_, io::OpenMode::kRead);
    DAYBOOK_CHECK(file, "the catalog is a file");
    bytes_.resize((*file)->size().value());
    DAYBOOK_CHECK((*file)->read_at(0, bytes_), "it can be read");
    list_columns();
  }

  const std::string& path() const { return path_; }
  const Bytes& bytes() const { return bytes_; }
  const std::vector<Column>& columns() const { return columns_; }

  // Makes these bytes the catalog.
  void put(BytesView bytes) const {
    io::FileSystem& files = io::real_file_system();
    for (const char* const suffix : {"", "-wal", "-shm"}) {
      [[maybe_unused]] const Status removed = files.remove(path_ + suffix);
    }
    const auto file = files.open(path_, io::OpenMode::kOpenOrCreate);
    DAYBOOK_CHECK(file && (*file)->write_at(0, bytes), "it is replaced");
  }

 private:
  void fill() const {
    const auto catalog = Catalog::open(path_);
    DAYBOOK_CHECK(catalog, "a catalog is made");
    Catalog& made = **catalog;
    for (const char* const name : {"t", "u"}) {
      const Topic topic{.name = name, .id = random_uuid(), .config = {{"retention.ms", "1"}}};
      const CommittedOffset offset{.group = "g", .topic = name, .offset = Offset{7}};
      Transaction transaction{.id = name, .groups = {"g", "h"}};
      transaction.partitions = {{topic.id, PartitionId{0}}, {topic.id, PartitionId{1}}};
      DAYBOOK_CHECK(made.create_topic(topic) && made.commit_offset(offset) &&
                        made.put_transaction(transaction) &&
                        made.add_pending_offset({name, offset}) &&
                        made.set_broker_config("", {{name, "1"}}) &&
                        made.set_group_config(name, {{"consumer.session.timeout.ms", "1"}}),
                    "it is filled");
    }
    DAYBOOK_CHECK(made.save_group(group_with("g", false)) &&
                      made.save_group(group_with("h", true)) && made.save_group(streams_group("i")),
                  "groups are stored");
  }

  void list_columns() {
    const auto database = Database::open(path_);
    DAYBOOK_CHECK(database, "it is a database");
    auto select = (*database)->prepare(
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
        "WHERE t.type = 'table'");
    while (select->step().value()) columns_.push_back({select->text(0), select->text(1)});
  }

  const io::TestFolder folder_;
  const std::string path_ = folder_.path() + "/catalog.db";
  Bytes bytes_;
  std::vector<Column> columns_;
};

Bytes patched(Bytes bytes, BytesView patches) {
  for (; patches.size() >= kPatchBytes; patches = patches.subspan(kPatchBytes)) {
    const std::size_t page = std::to_integer<std::size_t>(patches[0]);
    const std::size_t place =
        (std::to_integer<std::size_t>(patches[1]) << 8) | std::to_integer<std::size_t>(patches[2]);
    bytes[(page * kPageBytes + place % kPageBytes) % bytes.size()] = patches[3];
  }
  return bytes;
}

std::string value_of(unsigned kind, unsigned number) {
  constexpr std::array<const char*, 8> kValues = {
      "NULL", "''", "-1", "9223372036854775807", "x'00'", "'../x'", "zeroblob(16)", "1e300"};
  if (kind % 2 == 0) return kValues[number % kValues.size()];
  return kind % 4 == 1 ? std::to_string(number) : "'" + std::to_string(number) + "'";
}

void edit(const Sound& sound, BytesView edits) {
  const auto database = Database::open(sound.path());
  DAYBOOK_CHECK(database, "it is a database");
  const auto run = [&](const std::string& sql) {
    [[maybe_unused]] const Status done = (*database)->execute(sql.c_str());
  };
  run("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF");
  for (std::size_t i = 0; i < kMaxEdits && edits.size() >= kEditBytes; ++i) {
    const auto what = std::to_integer<unsigned>(edits[0]);
    const auto kind = std::to_integer<unsigned>(edits[2]);
    const auto number = std::to_integer<unsigned>(edits[3]);
    const Column& column =
        sound.columns()[std::to_integer<std::size_t>(edits[1]) % sound.columns().size()];
    if (what % 8 == 0) {
      run("DELETE FROM " + column.table);
    } else if (what % 8 == 1) {
      run("DROP TABLE " + column.table);
    } else if (what % 8 == 2) {
      run("PRAGMA user_version = " + value_of(kind | 1, number));
    } else if (what % 8 == 3) {
      run("PRAGMA application_id = " + value_of(kind | 1, number));
    } else {
      run("UPDATE " + column.table + " SET " + column.name + " = " + value_of(kind, number));
    }
    edits = edits.subspan(kEditBytes);
  }
}

template <class Value>
void check(const Sound& sound, const Result<Value>& read) {
  if (read) return;
  DAYBOOK_CHECK(read.error().message.find(sound.path()) != std::string::npos,
                "an error does not name the file");
  DAYBOOK_CHECK(read.error().code != ErrorCode::kInvalid, "damage is taken for a wrong request");
}

void open_and_use(const Sound& sound) {
  const auto catalog = Catalog::open(sound.path());
  check(sound, catalog);
  if (!catalog) return;
  check(sound, (*catalog)->topics());
  check(sound, (*catalog)->broker_configs());
  check(sound, (*catalog)->group_configs());
  check(sound, (*catalog)->committed_offsets());
  check(sound, (*catalog)->groups());
  check(sound, (*catalog)->transactions());
  check(sound, (*catalog)->pending_offsets());
  const std::array<Decision, 4> decisions = {
      [](Catalog& into) { return into.save_group(group_with("h", true)); },
      [](Catalog& into) { return into.create_topic({.name = "v", .id = random_uuid()}); },
      [](Catalog& into) { return into.end_pending_offsets("t", true); },
      [](Catalog& into) -> Status {
        DAYBOOK_TRY([[maybe_unused]] const ProducerId first, into.reserve_producer_ids(1));
        return {};
      }};
  (void)(*catalog)->decide(decisions);
}

}  // namespace
}  // namespace daybook::catalog

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook;
  using namespace daybook::catalog;
  static const Sound sound;
  if (size == 0) return 0;
  const BytesView rest(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  if (data[0] == 0) {
    sound.put(rest);
  } else if (data[0] == 1) {
    sound.put(patched(sound.bytes(), rest));
  } else {
    sound.put(sound.bytes());
    edit(sound, rest);
  }
  open_and_use(sound);
  return 0;
}
