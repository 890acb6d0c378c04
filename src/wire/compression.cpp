#include "wire/compression.h"

#include <fmt/format.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "base/endian.h"
#include "base/scope.h"

namespace daybook::wire {
namespace {

constexpr std::size_t kFirstOutputBytes = 4096;
// Of a block in the frames that Kafka's clients write. Where there is room for one the library
// decompresses to it, and otherwise to memory of its own, from which it copies.
constexpr std::size_t kLz4BlockBytes = 64u << 10;

// A xerial stream: 8 bytes of magic, version and lowest compatible version (int32), then blocks,
// each behind its length (int32). 32 KiB is the block that snappy-java writes.
constexpr std::array<unsigned char, 8> kXerialMagic = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::size_t kXerialHeaderBytes = 16;
constexpr std::size_t kXerialBlockBytes = 32768;
constexpr std::int32_t kXerialVersion = 1;
// Snappy's densest element is a copy: 64 bytes of output from 3 of input.
constexpr std::size_t kMaxSnappyRatio = 22;

std::unexpected<Error> corrupt(std::string_view codec, std::string_view found) {
  return fail(ErrorCode::kCorrupt, fmt::format("decompressing {}: {}", codec, found));
}

std::unexpected<Error> refused(std::string_view codec, std::string_view found) {
  return fail(ErrorCode::kInvalid, fmt::format("compressing with {}: {}", codec, found));
}

// Output that grows by doubling while a decoder fills it. One byte above the limit may be written,
// which is how too much output is told from just enough.
class Output {
 public:
  Output(std::size_t input_bytes, std::size_t max_bytes,
         std::size_t first_bytes = kFirstOutputBytes)
      : limit_(max_bytes + 1) {
    grow(std::min(limit_, std::max(first_bytes, 4 * input_bytes)));
  }
  // Room to write to: never empty, unless the limit was passed.
  MutableBytes room() {
    if (used_ == capacity_) grow(std::min(limit_, 2 * capacity_));
    return {bytes_.get() + used_, capacity_ - used_};
  }
  // Room for `size_bytes`, which are within the limit.
  MutableBytes room_for(std::size_t size_bytes) {
    if (capacity_ - used_ < size_bytes) {
      grow(std::min(limit_, std::max(2 * capacity_, used_ + size_bytes)));
    }
    return {bytes_.get() + used_, size_bytes};
  }
  void wrote(std::size_t n) { used_ += n; }
  std::size_t left() const { return limit_ - 1 - used_; }
  bool too_large() const { return used_ >= limit_; }

  Result<Decompressed> take(std::string_view codec) && {
    if (too_large()) return corrupt(codec, fmt::format("more than {} bytes", limit_ - 1));
    return Decompressed(std::move(bytes_), used_);
  }

