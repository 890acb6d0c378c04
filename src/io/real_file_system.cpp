#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/scope.h"
#include "io/file_system.h"
#include "io/os_error.h"
#include "io/real_file.h"

namespace daybook::io {
namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kFolderMode = 0755;
constexpr const char* kLockName = "lock";

int open_retrying(const char* path, int flags) {
  for (;;) {
    const int descriptor = ::open(path, flags | O_CLOEXEC, kFileMode);
    if (descriptor >= 0 || errno != EINTR) return descriptor;
  }
}

std::string parent_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Result<bool> is_folder(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return S_ISDIR(status.st_mode);
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return std::unexpected(os_error(errno, "look at", path));
}

class RealFolderLock final : public FolderLock {
 public:
  explicit RealFolderLock(int descriptor) : descriptor_(descriptor) {}
  // The file stays: removing it would let two processes hold two files of the same name.
  ~RealFolderLock() override { ::close(descriptor_); }
  RealFolderLock(const RealFolderLock&) = delete;
  RealFolderLock& operator=(const RealFolderLock&) = delete;

 private:
  int descriptor_;
};

// The process id that the holder of a lock wrote into it, or nothing.
std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t n = ::pread(descriptor, text.data(), text.size(), 0);
  std::string_view found(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  found = found.substr(0, found.find_first_not_of("0123456789"));
  return found.empty() ? "another process" : fmt::format("process {}", found);
}

class RealFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = O_RDWR;
    if (mode == OpenMode::kRead) flags = O_RDONLY;
    if (mode == OpenMode::kCreate) flags |= O_CREAT | O_EXCL;
    if (mode == OpenMode::kOpenOrCreate) flags |= O_CREAT;
    // Reading must not write: the time of the last access would change with the first read after
    // each write. Only a file's owner may ask for that.
    int descriptor = open_retrying(path.c_str(), flags | O_NOATIME);
    if (descriptor < 0 && errno == EPERM) descriptor = open_retrying(path.c_str(), flags);
    if (descriptor < 0) {
      const bool creates = mode == OpenMode::kCreate || mode == OpenMode::kOpenOrCreate;
      return std::unexpected(os_error(errno, creates ? "create" : "open", path));
    }
    return std::make_unique<RealFile>(descriptor, path);
  }

  Result<std::vector<Entry>> list(const std::string& folder) override {
    DIR* stream = ::opendir(folder.c_str());
    if (stream == nullptr) return std::unexpected(os_error(errno, "list", folder));
    const OnExit close([stream] { ::closedir(stream); });
    std::vector<Entry> entries;
    for (;;) {
      errno = 0;
      const dirent* found = ::readdir(stream);
      if (found == nullptr) {
        if (errno != 0) return std::unexpected(os_error(errno, "list", folder));
        break;
      }
      std::string name = found->d_name;
      if (name == "." || name == "..") continue;
      bool folder_too = found->d_type == DT_DIR;
      if (found->d_type == DT_UNKNOWN || found->d_type == DT_LNK) {
        DAYBOOK_TRY(folder_too, is_folder(fmt::format("{}/{}", folder, name)));
      }
      entries.push_back({std::move(name), folder_too});
    }
    std::ranges::sort(entries, {}, &Entry::name);
    return entries;
  }

  Result<bool> exists(const std::string& path) override {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return std::unexpected(os_error(errno, "look for", path));
  }

  Status create_folders(const std::string& path) override {
    DAYBOOK_TRY(const bool there, is_folder(path));
    if (there) return {};
    const std::string parent = parent_of(path);
    if (parent != path) DAYBOOK_TRY_VOID(create_folders(parent));
    if (::mkdir(path.c_str(), kFolderMode) != 0) {
      const int number = errno;
      // Made meanwhile by somebody else, or named with a slash at its end: as good as made.
      DAYBOOK_TRY(const bool made, is_folder(path));
      if (number != EEXIST || !made) {
        return std::unexpected(os_error(number, "make the folder", path));
      }
    }
    return sync_directory(parent);
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return {};
    return std::unexpected(os_error(errno, fmt::format("rename {} to", from), to));
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return {};
    return std::unexpected(os_error(errno, "remove", path));
  }

  Status remove_folder(const std::string& path) override {
    std::error_code failure;
    const auto removed = std::filesystem::remove_all(path, failure);
    if (failure) return std::unexpected(os_error(failure.value(), "remove the folder", path));
    if (removed == 0) return std::unexpected(os_error(ENOENT, "remove the folder", path));
    return {};
  }

  Status sync_directory(const std::string& path) override {
    const int descriptor = open_retrying(path.c_str(), O_RDONLY | O_DIRECTORY);
    if (descriptor < 0) return std::unexpected(os_error(errno, "open the folder", path));
    const OnExit close([descriptor] { ::close(descriptor); });
    if (::fsync(descriptor) != 0) return std::unexpected(os_error(errno, "sync", path));
    return {};
  }

  Result<DiskSpace> space(const std::string& folder) override {
    struct statvfs found{};
    while (::statvfs(folder.c_str(), &found) != 0) {
      if (errno != EINTR) return std::unexpected(os_error(errno, "measure the disk of", folder));
    }
    const std::uint64_t block_bytes = found.f_frsize;
    return DiskSpace{found.f_blocks * block_bytes, found.f_bavail * block_bytes};
  }

  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) override {
    const std::string file = path + "/" + kLockName;
    const int descriptor = open_retrying(file.c_str(), O_RDWR | O_CREAT);
    if (descriptor < 0) return std::unexpected(os_error(errno, "create the lock", file));
    OnExit close([descriptor] { ::close(descriptor); });
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return std::unexpected(os_error(errno, "lock", file));
      return fail(ErrorCode::kUnavailable,
                  fmt::format("cannot use the folder {}: {} uses it (it holds {}); stop that "
                              "process or name another folder",
                              path, holder_of(descriptor), file));
    }
    const std::string id = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, id.data(), id.size(), 0) < 0) {
      return std::unexpected(os_error(errno, "write the lock", file));
    }
    close.dismiss();
    return std::make_unique<RealFolderLock>(descriptor);
  }
};

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem file_system;
  return file_system;
}

}  // namespace daybook::io
