#include "io/faulty_file_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/faulty_node.h"
#include "io/whole.h"

namespace daybook::io {
namespace {

using NodePtr = std::shared_ptr<FaultyNode>;

constexpr std::uint64_t kOneShortCallIn = 12;
constexpr std::uint64_t kLargeDiskBytes = std::uint64_t{1} << 40;  // what one without a limit says

std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// The names below a folder that was removed go away one by one: a crash may leave some.
void empty(const NodePtr& folder, std::vector<NameChange>& unsynced) {
  for (const auto& [name, child] : folder->names) {
    if (child->is_folder) empty(child, unsynced);
    unsynced.push_back({{{folder, name, nullptr}}});
  }
}

std::unexpected<Error> failed(ErrorCode code, std::string_view attempted, const std::string& path,
                              std::string_view why) {
  return fail(code, fmt::format("cannot {} {}: {}", attempted, path, why));
}

}  // namespace

// Every member function is called with `mutex` held.
struct FaultyFileSystem::State {
  State(std::uint64_t seed, std::shared_ptr<FaultyCache> of_disk)
      : random(seed), cache(std::move(of_disk)) {
    root->is_folder = true;
  }

  Status check_power(const std::string& path, std::optional<std::uint64_t> opened_in = {}) const {
    if (powered && (!opened_in || *opened_in == life)) return {};
    return failed(ErrorCode::kIo, "use", path, "the power failed (simulated)");
  }

  // Counts a change; true if the power fails during it: the caller makes a part of its change and
  // calls lose_power().
  bool fails_during_change() {
    ++changes;
    if (changes_to_crash == 0) return false;
    --changes_to_crash;
    return changes_to_crash == 0;
  }

  std::unexpected<Error> lose_power(const std::string& path) {
    static constexpr std::array<std::uint64_t, 6> kSurvivalPercents{0, 10, 50, 50, 90, 100};
    const std::uint64_t survival = kSurvivalPercents[random.below(kSurvivalPercents.size())];
    for (const NameChange& change : unsynced_names) {
      if (random.percent(survival)) change.apply_durably();
    }
    unsynced_names.clear();
    settle_all(*root, random, survival);
    powered = false;
    changes_to_crash = 0;
    ++life;
    return std::unexpected(check_power(path).error());
  }

  bool takes_fault(Operation operation, const std::string& path) {
    const auto found = faults_in.find(operation);
    if (found == faults_in.end() || !path.contains(found->second.second)) return false;
    if (--found->second.first != 0) return false;
    faults_in.erase(found);
    return true;
  }

  NodePtr find(const std::string& path) const {
    NodePtr node = root;
    for (std::size_t begin = 0; begin < path.size();) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      if (end > begin) {
        const auto child = node->names.find(path.substr(begin, end - begin));
        if (child == node->names.end()) return nullptr;
        node = child->second;
      }
      begin = end + 1;
    }
    return node;
  }

  // How much of `size` bytes one call takes.
  std::size_t taken_of(std::size_t size) {
    if (size < 2 || !random.one_in(kOneShortCallIn)) return size;
    ++short_calls;
    return 1 + random.below(size - 1);
  }

  Status check_names(const std::string& path) {
    if (!takes_fault(Operation::kName, path)) return {};
    return failed(ErrorCode::kIo, "change the name", path, "Input/output error (injected)");
  }

  // Makes a change of names that is not synced yet.
  Status change_names(NameChange change, const std::string& path) {
    DAYBOOK_TRY_VOID(check_names(path));
    const bool dies = fails_during_change();
    for (const NameChange::Part& part : change.parts) {
      if (part.node) {
        part.folder->names[part.name] = part.node;
      } else {
        part.folder->names.erase(part.name);
      }
    }
    unsynced_names.push_back(std::move(change));
    if (dies) return lose_power(path);
    return {};
  }

  void sync_names(const FaultyNode& folder) {
    for (const NameChange& change : unsynced_names) {
      if (change.touches(folder)) change.apply_durably();
    }
    std::erase_if(unsynced_names, [&](const auto& change) { return change.touches(folder); });
  }