 private:
  void grow(std::size_t capacity) {
    auto bytes = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (used_ > 0) std::memcpy(bytes.get(), bytes_.get(), used_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::size_t limit_;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
};

Decompressed stored(BytesView input) {
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(input.size());
  std::ranges::copy(input, bytes.get());
  return {std::move(bytes), input.size()};
}

unsigned char* zlib_pointer(const std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes));
}
const char* chars(const std::byte* bytes) {
  return reinterpret_cast<const char*>(bytes);
}
char* chars(std::byte* bytes) {
  return reinterpret_cast<char*>(bytes);
}

constexpr int kGzipWindowBits = 16 + MAX_WBITS;  // 16: a gzip wrapper, not a zlib one

Result<Bytes> gzip(BytesView input) {
  z_stream stream{};
  constexpr int kDefaultMemoryLevel = 8;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindowBits, kDefaultMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return refused("gzip", "no memory for its context");
  }
  const OnExit end([&] { deflateEnd(&stream); });
  Bytes output(deflateBound(&stream, input.size()));
  stream.next_in = zlib_pointer(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = zlib_pointer(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return refused("gzip", "zlib did not finish");
  output.resize(stream.total_out);
  return output;
}

Result<Decompressed> gunzip(BytesView input, std::size_t max_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindowBits) != Z_OK) {
    return fail(ErrorCode::kUnavailable, "decompressing gzip: no memory for its context");
  }
  const OnExit end([&] { inflateEnd(&stream); });
  Output output(input.size(), max_bytes);
  stream.next_in = zlib_pointer(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  do {
    const MutableBytes room = output.room();
    stream.next_out = zlib_pointer(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    output.wrote(room.size() - stream.avail_out);
    if (output.too_large()) break;
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0) break;
      if (inflateReset(&stream) != Z_OK) return corrupt("gzip", "cannot start the next member");
    } else if (status == Z_BUF_ERROR && stream.avail_in == 0) {
      return corrupt("gzip", fmt::format("cut after {} bytes", input.size()));
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      return corrupt("gzip", fmt::format("{} at byte {}", stream.msg ? stream.msg : "bad data",
                                         input.size() - stream.avail_in));
    }
  } while (true);
  return std::move(output).take("gzip");
}

Result<Bytes> snap(BytesView input) {
  Bytes output(kXerialHeaderBytes);
  std::copy(kXerialMagic.begin(), kXerialMagic.end(), zlib_pointer(output.data()));
  store_be(output.data() + 8, kXerialVersion);
  store_be(output.data() + 12, kXerialVersion);
  while (!input.empty()) {
    const BytesView block = input.first(std::min(input.size(), kXerialBlockBytes));
    const std::size_t at = output.size();
    std::size_t size = snappy_max_compressed_length(block.size());
    output.resize(at + sizeof(std::int32_t) + size);
    std::byte* const to = output.data() + at;
    if (snappy_compress(chars(block.data()), block.size(), chars(to + sizeof(std::int32_t)),
                        &size) != SNAPPY_OK) {
      return refused("snappy", "the library refused a block");
    }
    store_be(to, static_cast<std::int32_t>(size));
    output.resize(at + sizeof(std::int32_t) + size);
    input = input.subspan(block.size());
  }
  return output;
}

Status unsnap_block(BytesView block, Output& output) {
  std::size_t size = 0;
  if (snappy_uncompressed_length(chars(block.data()), block.size(), &size) != SNAPPY_OK ||
      size / kMaxSnappyRatio > block.size()) {
    return corrupt("snappy", fmt::format("a block of {} bytes announces {}", block.size(), size));
  }
  if (size > output.left()) {
    return corrupt("snappy", fmt::format("a block of {} bytes, {} are left", size, output.left()));
  }
  if (snappy_uncompress(chars(block.data()), block.size(), chars(output.room_for(size).data()),
                        &size) != SNAPPY_OK) {
    return corrupt("snappy", fmt::format("bad data in a block of {} bytes", block.size()));
  }
  output.wrote(size);
  return {};
}

Result<Decompressed> unsnap(BytesView input, std::size_t max_bytes) {
  Output output(input.size(), max_bytes);
  if (input.size() < kXerialHeaderBytes ||
      !std::equal(kXerialMagic.begin(), kXerialMagic.end(), zlib_pointer(input.data()))) {
    DAYBOOK_TRY_VOID(unsnap_block(input, output));
    return std::move(output).take("snappy");
  }
  if (const auto lowest = load_be<std::int32_t>(input.data() + 12); lowest > kXerialVersion) {
    return corrupt("snappy", fmt::format("xerial framing of version {}", lowest));
  }
  for (BytesView rest = input.subspan(kXerialHeaderBytes); !rest.empty();) {
    const auto size = rest.size() < sizeof(std::int32_t) ? -1 : load_be<std::int32_t>(rest.data());
    rest = rest.subspan(std::min(rest.size(), sizeof(std::int32_t)));
    if (size < 0 || static_cast<std::size_t>(size) > rest.size()) {
      return corrupt("snappy",
                     fmt::format("a block of {} bytes in the last {}", size, rest.size()));
    }
    const BytesView block = rest.first(static_cast<std::size_t>(size));
    DAYBOOK_TRY_VOID(unsnap_block(block, output));
    rest = rest.subspan(block.size());
  }
  return std::move(output).take("snappy");
}

Result<Bytes> lz4(BytesView input) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // all that Kafka's Java reader knows
  Bytes output(LZ4F_compressFrameBound(input.size(), &preferences));
  const std::size_t size =
      LZ4F_compressFrame(output.data(), output.size(), input.data(), input.size(), &preferences);
  if (LZ4F_isError(size)) return refused("lz4", LZ4F_getErrorName(size));
  output.resize(size);
  return output;
}

