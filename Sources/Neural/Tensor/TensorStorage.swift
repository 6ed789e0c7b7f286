#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Zeroed, 64-byte aligned memory that is freed with its last owner.
///
/// `@unchecked Sendable`: written only through `Tensor`, which checks for unique ownership first.
final class TensorStorage: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer

  init(byteCount: Int) throws {
    var raw: UnsafeMutableRawPointer?
    let size = max(byteCount, 64)
    guard posix_memalign(&raw, 64, size) == 0, let raw else {
      throw TensorError.outOfMemory(byteCount: byteCount)
    }
    memset(raw, 0, size)
    pointer = raw
  }

  deinit { free(pointer) }
}