  std::mutex mutex;
  Random random;
  NodePtr root = std::make_shared<FaultyNode>();
  std::vector<NameChange> unsynced_names;  // in the order in which they were made
  std::uint64_t life = 1;                  // power failures + 1
  bool powered = true;
  std::uint64_t changes = 0;
  std::uint64_t short_calls = 0;
  std::uint64_t changes_to_crash = 0;  // 0: no crash is due
  // Calls until the fault, on files with this in their path.
  std::map<Operation, std::pair<std::uint64_t, std::string>> faults_in;
  std::optional<std::uint64_t> space_bytes;
  std::shared_ptr<FaultyCache> cache;
};

class FaultyFile final : public File {
 public:
  using State = FaultyFileSystem::State;
  using Operation = FaultyFileSystem::Operation;

  FaultyFile(std::shared_ptr<State> state, NodePtr node, std::string path, bool writable)
      : state_(std::move(state)),
        node_(std::move(node)),
        path_(std::move(path)),
        writable_(writable),
        opened_in_(state_->life) {}

  Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const override {
    state_->cache->wait_for_disk(path_);
    const std::lock_guard lock(state_->mutex);
    DAYBOOK_TRY_VOID(state_->check_power(path_, opened_in_));
    if (state_->takes_fault(Operation::kRead, path_)) {
      return failed(ErrorCode::kIo, "read", path_, "Input/output error (injected)");
    }
    return read_whole(position, into,
                      [&](std::uint64_t at, MutableBytes rest) { return read_some(at, rest); });
  }

  Result<std::size_t> read_in_memory(std::uint64_t position, MutableBytes into) const override {
    if (state_->cache->keeps_everything()) return read_at(position, into);
    return failed(ErrorCode::kTimedOut, "read", path_, "it is not in memory");
  }

  bool is_in_memory(std::uint64_t position, std::size_t size_bytes) const override {
    const std::lock_guard lock(state_->mutex);
    return state_->cache->keeps_everything() &&
           position + size_bytes <= node_->content.current().size();
  }

  using File::write_at;
  Status write_at(std::uint64_t position, std::span<const BytesView> parts) override {
    const std::lock_guard lock(state_->mutex);
    DAYBOOK_TRY_VOID(check_change("write"));
    if (state_->fails_during_change()) {
      write_prefix(position, joined(parts));
      return state_->lose_power(path_);
    }
    if (state_->takes_fault(Operation::kWrite, path_)) {
      write_prefix(position, joined(parts));
      return failed(ErrorCode::kIo, "write", path_, "Input/output error (injected)");
    }
    const Bytes bytes = joined(parts);
    const std::uint64_t free = free_bytes_for(position + bytes.size());
    if (free < bytes.size()) {
      node_->content.write(position, BytesView(bytes).first(free));
      return failed(ErrorCode::kNoSpace, "write", path_, "No space left on device (injected)");
    }
    return write_whole(position, parts, [&](std::uint64_t at, std::span<const BytesView> rest) {
      return write_some(at, rest, at > position);
    });
  }

  Status sync() override {
    const std::lock_guard lock(state_->mutex);
    DAYBOOK_TRY_VOID(state_->check_power(path_, opened_in_));
    if (state_->fails_during_change()) {
      if (state_->random.one_in(2)) node_->content.sync(state_->random);
      return state_->lose_power(path_);
    }
    if (state_->takes_fault(Operation::kSync, path_)) {
      node_->content.fail_sync();
      return failed(ErrorCode::kIo, "sync", path_, "Input/output error (injected)");
    }
    node_->content.sync(state_->random);
    return {};
  }

  Status truncate(std::uint64_t size_bytes) override {
    const std::lock_guard lock(state_->mutex);
    DAYBOOK_TRY_VOID(check_change("truncate"));
    const bool dies = state_->fails_during_change();
    node_->content.resize(size_bytes);
    if (dies) return state_->lose_power(path_);
    return {};
  }

  Result<std::uint64_t> size() const override {
    const std::lock_guard lock(state_->mutex);
    DAYBOOK_TRY_VOID(state_->check_power(path_, opened_in_));
    return node_->content.current().size();
  }

  Status allocate(std::uint64_t size_bytes) override {
    DAYBOOK_TRY(const std::uint64_t now, size());
    if (size_bytes <= now) return {};
    {
      const std::lock_guard lock(state_->mutex);
      if (free_bytes_for(size_bytes) < size_bytes - now) {
        return failed(ErrorCode::kNoSpace, "reserve space for", path_, "No space left (injected)");
      }
    }
    return truncate(size_bytes);
  }

