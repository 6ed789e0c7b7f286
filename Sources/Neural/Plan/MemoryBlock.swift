#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Zeroed pages of memory, given back when nothing refers to them.
final class MemoryBlock {
  let start: UnsafeMutableRawPointer
  let byteCount: Int

  /// - Throws: `GraphError.outOfMemory`.
  init(byteCount: Int) throws {
    let mapped = mmap(
      nil, max(byteCount, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw GraphError.outOfMemory(byteCount: byteCount)
    }
    #if os(Linux)
      // Fewer and larger pages: less time for first touching them, and for finding them later.
      if byteCount >= 2 << 20 { _ = madvise(mapped, byteCount, MADV_HUGEPAGE) }
    #endif
    start = mapped
    self.byteCount = byteCount
  }

  deinit { munmap(start, max(byteCount, 1)) }
}
