#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Zeroed, 64-byte aligned memory that is freed with its last owner.
///
/// Large blocks are pages of their own: they come zeroed, and go back to the system at once, where
/// the C library would keep the weights of a model that has been packed.
///
/// `@unchecked Sendable`: written only through `Tensor`, which checks for unique ownership first.
final class TensorStorage: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  /// Zero where the block is not pages of its own.
  private let mappedByteCount: Int

  private static let smallestMapping = 256 << 10

  init(byteCount: Int) throws {
    if byteCount >= Self.smallestMapping {
      let pages = mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard let pages, pages != MAP_FAILED else {
        throw TensorError.outOfMemory(byteCount: byteCount)
      }
      pointer = pages
      mappedByteCount = byteCount
      return
    }
    var raw: UnsafeMutableRawPointer?
    let size = max(byteCount, 64)
    guard posix_memalign(&raw, 64, size) == 0, let raw else {
      throw TensorError.outOfMemory(byteCount: byteCount)
    }
    memset(raw, 0, size)
    pointer = raw
    mappedByteCount = 0
  }

  deinit {
    if mappedByteCount > 0 {
      munmap(pointer, mappedByteCount)
    } else {
      free(pointer)
    }
  }
}