 private:
  Status check_change(std::string_view attempted) const {
    DAYBOOK_TRY_VOID(state_->check_power(path_, opened_in_));
    if (!writable_) return failed(ErrorCode::kIo, attempted, path_, "it was opened for reading");
    return {};
  }
  static Bytes joined(std::span<const BytesView> parts) {
    Bytes bytes;
    for (const BytesView part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
  }
  Result<std::size_t> read_some(std::uint64_t position, MutableBytes into) const {
    const Bytes& content = node_->content.current();
    if (position >= content.size()) return 0;
    const std::size_t n = state_->taken_of(std::min(into.size(), content.size() - position));
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(position), n, into.begin());
    return n;
  }
  Result<std::size_t> write_some(std::uint64_t position, std::span<const BytesView> parts,
                                 bool goes_on) {
    const Bytes bytes = joined(parts);
    const std::size_t n = state_->taken_of(bytes.size());
    const BytesView taken = BytesView(bytes).first(n);
    if (goes_on) {
      node_->content.write_on(taken);
    } else {
      node_->content.write(position, taken);
    }
    return n;
  }
  void write_prefix(std::uint64_t position, BytesView bytes) {
    node_->content.write(position, bytes.first(state_->random.below(bytes.size() + 1)));
  }
  // How many of the last bytes of a file that is to end at `end` there is space for.
  std::uint64_t free_bytes_for(std::uint64_t end) const {
    const std::uint64_t now = node_->content.current().size();
    if (!state_->space_bytes || end <= now) return UINT64_MAX;
    const std::uint64_t used = bytes_below(*state_->root);
    const std::uint64_t left = *state_->space_bytes > used ? *state_->space_bytes - used : 0;
    return end - now <= left ? UINT64_MAX : left;
  }

  std::shared_ptr<State> state_;
  NodePtr node_;
  std::string path_;
  bool writable_;
  std::uint64_t opened_in_;
};

class FaultyLock final : public FolderLock {
 public:
  FaultyLock(std::shared_ptr<FaultyFileSystem::State> state, NodePtr folder)
      : state_(std::move(state)), folder_(std::move(folder)), life_(state_->life) {
    folder_->locked_in = life_;
  }
  ~FaultyLock() override {
    const std::lock_guard lock(state_->mutex);
    if (folder_->locked_in == life_) folder_->locked_in = 0;
  }
  FaultyLock(const FaultyLock&) = delete;
  FaultyLock& operator=(const FaultyLock&) = delete;

 private:
  std::shared_ptr<FaultyFileSystem::State> state_;
  NodePtr folder_;
  std::uint64_t life_;
};

FaultyFileSystem::FaultyFileSystem(std::uint64_t seed)
    : state_(std::make_shared<State>(seed, cache_)) {}
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::crash() {
  const std::lock_guard lock(state_->mutex);
  if (state_->powered) (void)state_->lose_power("");
}

void FaultyFileSystem::crash_after(std::uint64_t changes) {
  const std::lock_guard lock(state_->mutex);
  state_->changes_to_crash = changes;
}

bool FaultyFileSystem::powered() const {
  const std::lock_guard lock(state_->mutex);
  return state_->powered;
}

void FaultyFileSystem::power_on() {
  const std::lock_guard lock(state_->mutex);
  state_->powered = true;
  state_->changes_to_crash = 0;
}

void FaultyFileSystem::fail_after(Operation operation, std::uint64_t calls,
                                  const std::string& part) {
  const std::lock_guard lock(state_->mutex);
  state_->faults_in[operation] = {calls, part};
}

void FaultyFileSystem::heal() {
  const std::lock_guard lock(state_->mutex);
  state_->faults_in.clear();
  state_->space_bytes.reset();
}

void FaultyFileSystem::limit_space(std::uint64_t total_bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->space_bytes = total_bytes;
}

std::uint64_t FaultyFileSystem::changes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->changes;
}

std::uint64_t FaultyFileSystem::short_calls() const {
  const std::lock_guard lock(state_->mutex);
  return state_->short_calls;
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(path));
  NodePtr node = state_->find(path);
  const bool creates = mode == OpenMode::kCreate || mode == OpenMode::kOpenOrCreate;
  if (node && mode == OpenMode::kCreate) {
    return failed(ErrorCode::kAlreadyExists, "create", path, "it exists");
  }
  if (node && node->is_folder) return failed(ErrorCode::kIo, "open", path, "it is a folder");
  if (!node && !creates) return failed(ErrorCode::kNotFound, "open", path, "it does not exist");
  if (!node) {
    const auto [folder_path, name] = split(path);
    const NodePtr folder = state_->find(folder_path);
    if (!folder || !folder->is_folder) {
      return failed(ErrorCode::kNotFound, "create", path, "its folder does not exist");
    }
    node = std::make_shared<FaultyNode>();
    DAYBOOK_TRY_VOID(state_->change_names({{{folder, name, node}}}, path));
  }
  return std::make_unique<FaultyFile>(state_, node, path, mode != OpenMode::kRead);
}

