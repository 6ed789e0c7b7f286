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

  /// - Parameter isReserve: Whether much of it may never be touched, and need not be there.
  /// - Throws: `GraphError.outOfMemory`.
  init(byteCount: Int, isReserve: Bool = false) throws {
    var flags = MAP_PRIVATE | MAP_ANONYMOUS
    #if os(Linux)
      if isReserve { flags |= MAP_NORESERVE }
    #endif
    let mapped = mmap(nil, max(byteCount, 1), PROT_READ | PROT_WRITE, flags, -1, 0)
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

  /// Whether the process may have as many addresses as it likes (`ulimit -v`).
  static var addressesAreUnlimited: Bool {
    var limit = rlimit()
    #if canImport(Glibc)
      return getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0
        && limit.rlim_cur == rlim_t.max
    #else
      return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur > 1 << 60
    #endif
  }

  deinit { munmap(start, max(byteCount, 1)) }
}
