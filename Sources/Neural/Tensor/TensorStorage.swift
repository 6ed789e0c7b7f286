#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The elements of a tensor where they already are, such as in a file that was read: in native byte
/// order, never changed.
package protocol TensorBytes: Sendable {
  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R
}

/// Zeroed, 64-byte aligned memory that is freed with its last owner, or the bytes of someone else.
///
/// Large blocks are pages of their own: they come zeroed, and go back to the system at once, where
/// the C library would keep the weights of a model that has been packed.
///
/// `@unchecked Sendable`: written only through `Tensor`, which checks for unique ownership first.
final class TensorStorage: @unchecked Sendable {
  /// `nil` where the bytes are borrowed.
  let pointer: UnsafeMutableRawPointer?
  private let borrowed: (any TensorBytes)?
  /// Zero where the block is not pages of its own.
  private let mappedByteCount: Int

  private static let smallestMapping = 256 << 10

  init(borrowing bytes: some TensorBytes) {
    pointer = nil
    borrowed = bytes
    mappedByteCount = 0
  }

  init(byteCount: Int) throws {
    borrowed = nil
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

  /// The first `byteCount` bytes.
  func withUnsafeBytes<R>(
    _ byteCount: Int, _ body: (UnsafeRawBufferPointer) throws -> R
  ) rethrows -> R {
    if let borrowed { return try borrowed.withUnsafeBytes(body) }
    return try withExtendedLifetime(self) {
      try body(UnsafeRawBufferPointer(start: pointer, count: byteCount))
    }
  }

  deinit {
    if mappedByteCount > 0 {
      munmap(pointer, mappedByteCount)
    } else {
      free(pointer)
    }
  }
}
