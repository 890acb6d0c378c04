// A file of the operating system: positioned reads and writes on one descriptor, which it owns.

#pragma once

#include <string>

#include "io/file_system.h"

namespace daybook::io {

class RealFile final : public File {
 public:
  RealFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~RealFile() override;
  RealFile(const RealFile&) = delete;
  RealFile& operator=(const RealFile&) = delete;

  using File::read_at;
  Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const override;
  Result<std::size_t> read_in_memory(std::uint64_t position, MutableBytes into) const override;
  Result<std::size_t> send_to(int socket, std::uint64_t position,
                              std::size_t size_bytes) const override;
  bool is_in_memory(std::uint64_t position, std::size_t size_bytes) const override;
  using File::write_at;
  Status write_at(std::uint64_t position, std::span<const BytesView> parts) override;
  Status sync() override;
  Status truncate(std::uint64_t size_bytes) override;
  Result<std::uint64_t> size() const override;
  Status allocate(std::uint64_t size_bytes) override;

 private:
  Result<std::size_t> read_some(std::uint64_t position, MutableBytes into, int flags) const;
  Result<std::size_t> write_some(std::uint64_t position, std::span<const BytesView> parts);

  int descriptor_;
  std::string path_;
};

}  // namespace daybook::io