Result<Decompressed> unlz4(BytesView input, std::size_t max_bytes) {
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
    return fail(ErrorCode::kUnavailable, "decompressing lz4: no memory for its context");
  }
  const OnExit end([&] { LZ4F_freeDecompressionContext(context); });
  Output output(input.size(), max_bytes, kLz4BlockBytes);
  std::size_t at = 0;
  std::size_t hint = 1;  // 0 once a frame is complete
  while (!output.too_large()) {
    const MutableBytes room = output.room();
    std::size_t written = room.size();
    std::size_t taken = input.size() - at;
    hint = LZ4F_decompress(context, room.data(), &written, input.data() + at, &taken, nullptr);
    if (LZ4F_isError(hint)) {
      return corrupt("lz4", fmt::format("{} at byte {}", LZ4F_getErrorName(hint), at));
    }
    output.wrote(written);
    at += taken;
    if (at == input.size() && (hint == 0 || written < room.size())) break;
  }
  if (hint != 0 && !output.too_large()) {
    return corrupt("lz4", fmt::format("cut after {} bytes", input.size()));
  }
  return std::move(output).take("lz4");
}

Result<Bytes> zstd(BytesView input) {
  Bytes output(ZSTD_compressBound(input.size()));
  const std::size_t size =
      ZSTD_compress(output.data(), output.size(), input.data(), input.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size)) return refused("zstd", ZSTD_getErrorName(size));
  output.resize(size);
  return output;
}

Result<Decompressed> unzstd(BytesView input, std::size_t max_bytes) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  if (!context) {
    return fail(ErrorCode::kUnavailable, "decompressing zstd: no memory for its context");
  }
  Output output(input.size(), max_bytes);
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  std::size_t hint = 1;  // 0 once a frame is complete
  while (!output.too_large()) {
    const MutableBytes room = output.room();
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    hint = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(hint)) {
      return corrupt("zstd", fmt::format("{} at byte {}", ZSTD_getErrorName(hint), in.pos));
    }
    output.wrote(out.pos);
    if (in.pos == in.size && (hint == 0 || out.pos < out.size)) break;
  }
  if (hint != 0 && !output.too_large()) {
    return corrupt("zstd", fmt::format("cut after {} bytes", input.size()));
  }
  return std::move(output).take("zstd");
}

}  // namespace

Result<Bytes> compress(Compression codec, BytesView input) {
  if (input.size() > kMaxBatchSizeBytes) {
    return fail(ErrorCode::kInvalid, fmt::format("compressing {} bytes: the limit is {}",
                                                 input.size(), kMaxBatchSizeBytes));
  }
  switch (codec) {
    case Compression::kNone:
      return to_bytes(input);
    case Compression::kGzip:
      return gzip(input);
    case Compression::kSnappy:
      return snap(input);
    case Compression::kLz4:
      return lz4(input);
    case Compression::kZstd:
      return zstd(input);
  }
  return fail(ErrorCode::kUnsupported,
              fmt::format("compression codec {}", static_cast<int>(codec)));
}

Result<Decompressed> decompress(Compression codec, BytesView input, std::size_t max_bytes) {
  if (input.size() > kMaxBatchSizeBytes) {
    return fail(ErrorCode::kInvalid, fmt::format("decompressing {} bytes: the limit is {}",
                                                 input.size(), kMaxBatchSizeBytes));
  }
  switch (codec) {
    case Compression::kNone:
      if (input.size() > max_bytes) {
        return corrupt("nothing", fmt::format("more than {} bytes", max_bytes));
      }
      return stored(input);
    case Compression::kGzip:
      return gunzip(input, max_bytes);
    case Compression::kSnappy:
      return unsnap(input, max_bytes);
    case Compression::kLz4:
      return unlz4(input, max_bytes);
    case Compression::kZstd:
      return unzstd(input, max_bytes);
  }
  return fail(ErrorCode::kUnsupported,
              fmt::format("compression codec {}", static_cast<int>(codec)));
}

}  // namespace daybook::wire