Result<std::vector<Entry>> FaultyFileSystem::list(const std::string& folder) {
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(folder));
  const NodePtr node = state_->find(folder);
  if (!node || !node->is_folder) {
    return failed(ErrorCode::kNotFound, "list", folder, "it does not exist");
  }
  std::vector<Entry> entries;
  for (const auto& [name, child] : node->names) entries.push_back({name, child->is_folder});
  return entries;
}

Result<bool> FaultyFileSystem::exists(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(path));
  return state_->find(path) != nullptr;
}

Status FaultyFileSystem::create_folders(const std::string& path) {
  if (path.empty()) return {};
  const auto [parent, name] = split(path);
  DAYBOOK_TRY_VOID(create_folders(parent));
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(path));
  if (const NodePtr there = state_->find(path)) {
    if (there->is_folder) return {};
    return failed(ErrorCode::kAlreadyExists, "make the folder", path, "a file has that name");
  }
  const NodePtr folder = state_->find(parent);
  const auto node = std::make_shared<FaultyNode>();
  node->is_folder = true;
  DAYBOOK_TRY_VOID(state_->change_names({{{folder, name, node}}}, path));
  state_->sync_names(*folder);
  return {};
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(from));
  const NodePtr node = state_->find(from);
  const auto [from_parent, from_name] = split(from);
  const auto [to_parent, to_name] = split(to);
  const NodePtr to_folder = state_->find(to_parent);
  if (!node || !to_folder) {
    return failed(ErrorCode::kNotFound, fmt::format("rename {} to", from), to, "it does not exist");
  }
  return state_->change_names(
      {{{state_->find(from_parent), from_name, nullptr}, {to_folder, to_name, node}}}, from);
}

Status FaultyFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(path));
  const NodePtr node = state_->find(path);
  if (!node) return failed(ErrorCode::kNotFound, "remove", path, "it does not exist");
  if (node->is_folder) return failed(ErrorCode::kIo, "remove", path, "it is a folder");
  const auto [parent, name] = split(path);
  return state_->change_names({{{state_->find(parent), name, nullptr}}}, path);
}

Status FaultyFileSystem::remove_folder(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(path));
  const NodePtr node = state_->find(path);
  if (!node) return failed(ErrorCode::kNotFound, "remove the folder", path, "it does not exist");
  const auto [parent, name] = split(path);
  const std::size_t before = state_->unsynced_names.size();
  empty(node, state_->unsynced_names);
  Status removed = state_->change_names({{{state_->find(parent), name, nullptr}}}, path);
  if (!removed && state_->powered) state_->unsynced_names.resize(before);
  return removed;
}

Status FaultyFileSystem::sync_directory(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(path));
  const NodePtr node = state_->find(path);
  if (!node) return failed(ErrorCode::kNotFound, "sync", path, "it does not exist");
  DAYBOOK_TRY_VOID(state_->check_names(path));
  if (state_->fails_during_change()) {
    if (state_->random.one_in(2)) state_->sync_names(*node);
    return state_->lose_power(path);
  }
  state_->sync_names(*node);
  return {};
}

Result<DiskSpace> FaultyFileSystem::space(const std::string& folder) {
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(folder));
  const std::uint64_t total = state_->space_bytes.value_or(kLargeDiskBytes);
  const std::uint64_t used = bytes_below(*state_->root);
  return DiskSpace{total, total > used ? total - used : 0};
}

Result<std::unique_ptr<FolderLock>> FaultyFileSystem::lock_folder(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  DAYBOOK_TRY_VOID(state_->check_power(path));
  const NodePtr node = state_->find(path);
  if (!node) return failed(ErrorCode::kNotFound, "lock", path, "it does not exist");
  if (node->locked_in == state_->life) {
    return failed(ErrorCode::kUnavailable, "use the folder", path, "this process uses it");
  }
  return std::make_unique<FaultyLock>(state_, node);
}

}  // namespace daybook::io
