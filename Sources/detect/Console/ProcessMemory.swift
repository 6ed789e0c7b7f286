#if canImport(Glibc)
  internal import Glibc
#endif

/// How the process deals with memory that it has freed.
enum ProcessMemory {
  /// Gives large blocks back to the system as soon as they are freed: file contents, decoded
  /// pictures and weights that have been packed. The C library would keep them otherwise.
  static func returnLargeBlocks() {
    #if canImport(Glibc)
      mallopt(M_MMAP_THRESHOLD, 256 << 10)
    #endif
  }
}
